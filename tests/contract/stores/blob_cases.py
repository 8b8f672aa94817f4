"""Bytes and leases in Blob Storage for the contract, beside documents on this machine: the fake service of the fast tests, and Azurite."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shared.stores import Clock, Stores
from shared.stores.embedded import open_embedded
from tests.fakes.blob import CONTAINER, FakeBlobService, fake_blob_service
from tests.peers.azurite import Azurite, azurite

if TYPE_CHECKING:
    from shared.stores.azure.blobservice import BlobService
    from shared.stores.azure.loop import ClientLoop

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
    from shared.stores.azure.blobleases import BlobLeaseStore

    stores = open_embedded(place, clock)
    service, loop = service_at(place, clock)

    def close() -> None:
        loop.close()
        stores.close()

    return dataclasses.replace(stores, artifacts=BlobArtifactStore(service, loop), leases=BlobLeaseStore(service, loop), close=close)


def service_at(place: Path, clock: Clock) -> tuple[BlobService, ClientLoop]:
    """The container that was prepared for this place, over a client of its own."""
    from shared.stores.azure.blobservice import BlobPlace, BlobService
    from shared.stores.azure.loop import ClientLoop

    where, loop = json.loads((place / _WHERE).read_text()), ClientLoop("blob-contract")
    return BlobService(BlobPlace(**where, patience=0.1), loop, clock), loop


@contextmanager
def on_fake(place: Path, seconds: Callable[[], float]) -> Iterator[None]:
    """The fake, emptied; its leases end by the clock that is handed in."""
    fake().blobs.clear()
    fake().clock = seconds
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
