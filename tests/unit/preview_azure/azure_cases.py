"""What the tests of previews on Container Apps share: an app's files, a credential, and a clock that a test moves."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.core.credentials import AccessToken

from shared.capsule import SourceFile
from shared.preview.azure import Place
from shared.preview.azure.place import Resource
from tests.fakes.arm import GROUP, REGISTRY, TOKEN

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


async def sources() -> Mapping[str, SourceFile]:
    return {path: SourceFile(data) for path, data in FILES.items()}


def place_at(url: str, certificate: str) -> Place:
    """Where the loopback's previews go."""
    return Place(
        environment=Resource.of(f"{GROUP}/Microsoft.App/managedEnvironments/env"),
        registry=Resource.of(REGISTRY),
        registry_server=url.removeprefix("https://"),
        pull_identity=f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/pull",
        location="westeurope",
        log_workspace="22222222-2222-4222-8222-222222222222",
        arm=url,
        logs=f"{url}/v1",
        per_user=2,
        look=3.0,
        authorities=certificate,
    )
