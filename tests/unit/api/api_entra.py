"""A door that Entra opens, and every operation of its document as a request that could succeed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from api_cases import Door, open_door
from loopback_entra import API, TENANT, Entra

from shared.settings import Settings

SECRET = "a-secret-of-some-length"


@dataclass(frozen=True)
class Operation:
    """One operation of the OpenAPI document, and where to send it."""

    method: str
    template: str
    role: str | None
    url: str
    body: dict[str, Any] | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.template.removeprefix('/api/v1')}"


@asynccontextmanager
async def entra_door(home: Path, entra: Entra, **settings: Any) -> AsyncIterator[Door]:
    """The app over a home, with Entra as the only way in; its client is an administrator."""
    chosen = {"entra_tenant_id": TENANT, "entra_client_id": API, "entra_authority": entra.url, "azure_site_name": None} | settings
    door = open_door(home, Settings(home=home, **chosen))
    door.http.headers["Authorization"] = f"Bearer {entra.token()}"
    async with door.http:
        yield door
    door.stores.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def values_of(ids: dict[str, str]) -> dict[str, str]:
    """What stands for each parameter of an address. A new one that is missing here fails every test that walks the routes."""
    return {
        "run_id": ids["run"],
        "capsule_id": ids["capsule"],
        "preview_id": ids["preview"],
        "name": "ir",
        "subscription": "audit",
    }


async def operations(door: Door, ids: dict[str, str]) -> list[Operation]:
    """Every operation that asks for a role. A parameter that is not known here fails the test: tell it what to send."""
    document = (await door.http.get("/openapi.json")).json()
    values = {"command": "pause", **values_of(ids)}
    return [
        Operation(method.upper(), path, operation["x-qlf-role"], f"http://127.0.0.1{path.format(**values)}", _body(operation))
        for path, method, operation in _each(document)
        if "x-qlf-role" in operation
    ]


async def send(door: Door, operation: Operation, token: str | None, **more: Any) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}" if token is not None else ""}
    return await door.http.request(operation.method, operation.url, json=operation.body, headers=headers, **more)


def _each(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _body(operation: dict[str, Any]) -> dict[str, Any] | None:
    """Something that each body's schema takes; what a route makes of it is not the question here."""
    if "application/json" not in operation.get("requestBody", {}).get("content", {}):
        return None
    return {"brief": "A library: members borrow books."} if operation["operationId"] in ("runs_create", "compiling_compile_brief") else {}
