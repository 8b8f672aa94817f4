"""The SDK's clients for one piece of work: made and closed with it, so that no connection belongs to a loop that is gone."""

from __future__ import annotations

import contextlib
import functools
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.preview.azure.images import AcrTasks, ImageBuilder
from shared.preview.azure.place import Place

if TYPE_CHECKING:
    from azure.mgmt.appcontainers.aio.operations import ContainerAppsOperations, ContainerAppsRevisionsOperations

Credential = Callable[[], Any]
"""Makes an asynchronous token credential, which is closed after use."""
_BOUNDS: dict[str, Any] = {"retry_total": 2, "retry_backoff_max": 5, "timeout": 60, "connection_timeout": 10, "read_timeout": 60}


@dataclass(frozen=True, slots=True)
class Clients:
    """Container Apps, their revisions, the resource group where they are, and the builder of images."""

    group: str
    apps: ContainerAppsOperations
    revisions: ContainerAppsRevisionsOperations
    images: ImageBuilder


@contextlib.asynccontextmanager
async def open_clients(place: Place, credential: Credential) -> AsyncIterator[Clients]:
    """The clients of one piece of work. Every request is bounded in time and retried twice at most."""
    from azure.containerregistry.aio import ContainerRegistryClient
    from azure.mgmt.appcontainers.aio import ContainerAppsAPIClient
    from azure.mgmt.containerregistrytasks.aio import ContainerRegistryTasksMgmtClient

    async with contextlib.AsyncExitStack() as stack:
        who = await stack.enter_async_context(credential())
        scopes, bounds = [f"{place.arm}/.default"], within(place)
        arm = await stack.enter_async_context(
            ContainerAppsAPIClient(who, place.environment.subscription, place.arm, credential_scopes=scopes, **bounds)
        )
        tasks = await stack.enter_async_context(
            ContainerRegistryTasksMgmtClient(who, place.registry.subscription, place.arm, credential_scopes=scopes, **bounds)
        )
        registry = await stack.enter_async_context(ContainerRegistryClient(f"https://{place.registry_server}", who, **bounds))
        images = AcrTasks(place, tasks, registry, functools.partial(upload, place))
        yield Clients(place.environment.group, arm.container_apps, arm.container_apps_revisions, images)


def within(place: Place) -> dict[str, Any]:
    """The bounds of every client, and whom it trusts."""
    return {**_BOUNDS, "connection_verify": place.authorities or True}


async def upload(place: Place, url: str, data: bytes) -> None:
    """Write a build's context to the address that the registry handed out, which holds its own right to write."""
    from azure.storage.blob.aio import BlobClient

    async with BlobClient.from_blob_url(url, **within(place)) as blob:
        await blob.upload_blob(data, overwrite=True)


async def answers(place: Place, url: str) -> bool:
    """True when `GET url` is answered with a status below 400 within ten seconds. The body is not read: it is the app's."""
    import aiohttp

    tls = ssl.create_default_context(cafile=place.authorities)
    timeout = aiohttp.ClientTimeout(total=10)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url, allow_redirects=False, ssl=tls) as got:
            return got.status < 400
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False


async def log_lines(place: Place, credential: Credential, query: str) -> list[str]:
    """The rows of a Log Analytics query's first column, oldest first."""
    from datetime import timedelta

    from azure.monitor.query.aio import LogsQueryClient

    async with credential() as who, LogsQueryClient(who, endpoint=place.logs, **within(place)) as client:
        result = await client.query_workspace(place.log_workspace or "", query, timespan=timedelta(days=7))
    tables = getattr(result, "tables", None) or getattr(result, "partial_data", None) or []
    return [str(row[0]) for table in tables for row in table.rows]
