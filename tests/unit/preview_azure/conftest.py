"""Previews over the real SDKs, against Azure on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from azure_cases import Clock, Credential, place_at, sources

from shared.model import Preview, new_id
from shared.preview.azure import ContainerAppPreviews, Place
from shared.settings import Settings
from shared.stores import Stores
from shared.stores.embedded import open_embedded
from tests.fakes import tls
from tests.fakes.arm import Azure, loopback_azure
from tests.recorded import Recorded, recording


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tls.Certificate:
    return tls.certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    with recording() as kept:
        yield kept


@pytest.fixture
async def azure(certificate: tls.Certificate, clock: Clock) -> AsyncIterator[Azure]:
    async with loopback_azure(certificate) as made:
        made.clock = clock
        yield made
        assert made.bad == []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def place(azure: Azure, certificate: tls.Certificate) -> Place:
    return place_at(azure.url, str(certificate.cert))


@pytest.fixture
def previews(place: Place, clock: Clock) -> ContainerAppPreviews:
    return ContainerAppPreviews(place, Credential, clock)


@pytest.fixture
def fresh(clock: Clock) -> Callable[..., Preview]:
    def make(**more: Any) -> Preview:
        facts = {"id": new_id("prv"), "run_id": "run_1", "capsule_id": "cap_1", "owner": "ann", "expires_at": clock.in_(hours=1)}
        return Preview(**{**facts, "created_at": clock(), **more})

    return make


@pytest.fixture
def stores(tmp_path: Path, clock: Clock, previews: ContainerAppPreviews, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    """The stores of the house in which the activities work."""
    made = open_embedded(tmp_path, clock)
    house = SimpleNamespace(settings=Settings(home=tmp_path, project="default"), clock=clock, stores=made, previews=previews)
    for room in ("sweep", "open_preview", "close_preview"):
        monkeypatch.setattr(f"activities.{room}.services", lambda: house)
    monkeypatch.setattr("activities.open_preview.sources_of", lambda _: sources())
    yield made
    made.close()


@pytest.fixture
def ready(previews: ContainerAppPreviews, stores: Stores, fresh: Callable[..., Preview]) -> Callable[..., Awaitable[Preview]]:
    """Makes a preview that runs, and its record."""

    async def make(*, recorded: bool = True, **facts: str) -> Preview:
        step = await previews.advance(fresh(**facts), sources, None)
        while step.progress is not None:
            step = await previews.advance(step.preview, sources, step.progress)
        assert step.preview.status == "ready"
        return await stores.previews.create(step.preview) if recorded else step.preview

    return make
