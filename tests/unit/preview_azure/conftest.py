"""Previews over the real SDKs, against Azure on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from azure_cases import Clock, Credential

from shared.model import Preview, new_id
from shared.preview.azure import ContainerAppPreviews, Place
from shared.preview.azure.place import Resource
from tests.fakes import tls
from tests.fakes.arm import GROUP, REGISTRY, Azure, loopback_azure


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tls.Certificate:
    return tls.certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def azure(certificate: tls.Certificate) -> AsyncIterator[Azure]:
    async with loopback_azure(certificate) as made:
        yield made
        assert made.bad == []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def place(azure: Azure, certificate: tls.Certificate) -> Place:
    return Place(
        environment=Resource.of(f"{GROUP}/Microsoft.App/managedEnvironments/env"),
        registry=Resource.of(REGISTRY),
        registry_server=azure.url.removeprefix("https://"),
        pull_identity=f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/pull",
        location="westeurope",
        log_workspace="22222222-2222-4222-8222-222222222222",
        arm=azure.url,
        logs=f"{azure.url}/v1",
        per_user=2,
        look=3.0,
        authorities=str(certificate.cert),
    )


@pytest.fixture
def previews(place: Place, clock: Clock) -> ContainerAppPreviews:
    return ContainerAppPreviews(place, Credential, clock)


@pytest.fixture
def fresh(clock: Clock) -> Callable[..., Preview]:
    def make(**more: Any) -> Preview:
        facts = {"id": new_id("prv"), "run_id": "run_1", "capsule_id": "cap_1", "owner": "ann", "expires_at": clock.in_(hours=1)}
        return Preview(**{**facts, "created_at": clock(), **more})

    return make
