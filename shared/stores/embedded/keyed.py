"""Memos and leases: one row per key."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta
from typing import Any

from shared.stores.embedded.database import Database
from shared.stores.leasing import lease_seconds
from shared.stores.ports import Clock
from shared.stores.serial import to_text


class SqliteMemoStore:
    """Memoised results in `memos`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> dict[str, Any] | None:
        """The value, or None."""

        def work(connection: sqlite3.Connection) -> dict[str, Any] | None:
            row = connection.execute("SELECT value FROM memos WHERE key = ?", (key,)).fetchone()
            return dict(json.loads(row[0])) if row else None

        return await self._database.read(work)

    async def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep the value; the last writer wins."""
        text = to_text(value)

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO memos VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, text))

        await self._database.write(work)


class SqliteLeaseStore:
    """Leases in `leases`, held until their expiry by `clock`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def acquire(self, name: str, owner: str, seconds: int) -> bool:
        """Take the lease when it is free, expired or already the owner's."""
        lease_seconds(seconds)

        def work(connection: sqlite3.Connection) -> bool:
            now, until = self._span(seconds)
            cursor = connection.execute(
                "INSERT INTO leases VALUES (?, ?, ?, ?) ON CONFLICT (name)"
                " DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at, seconds = excluded.seconds"
                " WHERE leases.owner = excluded.owner OR leases.expires_at <= ?",
                (name, owner, until, seconds, now),
            )
            return cursor.rowcount == 1

        return await self._database.write(work)

    async def renew(self, name: str, owner: str) -> bool:
        """Let the lease last as long again, unless somebody has had it since."""

        def work(connection: sqlite3.Connection) -> bool:
            found = connection.execute("SELECT seconds FROM leases WHERE name = ? AND owner = ?", (name, owner)).fetchone()
            if found is not None:
                connection.execute("UPDATE leases SET expires_at = ? WHERE name = ?", (self._span(found[0])[1], name))
            return found is not None

        return await self._database.write(work)

    async def release(self, name: str, owner: str) -> None:
        """Delete the owner's lease."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM leases WHERE name = ? AND owner = ?", (name, owner))

        await self._database.write(work)

    def _span(self, seconds: int) -> tuple[str, str]:
        """Now and the expiry, in one fixed-width form, so that text order is time order."""
        now = datetime.fromisoformat(self._clock())
        return now.isoformat(timespec="microseconds"), (now + timedelta(seconds=seconds)).isoformat(timespec="microseconds")
