"""Where a document is. Callers know an id alone; the service reads cheaply only with the whole partition key.

So each run, capsule and preview has a small entry in `registry`, whose key follows from the id. It is written before the document and
never changes, so it may be remembered; an entry whose document never came (the writer died) is an unknown document.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.stores.azure.cosmos.containers import REGISTRY
from shared.stores.azure.cosmos.database import CosmosDatabase, Document
from shared.stores.azure.cosmos.names import item_id
from shared.stores.azure.cosmos.records import envelope

_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """A logical partition of `runs`. `request` is the digest of the request that made a run; empty for other documents."""

    project_id: str
    run_id: str
    request: str = ""

    @property
    def key(self) -> list[str]:
        """The partition key."""
        return [self.project_id, self.run_id]


class Places:
    """The entries of `registry` that tell where documents are."""

    def __init__(self, database: CosmosDatabase) -> None:
        self._database = database
        self._known: dict[str, Place] = {}

    async def find(self, kind: str, name: str) -> Place | None:
        """Where the document is, or None when nobody has announced it."""
        key = item_id(f"place-{kind}", name)
        if key not in self._known:
            found = await self._database.read(REGISTRY.name, key, key)
            if found is None:
                return None
            self._remember(key, found)
        return self._known[key]

    async def claim(self, kind: str, name: str, place: Place) -> Place:
        """Announce the document at `place`, or learn where it was announced before."""
        key = item_id(f"place-{kind}", name)
        if key in self._known:
            return self._known[key]
        body = envelope(key, "place", key=key, name=name, project_id=place.project_id, run_id=place.run_id, request=place.request)
        found, _ = await self._database.create_or_read(REGISTRY.name, body, key)
        return self._remember(key, found)

    def _remember(self, key: str, found: Document) -> Place:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        place = Place(str(found["project_id"]), str(found["run_id"]), str(found["request"]))
        self._known[key] = place
        return place
