# ruff: noqa: S608  (only constants of this module go into SQL text; values are always bound)
"""The durable store: one SQLite file, one connection, every transition whole and written before anybody hears of it.

A lock serialises the threads of the host; a transaction that fails leaves nothing behind, so whoever called may try
again. Nothing here knows what an orchestration means.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from funchost.durable.protocol import Event, compact
from funchost.store.records import Activity, Answer, Child, Episode, Instance, Message, Post, Query, Start
from funchost.store.schema import connect, translate

_FIELDS = "id, exec, name, version, input, output, custom, status, created, updated, parent, parent_exec, parent_task, deaths, death_mark"
_FINAL = "('Completed', 'Failed', 'Terminated', 'Canceled')"
_ALIVE = f"SELECT 1 FROM inst WHERE id = ? AND status NOT IN {_FINAL}"


class Store:
    """The tables of one task hub."""

    def __init__(self, path: Path, max_bytes: int | None = None) -> None:
        self.path = path
        self._db = connect(path, max_bytes)
        self._lock = threading.Lock()
        last = self._db.execute("SELECT max(ifnull((SELECT max(n) FROM inbox), 0), ifnull((SELECT max(n) FROM act), 0))").fetchone()[0]
        self._numbers = count(last + 1)

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise translate(error, self.path) from error

    def _rows(self, sql: str, values: Iterable[object] = ()) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock:
            try:
                return self._db.execute(sql, tuple(values)).fetchall()
            except sqlite3.Error as error:
                raise translate(error, self.path) from error

    # -- instances ----------------------------------------------------------------------------------------------------

    def instance(self, instance: str) -> Instance | None:
        """One instance, or None."""
        rows = self._rows(f"SELECT {_FIELDS} FROM inst WHERE id = ?", (instance,))
        return Instance(*rows[0]) if rows else None

    def history(self, instance: str) -> list[Event]:
        """All events of the current execution, in order."""
        rows = self._rows("SELECT json FROM hist WHERE id = ? ORDER BY seq", (instance,))
        return [item for row in rows for item in json.loads(row[0])]

    def find(self, query: Query) -> list[Instance]:
        """Instances that match, oldest first."""
        where, values = _where(query)
        rows = self._rows(f"SELECT {_FIELDS} FROM inst WHERE {where} ORDER BY created, id LIMIT ?", (*values, query.limit))
        return [Instance(*row) for row in rows]

    def create(self, starts: list[Start], *, any_state: bool = False) -> list[Instance | None]:
        """Add instances, all or none, each in place of a finished one of the same id; for each the one that is in the way."""
        with self._transaction() as db:
            return [self._create(db, start, any_state) for start in starts]

    def _create(self, db: sqlite3.Connection, start: Start, any_state: bool) -> Instance | None:
        row = start.row
        if not _insert(db, row):
            present = Instance(*db.execute(f"SELECT {_FIELDS} FROM inst WHERE id = ?", (row.id,)).fetchone())
            if not present.finished and not any_state:
                return present
            _forget(db, row.id)
            _insert(db, row)
        self._post(db, start.post)
        return None

    def post(self, post: Post) -> bool:
        """Put a message into an inbox, unless the instance is gone or finished."""
        with self._transaction() as db:
            return self._post_if_alive(db, post)

    def purge(self, ids: Iterable[str]) -> int:
        """Remove finished instances with everything that belongs to them; return how many."""
        removed = 0
        with self._transaction() as db:
            for instance in ids:
                if db.execute(f"SELECT 1 FROM inst WHERE id = ? AND status IN {_FINAL}", (instance,)).fetchone():
                    _forget(db, instance)
                    removed += 1
        return removed

    def rewrite(self, row: Instance, history: list[Event], post: Post) -> None:
        """Replace the history of an instance and wake it up (rewind)."""
        with self._transaction() as db:
            db.execute("DELETE FROM hist WHERE id = ?", (row.id,))
            _append(db, row.id, 0, history)
            db.execute("UPDATE inst SET status = 'Running' WHERE id = ?", (row.id,))
            _update(db, row, row.execution)
            self._post(db, post)

    def count_death(self, instance: str) -> Instance | None:
        """Note that the process died during an episode of this instance; the count restarts when history has grown."""
        with self._transaction() as db:
            found = db.execute(f"SELECT {_FIELDS} FROM inst WHERE id = ?", (instance,)).fetchone()
            if found is None:
                return None
            row = Instance(*found)
            mark = db.execute("SELECT coalesce(max(seq), -1) FROM hist WHERE id = ?", (instance,)).fetchone()[0]
            row.deaths = row.deaths + 1 if mark == row.death_mark else 1
            row.death_mark = mark
            db.execute("UPDATE inst SET deaths = ?, death_mark = ? WHERE id = ?", (row.deaths, mark, instance))
        return row

    def forget_deaths(self, instance: str) -> None:
        """Begin the count of `count_death` anew."""
        with self._transaction() as db:
            db.execute("UPDATE inst SET deaths = 0, death_mark = -1 WHERE id = ?", (instance,))

    # -- episodes -----------------------------------------------------------------------------------------------------

    def due(self, instance: str, now: float) -> list[Message]:
        """Messages that may be handled now, in order of arrival."""
        rows = self._rows(
            "SELECT visible_at, n, exec, json FROM inbox WHERE id = ? AND visible_at <= ? ORDER BY visible_at, n", (instance, now)
        )
        return [Message((at, n), execution, json.loads(text)) for at, n, execution, text in rows]

    def drop(self, instance: str, messages: list[Message]) -> None:
        """Remove messages that nobody will read."""
        if not messages:
            return
        with self._transaction() as db:
            _consume(db, instance, [m.key for m in messages])

    def commit(self, episodes: list[Episode], answers: list[Answer]) -> list[list[Activity] | None]:
        """Apply episodes, and put answers that no episode has taken into inboxes: all in one transaction or nothing.

        Returns the activities that each episode added; None for an instance that has ended, was replaced or is gone.
        """
        with self._transaction() as db:
            for answer in answers:
                if _finish(db, answer.activity):
                    self._post(db, Post(answer.activity.instance, answer.activity.execution, answer.at, answer.event))
            return [self._apply(db, episode) for episode in episodes]

    def _apply(self, db: sqlite3.Connection, episode: Episode) -> list[Activity] | None:
        row = episode.instance
        if not _update(db, row, episode.old_execution or row.execution):
            return None
        for answer in episode.answers:
            _finish(db, answer.activity)
        if row.finished:
            db.execute("DELETE FROM inbox WHERE id = ?", (row.id,))
            if row.status != "Completed":  # which has awaited all its activities
                db.execute("DELETE FROM act WHERE id = ?", (row.id,))
        else:
            _consume(db, row.id, episode.consumed)
        if episode.fresh:
            db.execute("DELETE FROM hist WHERE id = ?", (row.id,))
            db.execute("DELETE FROM act WHERE id = ?", (row.id,))
            db.execute("DELETE FROM inbox WHERE id = ? AND exec = ?", (row.id, episode.old_execution))
        _append(db, row.id, episode.first_seq, episode.events)
        for child in episode.children:
            self._begin(db, child)
        for post in episode.posts:
            if post.instance == row.id:
                self._post(db, post)
            else:
                self._post_if_alive(db, post)
        return self._add_activities(db, row, episode.activities)

    def _begin(self, db: sqlite3.Connection, child: Child) -> None:
        if db.execute(_ALIVE, (child.row.id,)).fetchone():
            self._post(db, child.refused)
            return
        _forget(db, child.row.id)
        _insert(db, child.row)
        self._post(db, child.started)

    def _post_if_alive(self, db: sqlite3.Connection, post: Post) -> bool:
        alive = db.execute(_ALIVE, (post.instance,)).fetchone() is not None
        if alive:
            self._post(db, post)
        return alive

    def _post(self, db: sqlite3.Connection, post: Post) -> None:
        db.execute(
            "INSERT INTO inbox VALUES (?, ?, ?, ?, ?)",
            (post.instance, post.visible_at, next(self._numbers), post.execution, compact(post.event)),
        )

    def _add_activities(self, db: sqlite3.Connection, row: Instance, items: list[tuple[int, str, str | None]]) -> list[Activity]:
        added = [Activity(next(self._numbers), row.id, row.execution, *item) for item in items]
        if added:
            values = [(a.instance, a.n, a.execution, a.task, a.name, a.input) for a in added]
            db.executemany("INSERT INTO act VALUES (?, ?, ?, ?, ?, ?)", values)
        return added

    # -- start-up and timers ------------------------------------------------------------------------------------------

    def activities(self) -> list[Activity]:
        """Every activity that is to run, oldest first."""
        return [Activity(*row) for row in self._rows("SELECT n, id, exec, task, name, input FROM act ORDER BY n")]

    def wakeups(self) -> list[tuple[str, float]]:
        """For every instance with messages, when the first one is due."""
        return [(row[0], row[1]) for row in self._rows("SELECT id, min(visible_at) FROM inbox GROUP BY id")]

    def last_run(self, timer: str) -> float | None:
        """When a timer trigger ran last."""
        rows = self._rows("SELECT last FROM timer WHERE name = ?", (timer,))
        return float(rows[0][0]) if rows else None

    def note_run(self, timer: str, at: float) -> None:
        """Write down when a timer trigger ran."""
        with self._transaction() as db:
            db.execute("INSERT INTO timer VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last = excluded.last", (timer, at))

    def orphans(self) -> int:
        """Rows that belong to no running instance; zero in a sound store."""
        live = f"SELECT id FROM inst WHERE status NOT IN {_FINAL}"
        rows = self._rows(f"""SELECT (SELECT count(*) FROM inbox WHERE id NOT IN ({live}))
            + (SELECT count(*) FROM act WHERE id NOT IN ({live}))
            + (SELECT count(*) FROM hist WHERE id NOT IN (SELECT id FROM inst))""")
        return int(rows[0][0])


def _where(query: Query) -> tuple[str, list[object]]:
    where, values = ["true"], []  # type: list[str], list[object]
    if query.prefix:  # as a range, which the table's own order serves; no byte of UTF-8 is above F4
        where.append("id >= ? AND id < ? || CAST(X'F5' AS TEXT)")
        values.extend((query.prefix, query.prefix))
    if query.created_from is not None:
        where.append("created >= ?")
        values.append(query.created_from)
    if query.created_to is not None:
        where.append("created <= ?")
        values.append(query.created_to)
    if query.statuses:
        where.append(f"status IN ({', '.join('?' * len(query.statuses))})")
        values.extend(query.statuses)
    if query.after is not None:
        where.append("(created, id) > (?, ?)")
        values.extend(query.after)
    return " AND ".join(where), values


def _insert(db: sqlite3.Connection, row: Instance) -> bool:
    """Add an instance; False if its id is taken."""
    added = db.execute(
        f"INSERT INTO inst ({_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            row.id,
            row.execution,
            row.name,
            row.version,
            row.input,
            row.output,
            row.custom,
            row.status,
            row.created,
            row.updated,
            row.parent,
            row.parent_execution,
            row.parent_task,
            row.deaths,
            row.death_mark,
        ),
    )
    return added.rowcount > 0


def _update(db: sqlite3.Connection, row: Instance, execution: str) -> bool:
    """Write a row whose current execution must not have ended yet; False if it has."""
    changed = db.execute(
        "UPDATE inst SET exec = ?, input = ?, output = ?, custom = ?, status = ?, updated = ? "
        f"WHERE id = ? AND exec = ? AND status NOT IN {_FINAL}",
        (row.execution, row.input, row.output, row.custom, row.status, row.updated, row.id, execution),
    )
    return changed.rowcount > 0


def _append(db: sqlite3.Connection, instance: str, first: int, events: list[Event]) -> None:
    """One row holds the events of one episode."""
    if events:
        db.execute("INSERT INTO hist VALUES (?, ?, ?)", (instance, first, compact(events)))


def _consume(db: sqlite3.Connection, instance: str, keys: list[tuple[float, int]]) -> None:
    db.executemany("DELETE FROM inbox WHERE id = ? AND visible_at = ? AND n = ?", [(instance, *key) for key in keys])


def _finish(db: sqlite3.Connection, activity: Activity) -> bool:
    """Remove an activity; False if it is no longer wanted."""
    return db.execute("DELETE FROM act WHERE id = ? AND n = ?", (activity.instance, activity.n)).rowcount > 0


def _forget(db: sqlite3.Connection, instance: str) -> None:
    for table in ("inst", "hist", "inbox", "act"):
        db.execute(f"DELETE FROM {table} WHERE id = ?", (instance,))
