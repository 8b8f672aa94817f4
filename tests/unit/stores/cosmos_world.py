"""What the tests of the Cosmos DB stores share: an account on loopback, a database per test, runs and events."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.model import ArtifactRef, Capsule, Event, Preview, Run, event_id, new_id, sha256
from shared.stores import LeaseStore, Stores
from shared.stores.azure.blobleases import BlobLeaseStore
from shared.stores.azure.blobservice import BlobPlace, BlobService
from shared.stores.azure.cosmos import make_client, open_cosmos
from shared.stores.azure.cosmos.containers import CONSISTENCY
from shared.stores.azure.loop import ClientLoop
from shared.stores.embedded.artifacts import FolderArtifactStore
from tests.fakes.blob import CONTAINER, FakeBlobService
from tests.fakes.cosmos import KEY, FakeCosmos, definitions
from tests.fakes.cosmos.state import Container

_NAMES = itertools.count()
FILE = ArtifactRef(path="sha256/2d/" + sha256(b"x"), sha256=sha256(b"x"), size=1)


@dataclass
class Hand:
    """A clock that a test moves."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def seconds(self) -> float:
        return self.now.timestamp()

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class World:
    """A database of the account, the Blob service that holds the leases, and the stores over both."""

    def __init__(self, fake: FakeCosmos, blobs: FakeBlobService, place: Path) -> None:
        self.fake = fake
        self.blobs = blobs
        self.clock = Hand()
        self.database = f"db-{next(_NAMES)}"
        self._place = place
        self._opened: list[Stores] = []
        self._loop = ClientLoop("blobs-of-the-world")
        blobs.blobs.clear()
        blobs.clock = self.clock.seconds
        fake.make(self.database, definitions())
        self.stores = self.open()

    def open(
        self, *, deadline: float = 30.0, key: str = KEY, database: str = "", endpoint: str = "", consistency: str | None = CONSISTENCY
    ) -> Stores:
        """Stores of another process, as it were."""
        connect = lambda: make_client(endpoint or self.fake.endpoint, key, consistency)  # noqa: E731
        artifacts = FolderArtifactStore(self._place / "artifacts")
        made = open_cosmos(connect, database or self.database, artifacts, self._leases(), self.clock, deadline=deadline)
        self._opened.append(made)
        return made

    def _leases(self) -> LeaseStore:
        place = BlobPlace(CONTAINER, connection_string=self.blobs.connection_string, patience=0.01)
        return BlobLeaseStore(BlobService(place, self._loop, self.clock), self._loop)

    def close(self) -> None:
        self._loop.close()
        for stores in self._opened:
            stores.close()
        self.fake.faults.clear()
        self.fake.drop(self.database)

    def container(self, name: str = "runs") -> Container:
        return self.fake.container(self.database, name)

    def documents(self, kind: str, name: str = "runs") -> list[dict[str, Any]]:
        """What the account holds of a kind, oldest change first."""
        return [item.body for item in self.container(name).live() if item.body.get("kind") == kind]

    def change(self, kind: str, name: str = "runs", **fields: Any) -> None:
        """Change the one document of a kind, as somebody else would."""
        container = self.container(name)
        (found,) = [item for item in container.live() if item.body.get("kind") == kind]
        body = {**found.body, **fields}
        container.transaction(lambda: container.write("Replace", container.key_of(body), body))

    async def run(self, number: int = 0, key: str | None = None, **change: object) -> Run:
        """A run that is kept, with its first event."""
        run = make_run(number, **change)
        return (await self.stores.runs.create(run, make_event(run, "received"), key))[0]


def make_run(number: int = 0, **change: object) -> Run:
    at = moment(number)
    brief = ArtifactRef(path="sha256/e3/" + sha256(b""), sha256=sha256(b""), size=0)
    return Run(id=new_id("run"), brief=brief, created_at=at, updated_at=at).model_copy(update=change)


def make_event(run: Run, key: str, **data: object) -> Event:
    return Event(
        id=event_id(run.id, "run.phase_changed", key), type="run.phase_changed", subject=run.id, time=run.created_at,
        project_id=run.project_id, run_id=run.id, correlation_id=run.id, data=data,
    )  # fmt: skip


def make_capsule(**change: object) -> Capsule:
    made = Capsule(id=new_id("cap"), run_id=new_id("run"), name="n", version="1", digest=sha256(b""), file=FILE, created_at=moment(0))
    return made.model_copy(update=change)


def make_preview(**change: object) -> Preview:
    made = Preview(id=new_id("prv"), run_id=new_id("run"), capsule_id=new_id("cap"), created_at=moment(0), expires_at=moment(60))
    return made.model_copy(update=change)


def moment(number: int) -> str:
    return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
