"""The outbox: the change feed of `runs`, read by whoever holds the lease, handed to a publisher, and only then ticked off.

An event is in the feed because it was committed with the state it tells of, so none is lost, whoever dies. The place that was reached
is written after the publisher has taken the events: a death in between publishes them again, under the same ids. The ranges are those
that the container had when the outbox first read them; one that was split since is followed by the client library inside its own place.
https://learn.microsoft.com/azure/cosmos-db/nosql/change-feed-pull-model
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from datetime import datetime, timedelta
from typing import Any

from shared.model import Event, digest
from shared.stores.azure.cosmos.containers import LEASES, RUNS
from shared.stores.azure.cosmos.database import CosmosDatabase, Document
from shared.stores.azure.cosmos.names import item_id
from shared.stores.azure.cosmos.records import envelope, record_of
from shared.stores.ports import Clock, LeaseStore, Publisher

_log = logging.getLogger("qlf.outbox")
_RANGES = "outbox-ranges"
LEASE_SECONDS = 60
"""A relay that died is taken over after this long."""
PAGE_CHANGES = 100
RESENT, REMEMBERED = timedelta(hours=12), timedelta(hours=23)
"""How much of what was sent goes out again when the feed is read from its beginning, and how long the topic surely drops repeats."""
MAX_PAGES = 50
"""Per range and call, so that a timer's run stays within its minute."""


class CosmosOutbox:
    """Relays the events of `runs`, each range of partition keys under a lease of its own."""

    def __init__(self, database: CosmosDatabase, leases: LeaseStore, clock: Clock) -> None:
        self._database = database
        self._leases = leases
        self._clock = clock

    async def relay(self, publisher: Publisher) -> int:
        """Hand over what was committed since the last relay; how many events that were."""
        parts = [self._relay(place, publisher) for place in await self._places()]
        counts = await asyncio.gather(*parts, return_exceptions=True)  # a range that fails does not stop the others half-way
        for failed in counts:
            if isinstance(failed, BaseException):
                raise failed
        return sum(count for count in counts if isinstance(count, int))

    async def _places(self) -> list[Document]:
        """How far each range has been read; together the ranges are all there is."""
        while True:
            found = await self._database.read(LEASES.name, _RANGES, _RANGES)
            if found is None:
                body = envelope(_RANGES, "outbox", ranges=await self._database.feed_ranges(RUNS.name))
                found, _ = await self._database.create_or_read(LEASES.name, body, _RANGES)
            places = [await self._place(feed_range) for feed_range in found["ranges"]]
            ranges = await self._divided(places)
            if ranges == found["ranges"]:
                return places
            await self._database.replace(LEASES.name, {**_plain(found), "ranges": ranges}, found["_etag"])

    async def _divided(self, places: list[Document]) -> list[Document]:
        """Ranges that were split before anything was read of them go by their parts.

        The library follows a split by itself, but what it writes down is readable again only when the range had been read before.
        """
        if all(place.get("continuation") for place in places):
            return [place["range"] for place in places]
        now = await self._database.feed_ranges(RUNS.name)
        made: list[Document] = []
        for place in places:
            parts = [] if place.get("continuation") else await self._database.covered(RUNS.name, place["range"], now)
            made += [(await self._place(part, place))["range"] for part in parts] or [place["range"]]
        return made

    async def _relay(self, place: Document, publisher: Publisher) -> int:
        if not (await self._next(place))[0]:
            return 0  # most calls end here, without a write
        name, owner = item_id("outbox", digest(place["range"])), uuid.uuid4().hex
        if not await self._leases.acquire(name, owner, LEASE_SECONDS):
            return 0
        try:
            return await self._read(await self._place(place["range"]), publisher, name, owner)
        finally:
            await self._leases.release(name, owner)

    async def _read(self, place: Document, publisher: Publisher, name: str, owner: str) -> int:
        count = 0
        for _ in range(MAX_PAGES):
            changes, continuation, anew = await self._next(place)
            if not changes:
                break
            if anew:
                await self._begin_again(place)
                break
            events = [event for event in _events(changes) if event.time > place.get("sent_until", "")]
            if events:
                await publisher.publish(events)
                count += len(events)
            newest = max([place.get("newest", ""), *(event.time for event in events)])
            reached = {**_plain(place), "continuation": continuation, "newest": newest}
            moved = await self._database.replace(LEASES.name, reached, place["_etag"])
            if moved is None or not await self._leases.renew(name, owner):
                break  # somebody took over; what both have published has equal ids
            place = moved
        return count

    async def _begin_again(self, place: Document) -> None:
        """Forget where the feed was; the next call reads it from the beginning, by the ranges that there are then."""
        until = _sent_until(place.get("newest", ""), self._clock())
        _log.warning("QLF7030: the change feed is read from its beginning; nothing up to %s is sent again", until)
        await self._database.replace(LEASES.name, {**_plain(place), "continuation": None, "sent_until": until}, place["_etag"])

    async def _next(self, place: Document) -> tuple[list[Document], str | None, bool]:
        return await self._database.changes(RUNS.name, place["range"], place.get("continuation"), PAGE_CHANGES)

    async def _place(self, feed_range: Document, whole: Document | None = None) -> Document:
        """How far a range was read. A new one knows what the `whole` that it is a part of had sent."""
        item = item_id("outbox-place", digest(feed_range))
        found = await self._database.read(LEASES.name, item, item)
        known = {name: value for name, value in (whole or {}).items() if name in ("newest", "sent_until")}
        return found or (await self._database.create_or_read(LEASES.name, envelope(item, "outbox", range=feed_range, **known), item))[0]


def _events(changes: list[Document]) -> list[Event]:
    """The events among the changes, those of one run in their order: what one transaction wrote comes in any."""
    found = [record_of(Event, change).model_copy(update={"seq": change["seq"]}) for change in changes if change.get("kind") == "event"]
    return sorted(found, key=lambda event: event.seq)


def _sent_until(newest: str, now: str) -> str:
    """Up to when events count as sent: some time before the newest one, as clocks differ, but nothing that the topic forgot goes again."""
    if not newest:
        return ""
    sent, at = datetime.fromisoformat(newest), datetime.fromisoformat(now)
    return min(sent, max(sent - RESENT, at - REMEMBERED)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _plain(document: Document) -> dict[str, Any]:
    return {name: value for name, value in document.items() if not name.startswith("_")}
