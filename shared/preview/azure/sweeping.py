"""One round over the apps and the images of previews: what one refusal keeps alive does not keep the others."""

from __future__ import annotations

from datetime import datetime

from shared.preview.azure import fleet
from shared.preview.azure.clients import Clients
from shared.preview.azure.envelope import EXPIRES, MARK
from shared.preview.azure.faults import Fault, code_of
from shared.preview.azure.names import REPOSITORIES, repository_of
from shared.preview.port import Swept


async def sweep(clients: Clients, now: str, deployed: datetime) -> Swept:
    """Delete every marked app whose end is before `now` (RFC 3339 UTC) or cannot be read, then the images that no app uses.

    Whatever was pushed before `deployed` has its app by then, or never gets one.
    """
    ended, left = [], {}
    for app in await fleet.marked(clients):
        if app.tags.get(EXPIRES, "") > now:
            continue
        try:
            await fleet.remove(clients, app.name)
            ended.append(app.tags[MARK])
        except Fault as error:
            left[app.tags[MARK]] = code_of(error)
    return Swept(ended, left | await _sweep_images(clients, deployed))


async def _sweep_images(clients: Clients, deployed: datetime) -> dict[str, str]:
    """Delete the repositories without an app; those that stay, with the code of what keeps them."""
    try:
        found = await clients.images.repositories(REPOSITORIES)
        used = {repository_of(app.name) for app in await fleet.marked(clients)}  # asked second: no app is made in between
    except Fault as error:
        return {REPOSITORIES: code_of(error)}
    left = {}
    for repository in found:
        try:
            if repository not in used and await clients.images.pushed(repository) < deployed:
                await clients.images.remove(repository)
        except Fault as error:
            left[repository] = code_of(error)
    return left
