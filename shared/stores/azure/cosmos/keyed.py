"""Memos and leases: one document per key."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from shared.model import InternalError
from shared.stores.azure.cosmos.containers import LEASES, REGISTRY
from shared.stores.azure.cosmos.database import CosmosDatabase, Document
from shared.stores.azure.cosmos.names import item_id
from shared.stores.azure.cosmos.records import envelope, text_of
from shared.stores.ports import Clock
from shared.stores.serial import to_text

MEMO_SECONDS = 90 * 24 * 3600
"""A memo that nobody wrote again for this long is dropped; the work is then done once more."""
_CLEANUP_SECONDS = 24 * 3600
"""The service deletes a lease this long after it ended. It never decides who holds one: its clock is not ours."""


class CosmosMemoStore:
    """Memoised results in `registry`."""

    def __init__(self, database: CosmosDatabase) -> None:
        self._database = database

    async def get(self, key: str) -> dict[str, Any] | None:
        """The value, or None."""
        name = item_id("memo", key)
        found = await self._database.read(REGISTRY.name, name, name)
        try:
            return dict(json.loads(text_of(found))) if found else None
        except ValueError as error:
            raise InternalError("QLF7026", f"memo {key!a}: {error}") from error

    async def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep the value; the last writer wins."""
        name = item_id("memo", key)
        await self._database.upsert(REGISTRY.name, envelope(name, "memo", key=name, ttl=MEMO_SECONDS, document=to_text(value)))


class CosmosLeaseStore:
    """Leases in `leases`, held until their expiry by `clock`. Every change is made on the condition that nobody else made one."""

    def __init__(self, database: CosmosDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def acquire(self, name: str, owner: str, seconds: float) -> bool:
        """Take the lease when it is free, expired or already the owner's."""
        now, until = self._span(seconds)
        body = self._body(name, owner, until, seconds)
        if await self._database.create(LEASES.name, body):
            return True
        found = await self._read(name)
        if found is None:  # given back in between
            return await self._database.create(LEASES.name, body) is not None
        if found["owner"] != owner and found["expires_at"] > now:
            return False
        return await self._replace(body, found)

    async def renew(self, name: str, owner: str, seconds: float) -> bool:
        """Move the expiry of a lease that the owner still holds."""
        now, until = self._span(seconds)
        found = await self._read(name)
        if found is None or found["owner"] != owner or found["expires_at"] <= now:
            return False
        return await self._replace(self._body(name, owner, until, seconds), found)

    async def release(self, name: str, owner: str) -> None:
        """Delete the owner's lease."""
        found = await self._read(name)
        if found is not None and found["owner"] == owner:
            await self._database.delete(LEASES.name, found["id"], found["id"], found["_etag"])

    async def _replace(self, body: Document, found: Document) -> bool:
        """True when the lease is now as `body` says: written, or written by an earlier attempt whose answer was lost."""
        if await self._database.replace(LEASES.name, body, found["_etag"]):
            return True
        now = await self._read_id(body["id"])
        return now is not None and (now["owner"], now["expires_at"]) == (body["owner"], body["expires_at"])

    async def _read(self, name: str) -> Document | None:
        return await self._read_id(item_id("lease", name))

    async def _read_id(self, item: str) -> Document | None:
        return await self._database.read(LEASES.name, item, item)

    def _body(self, name: str, owner: str, until: str, seconds: float) -> Document:
        ttl = max(1, int(seconds)) + _CLEANUP_SECONDS
        return envelope(item_id("lease", name), "lease", owner=owner, expires_at=until, ttl=ttl)

    def _span(self, seconds: float) -> tuple[str, str]:
        """Now and the expiry, in one fixed-width form, so that text order is time order."""
        now = datetime.fromisoformat(self._clock())
        return now.isoformat(timespec="microseconds"), (now + timedelta(seconds=seconds)).isoformat(timespec="microseconds")
