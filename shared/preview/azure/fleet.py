"""The preview apps of one resource group: found by their names and their tags, and removed with their images."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from shared.model import Preview
from shared.preview.azure.clients import Clients
from shared.preview.azure.envelope import MARK, OWNER
from shared.preview.azure.faults import Fault, code_of, told
from shared.preview.azure.names import candidates, repository_of

_log = logging.getLogger("qlf.preview")


async def get(clients: Clients, name: str) -> Any:
    """The app of that name, or None."""
    async with told():
        try:
            return await clients.apps.get(clients.group, name)
        except ResourceNotFoundError:
            return None


async def marked(clients: Clients) -> list[Any]:
    """All apps that are previews."""
    async with told():
        return [app async for app in clients.apps.list_by_resource_group(clients.group) if MARK in (app.tags or {})]


async def mine(clients: Clients, preview: Preview) -> Any:
    """The preview's app, or None."""
    for name in candidates(preview.id):
        app = await get(clients, name)
        if app is None:
            return None
        if (app.tags or {}).get(MARK) == preview.id:
            return app
    return None


async def others(clients: Clients, preview: Preview) -> list[str]:
    """The marks of the owner's other previews."""
    return [app.tags[MARK] for app in await marked(clients) if app.tags.get(OWNER) == preview.owner and app.tags[MARK] != preview.id]


async def name_for(clients: Clients, preview: Preview) -> str | None:
    """The first candidate that is free or the preview's already; None when all are another's."""
    for name in candidates(preview.id):
        app = await get(clients, name)
        if app is None or (app.tags or {}).get(MARK) == preview.id:
            return name
    return None


async def cancel(clients: Clients, build: str) -> None:
    """End a build. One that cannot be ended may still push; the sweeper finds what it pushed."""
    try:
        await clients.images.cancel(build)
    except Fault as error:
        _log.warning("the build %s could not be cancelled: %s", build, code_of(error))


async def remove(clients: Clients, name: str) -> None:
    """Delete the app and its images. Images that the registry keeps are the sweeper's, which finds them without the app."""
    async with told():
        with contextlib.suppress(ResourceNotFoundError):
            await clients.apps.begin_delete(clients.group, name, polling=False)
    try:
        await clients.images.remove(repository_of(name))
    except Fault as error:
        _log.warning("the images of %s are left to the sweeper: %s", name, code_of(error))


async def revision_says(clients: Clients, name: str) -> str:
    """The platform's own words about the newest revision."""
    async with told():
        try:
            found = [revision async for revision in clients.revisions.list_revisions(clients.group, name)]
        except ResourceNotFoundError:
            return ""
    facts = [revision.properties for revision in found if revision.properties is not None]
    said = [str(fact.provisioning_error or "") for fact in facts]
    return next((text for text in said if text), "")
