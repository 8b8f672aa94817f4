"""The outbox on one machine: events in the order in which they were committed, handed over and only then ticked off.

SQLite has one writer at a time and events are never deleted, so their row numbers grow in the order of commits: what lies above the
last number handed over is what is left. A death in between hands the same events over again, under the same ids.
"""

from __future__ import annotations

import sqlite3
import uuid

from shared.model import Event
from shared.stores.embedded.database import Database
from shared.stores.ports import LeaseStore, Publisher

LEASE_SECONDS = 60
"""A relay that died is taken over after this long."""
PAGE_EVENTS = 100
MAX_PAGES = 50
_NAME = "outbox"
_NEXT = (
    "SELECT rowid, document, seq FROM events WHERE rowid > (SELECT coalesce(max(position), 0) FROM outbox WHERE name = ?)"
    " ORDER BY rowid LIMIT ?"
)
_TICK = "INSERT INTO outbox VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE position < excluded.position"


class SqliteOutbox:
    """Relays the rows of `events`."""

    def __init__(self, database: Database, leases: LeaseStore) -> None:
        self._database = database
        self._leases = leases

    async def relay(self, publisher: Publisher) -> int:
        """Hand over what was committed since the last relay; how many events that were."""
        if not await self._next():
            return 0  # most calls end here, without a write
        owner = uuid.uuid4().hex
        if not await self._leases.acquire(_NAME, owner, LEASE_SECONDS):
            return 0
        try:
            return await self._relay(publisher, owner)
        finally:
            await self._leases.release(_NAME, owner)

    async def _relay(self, publisher: Publisher, owner: str) -> int:
        count = 0
        for _ in range(MAX_PAGES):
            found = await self._next()
            if not found:
                break
            await publisher.publish([event for _, event in found])
            count += len(found)
            await self._tick(found[-1][0])
            if not await self._leases.renew(_NAME, owner):
                break  # somebody took over; what both have published has equal ids
        return count

    async def _next(self) -> list[tuple[int, Event]]:
        rows = await self._database.read(lambda connection: connection.execute(_NEXT, (_NAME, PAGE_EVENTS)).fetchall())
        return [(row[0], Event.model_validate_json(row[1]).model_copy(update={"seq": row[2]})) for row in rows]

    async def _tick(self, position: int) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(_TICK, (_NAME, position))

        await self._database.write(work)
