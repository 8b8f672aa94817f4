"""Webhook deliveries that were seen: one row per id, gone a week after its first binding."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from shared.stores.embedded.database import Database
from shared.stores.ports import DELIVERY_SECONDS, Clock

SWEPT_AT_ONCE = 100
"""Most rows that one binding sweeps away: more than come in, and never many at a time."""
_SWEEP = (
    "DELETE FROM deliveries WHERE (provider, id) IN (SELECT provider, id FROM deliveries WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)"
)
_BIND = (
    "INSERT INTO deliveries VALUES (?, ?, ?, ?) ON CONFLICT (provider, id)"
    " DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at WHERE deliveries.expires_at <= ?"
)
_BOUND = "SELECT digest FROM deliveries WHERE provider = ? AND id = ?"


class SqliteDeliveryStore:
    """Deliveries in `deliveries`, remembered by `clock`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def bind(self, provider: str, delivery: str, digest: str) -> bool:
        """True when the id is bound to this digest."""

        def work(connection: sqlite3.Connection) -> bool:
            at = datetime.fromisoformat(self._clock())
            now, until = (one.isoformat(timespec="microseconds") for one in (at, at + timedelta(seconds=DELIVERY_SECONDS)))
            connection.execute(_SWEEP, (now, SWEPT_AT_ONCE))
            connection.execute(_BIND, (provider, delivery, digest, until, now))
            return bool(connection.execute(_BOUND, (provider, delivery)).fetchone()[0] == digest)

        return await self._database.write(work)
