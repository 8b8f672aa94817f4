"""Capsules and previews: small documents in one table, told apart by their kind."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Generic, TypeVar

from shared.model import PREVIEW_ENDED, Capsule, InputError, Preview
from shared.stores.belonging import require_same
from shared.stores.cursor import decode_cursor, encode_cursor
from shared.stores.embedded.database import Database
from shared.stores.ports import MAX_LIVE, MAX_PAGE, Page
from shared.stores.serial import to_text

D = TypeVar("D", Capsule, Preview)
Pairs = list[tuple[D, str]]
Previews = list[Preview]

_PUT = (
    "INSERT INTO documents VALUES (:kind, :id, :project_id, :run_id, :created_at, 1, :document) ON CONFLICT (kind, id) DO UPDATE SET"
    " version = version + (document <> excluded.document), document = excluded.document RETURNING version"
)
_LIST = (
    "SELECT document, version, created_at, id FROM documents WHERE kind = :kind AND project_id = :project_id"
    " AND (:run_id IS NULL OR run_id = :run_id) AND (:at IS NULL OR (created_at, id) < (:at, :id))"
    " ORDER BY created_at DESC, id DESC LIMIT :limit"
)
_WITHOUT_STATUS = (
    "SELECT document, version FROM documents WHERE kind = ? AND json_extract(document, '$.status') NOT IN (SELECT value FROM json_each(?))"
    " LIMIT ?"
)


class _Table(Generic[D]):
    """One kind of document. `code` is the error for a missing one."""

    def __init__(self, database: Database, kind: str, model: type[D], code: str) -> None:
        self._database = database
        self._kind = kind
        self._model: type[D] = model
        self._code = code

    async def create(self, document: D) -> tuple[D, str]:
        """The document, or the one that was there."""
        values = self._values(document)

        def work(connection: sqlite3.Connection) -> tuple[D, str]:
            kept = self._kept(connection, document)
            return kept or (document, str(connection.execute(_PUT, values).fetchone()[0]))

        return await self._database.write(work)

    async def put(self, document: D, if_match: str | None = None, conflict: str = "") -> tuple[D, str]:
        values = self._values(document)

        def work(connection: sqlite3.Connection) -> str:
            kept = self._kept(connection, document)
            if if_match is not None:
                if kept is None:
                    raise self._missing(document.id)
                if kept[1] != if_match:
                    raise InputError(conflict)
            return str(connection.execute(_PUT, values).fetchone()[0])

        return document, await self._database.write(work)

    async def get(self, document_id: str) -> tuple[D, str]:
        found = await self._database.read(lambda connection: self._find(connection, document_id))
        if found is None:
            raise self._missing(document_id)
        return found

    async def list(self, project_id: str, run_id: str | None, limit: int, cursor: str | None) -> Page[tuple[D, str]]:
        at, last = decode_cursor(cursor, 2) if cursor is not None else (None, None)
        size = max(1, min(limit, MAX_PAGE))
        values = {"kind": self._kind, "project_id": project_id, "run_id": run_id, "at": at, "id": last, "limit": size + 1}
        rows = await self._database.read(lambda connection: connection.execute(_LIST, values).fetchall())
        items = [(self._model.model_validate_json(row[0]), str(row[1])) for row in rows[:size]]
        return Page(items, encode_cursor(*rows[size - 1][2:4]) if len(rows) > size else None)

    async def without_status(self, statuses: Sequence[str], limit: int) -> Pairs[D]:
        values = (self._kind, json.dumps(statuses), max(1, min(limit, MAX_LIVE)))
        rows = await self._database.read(lambda connection: connection.execute(_WITHOUT_STATUS, values).fetchall())
        return [(self._model.model_validate_json(row[0]), str(row[1])) for row in rows]

    def _kept(self, connection: sqlite3.Connection, document: D) -> tuple[D, str] | None:
        """What is kept under the document's id, once it is certain that both belong to the same."""
        found = self._find(connection, document.id)
        if found is not None:
            require_same(found[0], document)
        return found

    def _find(self, connection: sqlite3.Connection, document_id: str) -> tuple[D, str] | None:
        row = connection.execute("SELECT document, version FROM documents WHERE kind = ? AND id = ?", (self._kind, document_id)).fetchone()
        return (self._model.model_validate_json(row[0]), str(row[1])) if row else None

    def _missing(self, document_id: str) -> InputError:
        return InputError(self._code, f"no {self._kind} {document_id!a}")

    def _values(self, document: D) -> dict[str, str]:
        return {
            "kind": self._kind,
            "id": document.id,
            "project_id": document.project_id,
            "run_id": document.run_id,
            "created_at": document.created_at,
            "document": to_text(document),
        }


class SqliteCapsuleStore:
    """Capsule records in `documents`."""

    def __init__(self, database: Database) -> None:
        self._table = _Table(database, "capsule", Capsule, "QLF7007")

    async def put(self, capsule: Capsule) -> Capsule:
        """Keep or replace the record. Raises InputError QLF7003 for an id of another project or run."""
        return (await self._table.put(capsule))[0]

    async def get(self, capsule_id: str) -> Capsule:
        """The record. Raises InputError QLF7007."""
        return (await self._table.get(capsule_id))[0]

    async def list(self, project_id: str, *, run_id: str | None = None, limit: int = 20, cursor: str | None = None) -> Page[Capsule]:
        """A page, newest first."""
        page = await self._table.list(project_id, run_id, limit, cursor)
        return Page([capsule for capsule, _ in page.items], page.next_cursor)


class SqlitePreviewStore:
    """Preview records in `documents`; the etag is the row's version."""

    def __init__(self, database: Database) -> None:
        self._table = _Table(database, "preview", Preview, "QLF7008")

    async def create(self, preview: Preview) -> Preview:
        """Keep a new record, or find the one that is there. Raises InputError QLF7003 for an id of another project, run or capsule."""
        return _tagged(*await self._table.create(preview.model_copy(update={"etag": ""})))

    async def put(self, preview: Preview, *, if_match: str) -> Preview:
        """Replace the record. Raises InputError QLF7008, QLF7009 when `if_match` is not the current etag, QLF7003 for a move."""
        return _tagged(*await self._table.put(preview.model_copy(update={"etag": ""}), if_match, "QLF7009"))

    async def get(self, preview_id: str) -> Preview:
        """The record with its etag. Raises InputError QLF7008."""
        return _tagged(*await self._table.get(preview_id))

    async def live(self, limit: int = MAX_LIVE) -> Previews:
        """Previews of any project that have not ended."""
        return [_tagged(preview, etag) for preview, etag in await self._table.without_status(sorted(PREVIEW_ENDED), limit)]

    async def list(self, project_id: str, *, run_id: str | None = None, limit: int = 20, cursor: str | None = None) -> Page[Preview]:
        """A page, newest first."""
        page = await self._table.list(project_id, run_id, limit, cursor)
        return Page([_tagged(preview, etag) for preview, etag in page.items], page.next_cursor)


def _tagged(preview: Preview, etag: str) -> Preview:
    return preview.model_copy(update={"etag": etag})
