"""Runs and their events in SQLite: the state and the events that tell of it change in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from shared.model import ACTIVE, Event, InputError, InternalError, Run, RunStatus, digest
from shared.stores.cursor import decode_cursor, encode_cursor
from shared.stores.embedded.database import Database
from shared.stores.ports import MAX_EVENTS, MAX_PAGE, EventBus, Events, Page, Runs
from shared.stores.serial import to_text
from shared.stores.waiting import wait_until

_POLL_SECONDS = 0.25
_COLUMNS = "document, version, seq"
_LIST = (
    f"SELECT {_COLUMNS}, created_at, id FROM runs WHERE project_id = :project_id AND (:status IS NULL OR status = :status)"  # noqa: S608
    " AND (:at IS NULL OR (created_at, id) < (:at, :id)) ORDER BY created_at DESC, id DESC LIMIT :limit"
)
_SILENT = f"SELECT {_COLUMNS} FROM runs WHERE status IN {ACTIVE} AND json_extract(document, '$.updated_at') < ? LIMIT ?"  # noqa: S608
_UPDATE = "UPDATE runs SET status = :status, document = :document, seq = :seq, version = version + 1 WHERE id = :id AND version = :version"


class SqliteRunStore:
    """Run documents in `runs`, their events in `events`. The etag is the row's version."""

    def __init__(self, database: Database, bus: EventBus) -> None:
        self._database = database
        self._bus = bus

    async def create(self, run: Run, event: Event, idempotency_key: str | None) -> tuple[Run, bool]:
        """Keep a new run and its first event, or find the one that this request made before."""
        request, document = _request(run), _document(run)
        _own(run, [event])

        def work(connection: sqlite3.Connection) -> tuple[Run, list[Event]]:
            found = _find(connection, run, idempotency_key)
            if found:
                if found[1] != request:
                    raise InputError("QLF7003")
                return found[0], []
            values = (run.id, run.project_id, run.status, run.created_at, request, document)
            connection.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, 1, 1, ?)", values)
            if idempotency_key is not None:
                connection.execute("INSERT INTO keys VALUES (?, ?, ?)", (run.project_id, idempotency_key, run.id))
            return run.model_copy(update={"etag": "1", "seq": 1}), _append(connection, run.id, 0, [event])

        stored, added = await self._database.write(work)
        await self._tell(added)
        return stored, bool(added)

    async def get(self, run_id: str) -> Run:
        """The run. Raises InputError QLF7001."""
        return await self._database.read(lambda connection: _load(connection, run_id))

    async def list(self, project_id: str, *, status: RunStatus | None = None, limit: int = 20, cursor: str | None = None) -> Page[Run]:
        """A page, newest first."""
        at, last = decode_cursor(cursor, 2) if cursor is not None else (None, None)
        size = max(1, min(limit, MAX_PAGE))
        values = {"project_id": project_id, "status": status, "at": at, "id": last, "limit": size + 1}
        rows = await self._database.read(lambda connection: connection.execute(_LIST, values).fetchall())
        items = [_run(*row[:3]) for row in rows[:size]]
        return Page(items, encode_cursor(*rows[size - 1][3:5]) if len(rows) > size else None)

    async def commit(self, run: Run, events: Sequence[Event], *, if_match: str) -> Run:
        """Replace the document and append new events, where either is new. Raises InputError QLF7001, QLF7002."""
        document = _document(run)
        _own(run, events)

        def work(connection: sqlite3.Connection) -> tuple[Run, list[Event]]:
            current = _load(connection, run.id)
            if current.etag != if_match:
                raise InputError("QLF7002", f"run {run.id} has etag {current.etag}, not {if_match!a}")
            added = _append(connection, run.id, current.seq, events)
            if not added and document == _document(current):
                return current, []
            version, seq = int(current.etag), current.seq + len(added)
            connection.execute(_UPDATE, {"id": run.id, "status": run.status, "document": document, "seq": seq, "version": version})
            return run.model_copy(update={"etag": str(version + 1), "seq": seq}), added

        stored, added = await self._database.write(work)
        await self._tell(added)
        return stored

    async def events(self, run_id: str, *, after: int = 0, limit: int = 100) -> Events:
        """Events after a sequence number, in order."""
        values = (run_id, _integer(after), max(1, min(limit, MAX_EVENTS)))
        query = "SELECT document, seq FROM events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?"
        rows = await self._database.read(lambda connection: connection.execute(query, values).fetchall())
        return [Event.model_validate_json(row[0]).model_copy(update={"seq": row[1]}) for row in rows]

    async def silent(self, before: str, limit: int = MAX_PAGE) -> Runs:
        """Runs at work that were last written before `before`, of any project."""
        values = (before, max(1, min(limit, MAX_PAGE)))
        rows = await self._database.read(lambda connection: connection.execute(_SILENT, values).fetchall())
        return [_run(*row) for row in rows]

    async def wait(self, run_id: str, after: int, timeout: float) -> bool:
        """Wait for an event: told by the bus for this process, seen in the file for any other one."""
        return await wait_until(lambda: self._reached(run_id, after), self._bus, timeout, _POLL_SECONDS, _POLL_SECONDS)

    async def _reached(self, run_id: str, after: int) -> bool:
        query = "SELECT seq > ? FROM runs WHERE id = ?"
        row = await self._database.read(lambda connection: connection.execute(query, (_integer(after), run_id)).fetchone())
        return bool(row and row[0])

    async def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            await self._bus.publish(event)


def _request(run: Run) -> str:
    """What makes two requests the same."""
    return digest([run.project_id, run.brief.sha256, run.options.to_json(), run.parent_run_id])


def _document(run: Run) -> str:
    return to_text(run.model_copy(update={"etag": "", "seq": 0}))


def _run(document: str, version: int, seq: int) -> Run:
    return Run.model_validate_json(document).model_copy(update={"etag": str(version), "seq": seq})


def _load(connection: sqlite3.Connection, run_id: str) -> Run:
    row = connection.execute(f"SELECT {_COLUMNS} FROM runs WHERE id = ?", (run_id,)).fetchone()  # noqa: S608
    if row is None:
        raise InputError("QLF7001", f"no run {run_id!a}")
    return _run(*row)


def _find(connection: sqlite3.Connection, run: Run, key: str | None) -> tuple[Run, str] | None:
    """The run that holds the key, else the one that holds the id, with the digest of its request."""
    row = None
    if key is not None:
        query = "SELECT run_id FROM keys WHERE project_id = ? AND key = ?"
        row = connection.execute(query, (run.project_id, key)).fetchone()
    run_id = row[0] if row else run.id
    found = connection.execute(f"SELECT {_COLUMNS}, request FROM runs WHERE id = ?", (run_id,)).fetchone()  # noqa: S608
    return (_run(*found[:3]), str(found[3])) if found else None


def _own(run: Run, events: Sequence[Event]) -> None:
    if any(event.run_id != run.id for event in events):
        raise InternalError("QLF9000", f"an event of another run was committed with {run.id}")


def _append(connection: sqlite3.Connection, run_id: str, seq: int, events: Sequence[Event]) -> list[Event]:
    """Number and insert the events whose id is new; returns those."""
    added: list[Event] = []
    for event in events:
        if connection.execute("SELECT 1 FROM events WHERE run_id = ? AND id = ?", (run_id, event.id)).fetchone():
            continue
        seq += 1
        numbered = event.model_copy(update={"seq": seq})
        connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (run_id, seq, event.id, to_text(numbered)))
        added.append(numbered)
    return added


def _integer(value: int) -> int:
    """Within what SQLite counts with."""
    return max(-(2**63), min(value, 2**63 - 1))
