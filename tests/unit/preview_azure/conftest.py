"""Previews over the real SDKs, against Azure on loopback."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from shared.capsule import SourceFile
from shared.model import Preview, new_id
from shared.preview.azure import ContainerAppPreviews, Place
from shared.preview.azure.place import Resource
from tests.fakes import tls
from tests.fakes.arm import GROUP, REGISTRY, TOKEN, Azure, loopback_azure

FILES = {
    "src/clinic/main.py": b"app = None\n", "src/clinic/__init__.py": b"", "requirements.txt": b"uvicorn==1 --hash=sha256:00\n",
    "alembic.ini": b"[alembic]\n", "migrations/env.py": b"", "Dockerfile": b"FROM evil\n", "tests/test_a.py": b"",
    "platform.Dockerfile": b"FROM evil\n",
}  # fmt: skip


class Credential:
    """A token that the loopback takes."""

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken(TOKEN, int(time.time()) + 3600)

    async def __aenter__(self) -> Credential:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


class Clock:
    """A time that the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)

    def in_(self, **span: float) -> str:
        return (self.now + timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


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


async def sources() -> Mapping[str, SourceFile]:
    return {path: SourceFile(data) for path, data in FILES.items()}
