"""Bytes in Blob Storage for the contract, beside documents on this machine: the fake service of the fast tests, and Azurite."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from shared.stores import Clock, Stores
from shared.stores.embedded import open_embedded
from tests.fakes.blob import CONTAINER, FakeBlobService, fake_blob_service
from tests.peers.azurite import Azurite, azurite

_WHERE = "blob.json"
RUNNING = ExitStack()
"""The services of this test process; the fixture that uses them closes it at the end of the session."""


@functools.cache
def fake() -> FakeBlobService:
    return RUNNING.enter_context(fake_blob_service())


@functools.cache
def peer() -> Azurite:
    return RUNNING.enter_context(azurite())


def open_at(place: Path, clock: Clock) -> Stores:
    """The stores over the container that was prepared for this place."""
    from shared.stores.azure.blob import BlobArtifactStore
    from shared.stores.azure.blobservice import BlobPlace, BlobService
    from shared.stores.azure.loop import ClientLoop

    where = json.loads((place / _WHERE).read_text())
    stores, loop = open_embedded(place, clock), ClientLoop("blob-contract")
    artifacts = BlobArtifactStore(BlobService(BlobPlace(**where, patience=0.1), loop, clock), loop)

    def close() -> None:
        loop.close()
        stores.close()

    return dataclasses.replace(stores, artifacts=artifacts, close=close)


@contextmanager
def on_fake(place: Path, _: Callable[[], float]) -> Iterator[None]:
    """The fake, emptied."""
    fake().blobs.clear()
    _tell(place, fake().connection_string, CONTAINER)
    yield


@contextmanager
def on_azurite(place: Path, _: Callable[[], float]) -> Iterator[None]:
    """A new container in Azurite."""
    container = f"test-{uuid.uuid4().hex}"
    asyncio.run(_create(container))
    _tell(place, peer().connection_string, container)
    yield


def _tell(place: Path, connection_string: str, container: str) -> None:
    place.mkdir(parents=True, exist_ok=True)
    (place / _WHERE).write_text(json.dumps({"connection_string": connection_string, "container": container}))


async def _create(container: str) -> None:
    from azure.storage.blob.aio import BlobServiceClient

    async with BlobServiceClient.from_connection_string(peer().connection_string) as client:
        await client.create_container(container)
