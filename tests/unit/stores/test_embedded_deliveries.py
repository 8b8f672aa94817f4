"""Deliveries on one machine: what an older version remembered stays known, and what has ended goes, some rows at a time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from shared.stores import DELIVERY_SECONDS
from shared.stores.embedded import open_embedded
from shared.stores.embedded.deliveries import SWEPT_AT_ONCE
from shared.stores.embedded.schema import APPLICATION_ID, STEPS

NOW, LATER = "2026-01-01T00:00:00.000000Z", "2026-01-09T00:00:00.000000Z"


def rows(home: Path, table: str) -> int:
    with closing(sqlite3.connect(home / "state.db")) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


async def test_ended_ones_are_swept_with_each_binding_and_never_many_at_once(tmp_path: Path) -> None:
    times = [NOW]
    stores = open_embedded(tmp_path, lambda: times[-1])
    for number in range(2 * SWEPT_AT_ONCE + 50):
        await stores.deliveries.bind("github", f"d-{number}", "body")
    times.append(LATER)
    left = []
    for number in range(4):
        assert await stores.deliveries.bind("github", f"new-{number}", "body")
        left.append(rows(tmp_path, "deliveries") - number - 1)
    stores.close()
    assert DELIVERY_SECONDS < 8 * 86400
    assert left == [SWEPT_AT_ONCE + 50, 50, 0, 0]


async def test_an_ended_one_that_is_not_swept_yet_binds_nobody(tmp_path: Path) -> None:
    times = [NOW]
    stores = open_embedded(tmp_path, lambda: times[-1])
    for number in range(2 * SWEPT_AT_ONCE):
        await stores.deliveries.bind("github", f"d-{number:04}", "body")
    times.append(LATER)
    assert await stores.deliveries.bind("github", f"d-{2 * SWEPT_AT_ONCE - 1:04}", "another")
    stores.close()


async def test_what_an_older_version_remembered_as_leases_is_still_known(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        connection.executescript(f"{STEPS[0]} {STEPS[1]} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 2;")
        held = [("webhook/github/d-1", "body", LATER), ("webhook/ci/a/b", "other", LATER), ("outbox", "me", LATER)]
        connection.executemany("INSERT INTO leases VALUES (?, ?, ?)", held)
        connection.commit()
    stores = open_embedded(tmp_path, lambda: NOW)
    assert not await stores.deliveries.bind("github", "d-1", "another")
    assert await stores.deliveries.bind("ci", "a/b", "other")
    assert not await stores.deliveries.bind("ci", "a/b", "another")
    assert rows(tmp_path, "leases") == 1
    stores.close()
