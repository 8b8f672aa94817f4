"""The adapters, and runs, events and a clock for the tests of the stores."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import blob_cases
import pytest

from shared.model import ArtifactRef, Event, EventType, Run, event_id, new_id, sha256
from shared.stores import Clock, Stores
from shared.stores.embedded import open_embedded
from tests.peers.azurite import why_not

Seconds = Callable[[], float]
"""The clock of a service on loopback, in seconds since 1970."""


def _cosmos(place: Path, clock: Clock) -> Stores:
    import cosmos_cases  # late, as wiring does: the processes of the other adapters need no SDK

    return cosmos_cases.open_at(place, clock)


def _cosmos_prepared(place: Path, seconds: Seconds) -> AbstractContextManager[None]:
    import cosmos_cases

    return cosmos_cases.prepared(place, seconds)


ADAPTERS: dict[str, Callable[[Path, Clock], Stores]] = {"embedded": open_embedded, "cosmos": _cosmos}
"""Another adapter is one more entry here."""
BYTES: dict[str, Callable[[Path, Clock], Stores]] = {"blob": blob_cases.open_at, "azurite": blob_cases.open_at}
"""Adapters of bytes and leases alone: only the tests of those run on them."""
ON_AZURITE = pytest.param("azurite", marks=[pytest.mark.azure, pytest.mark.skipif(why_not() is not None, reason=str(why_not()))])
WITH_BYTES = [*sorted(ADAPTERS), "blob", ON_AZURITE]
WITH_LEASES = [*sorted(ADAPTERS), ON_AZURITE]
"""Leases beside documents in Cosmos DB are those of the fake Blob service."""
PREPARED: dict[str, Callable[[Path, Seconds], AbstractContextManager[None]]] = {
    "blob": blob_cases.on_fake,
    "azurite": blob_cases.on_azurite,
    "cosmos": _cosmos_prepared,
}
"""What must be there before the first process opens the adapter at a place; services on loopback go by the clock that is handed in."""


@dataclass
class Hand:
    """A clock that a test moves."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def seconds(self) -> float:
        """The same time for a service on loopback."""
        return self.now.timestamp()

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def make_run(number: int = 0, **change: object) -> Run:
    """A run whose times follow from `number`."""
    at = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    brief = ArtifactRef(path="sha256/e3/" + sha256(b""), sha256=sha256(b""), size=0)
    return Run(id=new_id("run"), brief=brief, created_at=at, updated_at=at).model_copy(update=change)


def make_event(run: Run, key: str, kind: EventType = "run.phase_changed", **data: object) -> Event:
    return Event(
        id=event_id(run.id, kind, key), type=kind, subject=run.id, time=run.created_at,
        project_id=run.project_id, run_id=run.id, correlation_id=run.id, data=data,
    )  # fmt: skip


async def created(stores: Stores, number: int = 0, **change: object) -> Run:
    """A run that the store holds, with its first event."""
    run = make_run(number, **change)
    return (await stores.runs.create(run, make_event(run, "received", "run.received"), None))[0]
