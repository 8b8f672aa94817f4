"""Runs and their events in one logical partition: the state and the events that tell of it change in one transactional batch.

Creation spans three partitions, so its steps are ordered: the idempotency key is claimed with all that is needed to finish (whoever
meets the claim finishes it), then the place of the run, then the run itself with its first event. A write whose answer was lost is sent
again by the client library and then meets itself; the mark in the document tells.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from shared.model import ACTIVE, Event, InputError, InternalError, Run, RunStatus, digest, sha256
from shared.stores.azure.cosmos.containers import REGISTRY, RUNS
from shared.stores.azure.cosmos.database import CosmosDatabase, Document, Failed
from shared.stores.azure.cosmos.listing import newest
from shared.stores.azure.cosmos.names import item_id
from shared.stores.azure.cosmos.places import Place, Places
from shared.stores.azure.cosmos.records import envelope, etag_of, record_of, text_of
from shared.stores.ports import MAX_EVENTS, MAX_PAGE, EventBus, Events, Page, Runs
from shared.stores.serial import to_text
from shared.stores.waiting import wait_until

_RUN = "run"
_POLL_SECONDS = (0.25, 2.0)
_EVENTS = "SELECT TOP @top c.id, c.schema, c.document, c.seq FROM c WHERE c.kind = 'event' AND c.seq > @after ORDER BY c.seq ASC"
_KNOWN = "SELECT c.id FROM c WHERE c.kind = 'event' AND ARRAY_CONTAINS(@ids, c.id)"
_SILENT = (
    "SELECT TOP @top c.id, c.schema, c.document, c.seq, c._etag FROM c"
    " WHERE c.kind = 'run' AND ARRAY_CONTAINS(@active, c.status) AND c.updated_at < @before"
)
_LARGEST_INTEGER = 2**53 - 1
"""The service counts in doubles."""


class CosmosRunStore:
    """Run documents and events in `runs`; the etag is the service's own."""

    def __init__(self, database: CosmosDatabase, places: Places, bus: EventBus) -> None:
        self._database = database
        self._places = places
        self._bus = bus

    async def create(self, run: Run, event: Event, idempotency_key: str | None) -> tuple[Run, bool]:
        """Keep a new run and its first event, or find the one that this request made before."""
        request, text = _request(run), _text(run)
        _own(run, [event])
        claim = _claim(run, event, text, request, idempotency_key)
        if claim is not None:
            claim, claimed = await self._database.create_or_read(REGISTRY.name, claim, claim["id"])
            if claim["request"] != request:
                raise InputError("QLF7003")
            run, event, text = record_of(Run, claim, "run"), record_of(Event, claim, "event"), text_of(claim, "run")
        place = await self._places.claim("run", run.id, Place(run.project_id, run.id, request))
        if place.request != request:
            if claim is not None and claimed:
                await self._database.delete(REGISTRY.name, claim["id"], claim["id"], claim["_etag"])
            raise InputError("QLF7003")
        mark = uuid.uuid4().hex
        first = _event_document(run, event.model_copy(update={"seq": 1}), mark)
        body = _run_document(run, text, 1, mark, request=request)
        answer = await self._database.batch(RUNS.name, place.key, [("create", (body,)), ("create", (first,))])
        found = await self._database.read_taken(RUNS.name, _RUN, place.key) if isinstance(answer, Failed) else answer[0]
        is_new = found["mark"] == mark
        if is_new:
            await self._bus.publish(event.model_copy(update={"seq": 1}))
        return _run(found), is_new

    async def get(self, run_id: str) -> Run:
        """The run. Raises InputError QLF7001."""
        return _run(await self._load(run_id))

    async def list(self, project_id: str, *, status: RunStatus | None = None, limit: int = 20, cursor: str | None = None) -> Page[Run]:
        """A page, newest first."""
        page = await newest(self._database, "run", project_id, limit=limit, cursor=cursor, status=status)
        return Page([_run(document) for document in page.items], page.next_cursor)

    async def commit(self, run: Run, events: Sequence[Event], *, if_match: str) -> Run:
        """Replace the document and append new events, where either is new. Raises InputError QLF7001, QLF7002."""
        text = _text(run)
        _own(run, events)
        current = await self._load(run.id)
        if etag_of(current) != if_match:
            raise _changed(run, if_match)
        same = text_of(current) == text
        mark, new = uuid.uuid4().hex, _distinct(events)
        stored = current if same and not new else await self._write(run, text, current, new, mark)
        if stored is None:
            new = await self._unknown(current, new)
            stored = current if same and not new else await self._write(run, text, current, new, mark)
        if stored is None:
            raise _changed(run, if_match)
        for seq, event in enumerate(new, start=int(current["seq"]) + 1):
            await self._bus.publish(event.model_copy(update={"seq": seq}))
        return run.model_copy(update={"etag": etag_of(stored), "seq": stored["seq"]})

    async def events(self, run_id: str, *, after: int = 0, limit: int = 100) -> Events:
        """Events after a sequence number, in order."""
        place = await self._places.find("run", run_id)
        if place is None:
            return []
        values = {"top": max(1, min(limit, MAX_EVENTS)), "after": max(0, min(after, _LARGEST_INTEGER))}
        rows = await self._database.query(RUNS.name, _EVENTS, values, partition_key=place.key)
        return [record_of(Event, row).model_copy(update={"seq": row["seq"]}) for row in rows]

    async def silent(self, before: str, limit: int = MAX_PAGE) -> Runs:
        """Runs at work that were last written before `before`, of any project: one physical partition after the other is asked."""
        size, rows = max(1, min(limit, MAX_PAGE)), list[Document]()
        values = {"top": size, "active": list(ACTIVE), "before": before}
        for part in await self._database.feed_ranges(RUNS.name):
            if len(rows) < size:
                rows += await self._database.query(RUNS.name, _SILENT, values, feed_range=part)
        return [_run(row) for row in rows[:size]]

    async def wait(self, run_id: str, after: int, timeout: float) -> bool:
        """Wait for an event: told by the bus for this process, seen in the run document for any other one."""
        return await wait_until(lambda: self._reached(run_id, after), self._bus, timeout, *_POLL_SECONDS)

    async def _reached(self, run_id: str, after: int) -> bool:
        place = await self._places.find("run", run_id)
        found = await self._database.read(RUNS.name, _RUN, place.key) if place else None
        return found is not None and int(found["seq"]) > after

    async def _load(self, run_id: str) -> Document:
        place = await self._places.find("run", run_id)
        found = await self._database.read(RUNS.name, _RUN, place.key) if place else None
        if found is None:
            raise InputError("QLF7001", f"no run {run_id!a}")
        return found

    async def _write(self, run: Run, text: str, current: Document, events: Sequence[Event], mark: str) -> Document | None:
        """The run document as it is kept now; None when an event is there already. Raises InputError QLF7002."""
        seq = int(current["seq"])
        numbered = [event.model_copy(update={"seq": seq + n}) for n, event in enumerate(events, start=1)]
        kept = {name: value for name, value in current.items() if not name.startswith("_")}  # also what a newer version put beside it
        body = {**kept, **_run_document(run, text, seq + len(events), mark, project_id=current["project_id"])}
        replace = ("replace", (_RUN, body), {"if_match_etag": current["_etag"]})
        creates = [("create", (_event_document(run, event, mark, current["project_id"]),)) for event in numbered]
        answer = await self._database.batch(RUNS.name, [current["project_id"], current["run_id"]], [replace, *creates])
        if not isinstance(answer, Failed):
            return answer[0]
        if answer.index > 0 and answer.status == 409:
            return None
        now = await self._load(run.id)
        if now["mark"] != mark:
            raise _changed(run, etag_of(current))
        return now

    async def _unknown(self, current: Document, events: Sequence[Event]) -> Events:
        """The events that the run does not have yet."""
        ids = {item_id("event", event.id): event for event in events}
        key = [current["project_id"], current["run_id"]]
        known = await self._database.query(RUNS.name, _KNOWN, {"ids": list(ids)}, partition_key=key)
        return [event for name, event in ids.items() if name not in {row["id"] for row in known}]


def _claim(run: Run, event: Event, text: str, request: str, key: str | None) -> Document | None:
    """What holds an idempotency key: with the run and the event that are to be made, so that anybody can make them."""
    told = to_text(event)
    if key is None:
        return None
    name = item_id("key", sha256(to_text([run.project_id, key]).encode()))
    return envelope(name, "key", key=name, project_id=run.project_id, request=request, run=text, event=told)


def _request(run: Run) -> str:
    """What makes two requests the same."""
    return digest([run.project_id, run.brief.sha256, run.options.to_json(), run.parent_run_id])


def _text(run: Run) -> str:
    return to_text(run.model_copy(update={"etag": "", "seq": 0}))


def _run_document(run: Run, text: str, seq: int, mark: str, project_id: str = "", **fields: Any) -> Document:
    return envelope(
        _RUN, "run", project_id=project_id or run.project_id, run_id=run.id, item_id=run.id,
        status=run.status, created_at=run.created_at, updated_at=run.updated_at, seq=seq, mark=mark, document=text, **fields,
    )  # fmt: skip


def _event_document(run: Run, event: Event, mark: str, project_id: str = "") -> Document:
    name = item_id("event", event.id)
    place = {"project_id": project_id or run.project_id, "run_id": run.id}
    return envelope(name, "event", **place, seq=event.seq, mark=mark, document=to_text(event))


def _run(document: Document) -> Run:
    return record_of(Run, document).model_copy(update={"etag": etag_of(document), "seq": document["seq"]})


def _distinct(events: Sequence[Event]) -> Events:
    """Each id once, the first of its kind."""
    found: dict[str, Event] = {}
    for event in events:
        found.setdefault(event.id, event)
    return list(found.values())


def _own(run: Run, events: Sequence[Event]) -> None:
    if any(event.run_id != run.id for event in events):
        raise InternalError("QLF9000", f"an event of another run was committed with {run.id}")


def _changed(run: Run, if_match: str) -> InputError:
    return InputError("QLF7002", f"the etag of run {run.id} is not {if_match!a} any more")
