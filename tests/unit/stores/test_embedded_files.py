"""What lies on the disk: who may read it, what is refused, what heals."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest

from shared.model import ConfigError, InputError, InternalError, sha256
from shared.stores.embedded import open_embedded
from shared.stores.embedded.database import Database
from shared.stores.embedded.schema import STEPS

NOW = "2026-01-01T00:00:00.000000Z"


def clock() -> str:
    return NOW


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_everything_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    stores = open_embedded(home, clock)
    ref = await stores.artifacts.put(b"secret brief")
    await stores.memos.put("k", {})
    assert mode_of(home) == 0o700
    assert {path.name: mode_of(path) for path in home.glob("state.db*")} == {
        "state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600, "state.db.lock": 0o600,
    }  # fmt: skip
    assert mode_of(home / "artifacts" / ref.path) == 0o600
    stores.close()


async def test_a_home_can_be_opened_again(tmp_path: Path) -> None:
    stores = open_embedded(tmp_path, clock)
    await stores.memos.put("k", {"a": 1})
    stores.close()
    again = open_embedded(tmp_path, clock)
    assert await again.memos.get("k") == {"a": 1}
    again.close()


async def test_a_closed_store_opens_connections_as_they_are_needed_and_keeps_none(tmp_path: Path) -> None:
    stores = open_embedded(tmp_path, clock)
    stores.close()
    assert await stores.memos.get("k") is None
    stores.close()


def test_a_newer_database_is_a_configuration_error(tmp_path: Path) -> None:
    open_embedded(tmp_path, clock).close()
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    connection.close()
    with pytest.raises(ConfigError) as caught:
        open_embedded(tmp_path, clock)
    assert caught.value.code == "QLF7010"


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(ConfigError) as caught:
        open_embedded(tmp_path, clock)
    assert caught.value.code == "QLF7011"


def test_a_file_that_is_no_database_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(ConfigError) as caught:
        open_embedded(tmp_path, clock)
    assert caught.value.code == "QLF7013"


def test_a_home_that_is_a_file_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    with pytest.raises(ConfigError) as caught:
        open_embedded(tmp_path / "home", clock)
    assert caught.value.code == "QLF7011"


async def test_a_damaged_database_is_told_as_such(tmp_path: Path) -> None:
    stores = open_embedded(tmp_path, clock)
    await stores.memos.put("k", {"a": "x" * 100_000})
    stores.close()
    path = tmp_path / "state.db"
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096))
    again = open_embedded(tmp_path, clock)
    with pytest.raises(ConfigError) as caught:
        await again.memos.get("k")
    assert caught.value.code == "QLF7013"
    again.close()


async def test_damaged_bytes_are_refused_and_healed_by_the_next_put(tmp_path: Path) -> None:
    artifacts = open_embedded(tmp_path, clock).artifacts
    ref = await artifacts.put(b"hello")
    (tmp_path / "artifacts" / ref.path).write_bytes(b"hallo")
    with pytest.raises(InputError) as caught:
        await artifacts.get(ref)
    assert caught.value.code == "QLF7005"
    await artifacts.put(b"hello")
    assert await artifacts.get(ref) == b"hello"


async def test_a_put_leaves_nothing_but_the_bytes(tmp_path: Path) -> None:
    artifacts = open_embedded(tmp_path, clock).artifacts
    refs = [await artifacts.put(str(number).encode()) for number in range(20)]
    found = {path.relative_to(tmp_path / "artifacts").as_posix() for path in (tmp_path / "artifacts").rglob("*") if path.is_file()}
    assert found == {ref.path for ref in refs}


async def test_a_folder_that_cannot_be_written_is_a_configuration_error(tmp_path: Path) -> None:
    stores = open_embedded(tmp_path, clock)
    (tmp_path / "artifacts").write_text("in the way")
    for attempt in (stores.artifacts.put(b"x"), stores.artifacts.get(sha256(b"x"))):
        with pytest.raises(ConfigError) as caught:
            await attempt
        assert caught.value.code == "QLF7011"
    stores.close()


async def test_work_that_raises_leaves_no_trace_and_frees_the_connection(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")

    def work(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO memos VALUES ('k', '{}')")
        raise KeyError("stop")

    with pytest.raises(KeyError):
        await database.write(work)
    rows = await database.read(lambda connection: connection.execute("SELECT count(*) FROM memos").fetchone())
    assert rows == (0,)
    database.close()


async def test_readers_go_on_while_a_writer_writes(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")
    loop = asyncio.get_running_loop()
    inside, go_on = asyncio.Event(), asyncio.Event()

    def slow(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO memos VALUES ('k', '{}')")
        loop.call_soon_threadsafe(inside.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()

    writing = asyncio.create_task(database.write(slow))
    await inside.wait()
    seen = await database.read(lambda connection: connection.execute("SELECT count(*) FROM memos").fetchone())
    go_on.set()
    await writing
    assert seen == (0,)
    assert await database.read(lambda connection: connection.execute("SELECT count(*) FROM memos").fetchone()) == (1,)
    database.close()


async def test_a_fault_in_a_statement_is_a_coded_fault_of_ours(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")
    with pytest.raises(InternalError) as caught:
        await database.write(lambda connection: connection.execute("INSERT INTO nowhere VALUES (1)"))
    assert caught.value.code == "QLF9000"
    database.close()


async def test_a_full_disk_is_a_configuration_error(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")

    with pytest.raises(ConfigError) as caught:
        await database.write(fill_as_text)
    assert caught.value.code == "QLF7011"
    database.close()


def fill_as_text(connection: sqlite3.Connection) -> None:
    """SQLite's own limit on pages stands for a full disk: both end in SQLITE_FULL."""
    connection.execute("PRAGMA max_page_count = 1")
    connection.execute("INSERT INTO memos VALUES ('k', ?)", ("x" * 1_000_000,))
