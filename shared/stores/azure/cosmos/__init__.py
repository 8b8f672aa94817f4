"""Documents in Cosmos DB: runs with their events, capsules, previews, memos, deliveries, and the outbox. Imported by wiring alone."""

from __future__ import annotations

from collections.abc import Callable

from azure.cosmos.aio import CosmosClient

from shared.stores.azure.cosmos.connect import connector, make_client
from shared.stores.azure.cosmos.containers import CONTAINERS, Container
from shared.stores.azure.cosmos.database import DEADLINE_SECONDS, CosmosDatabase
from shared.stores.azure.cosmos.deliveries import CosmosDeliveryStore
from shared.stores.azure.cosmos.documents import CosmosCapsuleStore, CosmosPreviewStore
from shared.stores.azure.cosmos.memos import CosmosMemoStore
from shared.stores.azure.cosmos.outbox import CosmosOutbox
from shared.stores.azure.cosmos.places import Places
from shared.stores.azure.cosmos.runs import CosmosRunStore
from shared.stores.bus import InProcessBus
from shared.stores.ports import ArtifactStore, Clock, LeaseStore, Stores


def open_cosmos(
    connect: Callable[[], CosmosClient],
    database: str,
    artifacts: ArtifactStore,
    leases: LeaseStore,
    clock: Clock,
    *,
    deadline: float = DEADLINE_SECONDS,
) -> Stores:
    """The stores over one database, with `artifacts` and `leases` from elsewhere.

    Nothing is sent before the first use; no call to the database outlasts `deadline`.
    """
    place = CosmosDatabase(connect, database, deadline)
    places, bus = Places(place), InProcessBus()
    return Stores(
        artifacts=artifacts,
        runs=CosmosRunStore(place, places, bus),
        capsules=CosmosCapsuleStore(place, places),
        previews=CosmosPreviewStore(place, places),
        memos=CosmosMemoStore(place),
        leases=leases,
        deliveries=CosmosDeliveryStore(place),
        bus=bus,
        close=place.close,
        outbox=CosmosOutbox(place, leases, clock),
    )


__all__ = ["CONTAINERS", "Container", "connector", "make_client", "open_cosmos"]
