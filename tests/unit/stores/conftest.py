"""The account that the tests of the Cosmos DB stores share, with a database for each of them, and the Blob service beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cosmos_world import World

    from tests.fakes.blob import FakeBlobService
    from tests.fakes.cosmos import FakeCosmos
    from tests.fakes.identity import FakeIdentity


@pytest.fixture(scope="session")
def account_on_loopback() -> Iterator[FakeCosmos]:
    from tests.fakes.cosmos import FakeCosmos

    fake = FakeCosmos().start()
    yield fake
    fake.stop()


@pytest.fixture(scope="session")
def blobs_on_loopback() -> Iterator[FakeBlobService]:
    from tests.fakes.blob import fake_blob_service

    with fake_blob_service() as service:
        yield service


@pytest.fixture
def cosmos(account_on_loopback: FakeCosmos, blobs_on_loopback: FakeBlobService, tmp_path: Path) -> Iterator[World]:
    from cosmos_world import World

    world = World(account_on_loopback, blobs_on_loopback, tmp_path)
    yield world
    world.close()


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeIdentity]:
    """The managed identity of this process."""
    from tests.fakes.identity import fake_identity

    with fake_identity() as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made
