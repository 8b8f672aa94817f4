"""Stores over Cosmos DB for the contract: each test has a database of its own, at the fake account or at the one that is configured.
Leases are on the fake Blob service beside it.

`COSMOS_ENDPOINT` and `COSMOS_KEY` name a real account or emulator; its key must be allowed to create databases.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import CosmosClient
from blob_cases import RUNNING, on_fake, service_at

from shared.stores import Clock, Stores
from shared.stores.azure.blobleases import BlobLeaseStore
from shared.stores.azure.cosmos import CONTAINERS, make_client, open_cosmos
from shared.stores.azure.cosmos.containers import CONSISTENCY
from shared.stores.embedded.artifacts import FolderArtifactStore

if TYPE_CHECKING:
    from tests.fakes.cosmos import FakeCosmos

_WHERE = "cosmos.json"


@functools.cache
def fake() -> FakeCosmos:
    """The fake account of this test process."""
    from tests.fakes.cosmos import FakeCosmos

    made = FakeCosmos().start()
    RUNNING.callback(made.stop)
    return made


def open_at(place: Path, clock: Clock) -> Stores:
    """The stores over the database that `prepared` made for this place."""
    where = json.loads((place / _WHERE).read_text())
    connect = lambda: make_client(where["endpoint"], where["key"], where["consistency"])  # noqa: E731
    service, loop = service_at(place, clock)
    stores = open_cosmos(connect, where["database"], FolderArtifactStore(place / "artifacts"), BlobLeaseStore(service, loop), clock)

    def close() -> None:
        loop.close()
        stores.close()

    return dataclasses.replace(stores, close=close)


@contextmanager
def prepared(place: Path, seconds: Callable[[], float]) -> Iterator[None]:
    """A database with all containers, found again from the file in `place` by every process of the test; the fake goes by `seconds`."""

    place.mkdir(parents=True, exist_ok=True)
    with on_fake(place, seconds), _database(place, seconds):
        yield


@contextmanager
def _database(place: Path, seconds: Callable[[], float]) -> Iterator[None]:
    from tests.fakes.cosmos import KEY, definitions

    database = f"qlf-test-{uuid.uuid4().hex}"
    endpoint, key = os.environ.get("COSMOS_ENDPOINT"), os.environ.get("COSMOS_KEY", "")
    where = {"endpoint": endpoint or fake().endpoint, "key": key if endpoint else KEY, "database": database}
    (place / _WHERE).write_text(json.dumps({**where, "consistency": None if endpoint else CONSISTENCY}))
    if endpoint is None:
        fake().clock = seconds
        fake().make(database, definitions())
        yield
        fake().drop(database)
        fake().clock = time.time
        return
    if not key:
        pytest.fail(
            "COSMOS_ENDPOINT is set without COSMOS_KEY: the tests make databases, which no data role allows. Use an account for tests."
        )
    asyncio.run(_create(make_client(endpoint, key, None), database))
    try:
        yield
    finally:
        asyncio.run(_drop(make_client(endpoint, key, None), database))


async def _create(client: CosmosClient, database: str) -> None:
    async with client:
        made = await client.create_database(database)
        for container in CONTAINERS:
            if container.vector_path is None:  # needs a capability of the account, and no store uses it yet
                paths = list(container.partition_key)
                key = PartitionKey(paths) if len(paths) > 1 else PartitionKey(paths[0])
                policy, ttl = container.indexing_policy(), container.default_ttl
                await made.create_container(container.name, key, indexing_policy=policy, default_ttl=ttl)


async def _drop(client: CosmosClient, database: str) -> None:
    async with client:
        await client.delete_database(database)
