"""Memos: one document per key."""

from __future__ import annotations

import json
from typing import Any

from shared.model import InternalError
from shared.stores.azure.cosmos.containers import REGISTRY
from shared.stores.azure.cosmos.database import CosmosDatabase
from shared.stores.azure.cosmos.names import item_id
from shared.stores.azure.cosmos.records import envelope, text_of
from shared.stores.serial import to_text

MEMO_SECONDS = 90 * 24 * 3600
"""A memo that nobody wrote again for this long is dropped; the work is then done once more."""


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
