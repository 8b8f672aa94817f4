"""A process that makes four previews, or sweeps them an hour after their end: `killed_sweep.py HOME URL CERTIFICATE make|sweep`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from azure_cases import Clock, Credential, place_at, sources
from test_preview_events import a_run

from activities.sweep import sweep
from shared.model import Preview, new_id
from shared.preview.azure import ContainerAppPreviews
from shared.settings import Settings
from shared.stores import Stores
from shared.stores.embedded import open_embedded


async def make(stores: Stores, previews: ContainerAppPreviews, clock: Clock) -> None:
    """Four owners with one preview each; prints the id of the run."""
    run = await a_run(stores, clock())
    for owner in "abcd":
        fresh = Preview(id=new_id("prv"), run_id=run.id, capsule_id="cap_1", owner=owner, created_at=clock(), expires_at=clock.in_(hours=1))
        step = await previews.advance(fresh, sources, None)
        while step.progress is not None:
            step = await previews.advance(step.preview, sources, step.progress)
        await stores.previews.create(step.preview)
    sys.stdout.write(run.id)


def main(home: Path, url: str, certificate: str, deed: str) -> None:
    clock = Clock()
    stores, previews = open_embedded(home, clock), ContainerAppPreviews(place_at(url, certificate), Credential, clock)
    if deed == "make":
        asyncio.run(make(stores, previews, clock))
    else:
        clock.pass_(hours=2)
        house = SimpleNamespace(settings=Settings(home=home, project="default"), clock=clock, stores=stores, previews=previews)
        with patch("activities.sweep.services", lambda: house):
            asyncio.run(sweep())
    stores.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
