"""Webhook deliveries that were seen: one document per id in the partition of its provider. The container's lifetime ends them."""

from __future__ import annotations

from shared.stores.azure.cosmos.containers import DELIVERIES
from shared.stores.azure.cosmos.database import CosmosDatabase
from shared.stores.azure.cosmos.names import item_id
from shared.stores.azure.cosmos.records import envelope


class CosmosDeliveryStore:
    """Deliveries in `deliveries`. A document is created and never changed, so of many who bind an id the first one has bound it."""

    def __init__(self, database: CosmosDatabase) -> None:
        self._database = database

    async def bind(self, provider: str, delivery: str, digest: str) -> bool:
        """True when the id is bound to this digest."""
        body = envelope(item_id("delivery", delivery), "delivery", provider=provider, digest=digest)
        found, _ = await self._database.create_or_read(DELIVERIES.name, body, provider)
        return bool(found["digest"] == digest)
