"""Capsules and previews: small documents in the logical partition of their run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar, get_args

from shared.model import PREVIEW_ENDED, Capsule, InputError, Preview, PreviewStatus
from shared.stores.azure.cosmos.containers import RUNS
from shared.stores.azure.cosmos.database import CosmosDatabase, Document
from shared.stores.azure.cosmos.listing import newest
from shared.stores.azure.cosmos.names import item_id
from shared.stores.azure.cosmos.places import Place, Places
from shared.stores.azure.cosmos.records import envelope, etag_of, record_of, text_of
from shared.stores.belonging import require_same, taken
from shared.stores.ports import MAX_LIVE, Page
from shared.stores.serial import to_text

D = TypeVar("D", Capsule, Preview)
Pairs = list[tuple[D, str]]
Previews = list[Preview]
_LIVE = sorted(set(get_args(PreviewStatus)) - PREVIEW_ENDED)
_OF_STATUS = "SELECT TOP @top c.id, c.schema, c.document, c._etag FROM c WHERE c.kind = @kind AND ARRAY_CONTAINS(@statuses, c.status)"


class _Kind(Generic[D]):
    """One kind of document. `code` is the error for a missing one."""

    def __init__(self, database: CosmosDatabase, places: Places, kind: str, model: type[D], code: str) -> None:
        self._database = database
        self._places = places
        self._kind = kind
        self._model: type[D] = model
        self._code = code

    async def create(self, document: D) -> tuple[D, str]:
        """The document, or the one that was there, with its etag. Raises InputError QLF7003."""
        text = to_text(document)
        place = await self._place(document, announce=True)
        assert place is not None  # noqa: S101  # it was announced
        found, _ = await self._database.create_or_read(RUNS.name, self._body(document, text, place), place.key)
        kept = record_of(self._model, found)
        require_same(kept, document)
        return kept, etag_of(found)

    async def put(self, document: D, if_match: str | None = None, conflict: str = "") -> str:
        """The etag after writing; the same record again is not written. Raises InputError `code`, `conflict`, QLF7003."""
        text = to_text(document)
        while True:
            place = await self._place(document, announce=if_match is None)
            current = await self._read(document.id, place)
            if current is not None:
                require_same(record_of(self._model, current), document)
            if if_match is not None and (current is None or etag_of(current) != if_match):
                raise InputError(self._code if current is None else conflict)
            if current is not None and text_of(current) == text:
                return etag_of(current)
            stored = await self._write(document, text, place, current)
            if stored is not None:
                return etag_of(stored)
            # Somebody else wrote, or the answer to our own write was lost: look again.
            if if_match is not None:
                now = await self._read(document.id, place)
                if now is not None and text_of(now) == text:
                    return etag_of(now)
                raise InputError(conflict)

    async def get(self, document_id: str) -> tuple[D, str]:
        found = await self._read(document_id, await self._places.find(self._kind, document_id))
        if found is None:
            raise InputError(self._code, f"no {self._kind} {document_id!a}")
        return record_of(self._model, found), etag_of(found)

    async def list(self, project_id: str, run_id: str | None, limit: int, cursor: str | None) -> Page[tuple[D, str]]:
        page = await newest(self._database, self._kind, project_id, limit=limit, cursor=cursor, run_id=run_id)
        return Page([(record_of(self._model, found), etag_of(found)) for found in page.items], page.next_cursor)

    async def of_status(self, statuses: Sequence[str], limit: int) -> Pairs[D]:
        size, rows = max(1, min(limit, MAX_LIVE)), list[Document]()
        values = {"top": size, "kind": self._kind, "statuses": list(statuses)}
        for part in await self._database.feed_ranges(RUNS.name):
            if len(rows) < size:
                rows += await self._database.query(RUNS.name, _OF_STATUS, values, feed_range=part)
        return [(record_of(self._model, row), etag_of(row)) for row in rows[:size]]

    async def _place(self, document: D, *, announce: bool) -> Place | None:
        """Where the document is, or is to be. Raises InputError QLF7003 when its id was announced elsewhere."""
        mine = Place(document.project_id, document.run_id)
        place = await (self._places.claim(self._kind, document.id, mine) if announce else self._places.find(self._kind, document.id))
        if place not in (mine, None):
            raise taken(document.id)
        return place

    async def _read(self, document_id: str, place: Place | None) -> Document | None:
        if place is None:
            return None
        return await self._database.read(RUNS.name, item_id(self._kind, document_id), place.key)

    async def _write(self, document: D, text: str, place: Place | None, current: Document | None) -> Document | None:
        if current is not None:
            kept = {name: value for name, value in current.items() if not name.startswith("_")}
            return await self._database.replace(RUNS.name, {**kept, **_status(document), "document": text}, current["_etag"])
        assert place is not None  # noqa: S101  # a document without a place is written by nobody
        return await self._database.create(RUNS.name, self._body(document, text, place))

    def _body(self, document: D, text: str, place: Place) -> Document:
        return envelope(
            item_id(self._kind, document.id), self._kind, project_id=place.project_id, run_id=place.run_id,
            item_id=document.id, created_at=document.created_at, document=text, **_status(document),
        )  # fmt: skip


class CosmosCapsuleStore:
    """Capsule records."""

    def __init__(self, database: CosmosDatabase, places: Places) -> None:
        self._kind = _Kind(database, places, "capsule", Capsule, "QLF7007")

    async def put(self, capsule: Capsule) -> Capsule:
        """Keep or replace the record. Raises InputError QLF7003 for an id of another project or run."""
        await self._kind.put(capsule)
        return capsule

    async def get(self, capsule_id: str) -> Capsule:
        """The record. Raises InputError QLF7007."""
        return (await self._kind.get(capsule_id))[0]

    async def list(self, project_id: str, *, run_id: str | None = None, limit: int = 20, cursor: str | None = None) -> Page[Capsule]:
        """A page, newest first."""
        page = await self._kind.list(project_id, run_id, limit, cursor)
        return Page([capsule for capsule, _ in page.items], page.next_cursor)


class CosmosPreviewStore:
    """Preview records; the etag is the service's own."""

    def __init__(self, database: CosmosDatabase, places: Places) -> None:
        self._kind = _Kind(database, places, "preview", Preview, "QLF7008")

    async def create(self, preview: Preview) -> Preview:
        """Keep a new record, or find the one that is there. Raises InputError QLF7003 for an id of another project, run or capsule."""
        return _tagged(*await self._kind.create(preview.model_copy(update={"etag": ""})))

    async def put(self, preview: Preview, *, if_match: str) -> Preview:
        """Replace the record. Raises InputError QLF7008, QLF7009 when `if_match` is not the current etag, QLF7003 for a move."""
        plain = preview.model_copy(update={"etag": ""})
        return _tagged(plain, await self._kind.put(plain, if_match, "QLF7009"))

    async def get(self, preview_id: str) -> Preview:
        """The record with its etag. Raises InputError QLF7008."""
        return _tagged(*await self._kind.get(preview_id))

    async def live(self, limit: int = MAX_LIVE) -> Previews:
        """Previews of any project that have not ended: one physical partition after the other is asked."""
        return [_tagged(preview, etag) for preview, etag in await self._kind.of_status(_LIVE, limit)]

    async def list(self, project_id: str, *, run_id: str | None = None, limit: int = 20, cursor: str | None = None) -> Page[Preview]:
        """A page, newest first."""
        page = await self._kind.list(project_id, run_id, limit, cursor)
        return Page([_tagged(preview, etag) for preview, etag in page.items], page.next_cursor)


def _tagged(preview: Preview, etag: str) -> Preview:
    return preview.model_copy(update={"etag": etag})


def _status(document: Capsule | Preview) -> Document:
    """What queries ask for beside the record's text."""
    return {"status": document.status} if isinstance(document, Preview) else {}
