"""The outbox: the change feed of `runs`, read by whoever holds the lease, handed to a publisher, and only then ticked off.

An event is in the feed because it was committed with the state it tells of, so none is lost, whoever dies. The place that was reached
is written after the publisher has taken the events: a death in between publishes them again, under the same ids. The ranges are those
that the container had when the outbox first ran; a range that was split since is followed by the client library inside its own place.
https://learn.microsoft.com/azure/cosmos-db/nosql/change-feed-pull-model
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from shared.model import Event
from shared.stores.azure.cosmos.containers import LEASES, RUNS
from shared.stores.azure.cosmos.database import CosmosDatabase, Document
from shared.stores.azure.cosmos.records import envelope, record_of
from shared.stores.ports import LeaseStore, Publisher

_RANGES = "outbox-ranges"
LEASE_SECONDS = 60.0
"""A relay that died is taken over after this long."""
PAGE_CHANGES = 100
MAX_PAGES = 50
"""Per range and call, so that a timer's run stays within its minute."""


class CosmosOutbox:
    """Relays the events of `runs`, each range of partition keys under a lease of its own."""

    def __init__(self, database: CosmosDatabase, leases: LeaseStore) -> None:
        self._database = database
        self._leases = leases

    async def relay(self, publisher: Publisher) -> int:
        """Hand over what was committed since the last relay; how many events that were."""
        ranges = await self._ranges()
        parts = [self._relay(number, feed_range, publisher) for number, feed_range in enumerate(ranges)]
        counts = await asyncio.gather(*parts, return_exceptions=True)  # a range that fails does not stop the others half-way
        for failed in counts:
            if isinstance(failed, BaseException):
                raise failed
        return sum(count for count in counts if isinstance(count, int))

    async def _ranges(self) -> list[Document]:
        """The ranges that the places are for: those that the first relay found."""
        found = await self._database.read(LEASES.name, _RANGES, _RANGES)
        if found is None:
            body = envelope(_RANGES, "outbox", ranges=await self._database.feed_ranges(RUNS.name))
            found, _ = await self._database.create_or_read(LEASES.name, body, _RANGES)
        return list(found["ranges"])

    async def _relay(self, number: int, feed_range: Document, publisher: Publisher) -> int:
        if not (await self._next(feed_range, await self._place(number)))[0]:
            return 0  # most calls end here, without a write
        name, owner = f"outbox-{number}", uuid.uuid4().hex
        if not await self._leases.acquire(name, owner, LEASE_SECONDS):
            return 0
        try:
            return await self._read(number, feed_range, publisher, name, owner)
        finally:
            await self._leases.release(name, owner)

    async def _read(self, number: int, feed_range: Document, publisher: Publisher, name: str, owner: str) -> int:
        place = await self._place(number)
        count = 0
        for _ in range(MAX_PAGES):
            changes, continuation = await self._next(feed_range, place)
            if not changes:
                break
            events = _events(changes)
            if events:
                await publisher.publish(events)
                count += len(events)
            moved = await self._database.replace(LEASES.name, {**_plain(place), "continuation": continuation}, place["_etag"])
            if moved is None or not await self._leases.renew(name, owner, LEASE_SECONDS):
                break  # somebody took over; what both have published has equal ids
            place = moved
        return count

    async def _next(self, feed_range: Document, place: Document) -> tuple[list[Document], str | None]:
        return await self._database.changes(RUNS.name, feed_range, place.get("continuation"), PAGE_CHANGES)

    async def _place(self, number: int) -> Document:
        item = f"outbox-place-{number}"
        found = await self._database.read(LEASES.name, item, item)
        return found or (await self._database.create_or_read(LEASES.name, envelope(item, "outbox"), item))[0]


def _events(changes: list[Document]) -> list[Event]:
    """The events among the changes, those of one run in their order: what one transaction wrote comes in any."""
    found = [record_of(Event, change).model_copy(update={"seq": change["seq"]}) for change in changes if change.get("kind") == "event"]
    return sorted(found, key=lambda event: event.seq)


def _plain(document: Document) -> dict[str, Any]:
    return {name: value for name, value in document.items() if not name.startswith("_")}
