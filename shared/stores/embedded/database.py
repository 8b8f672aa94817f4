"""One SQLite file that several threads and processes use at once: connections, transactions, schema, and what can go wrong.

WAL lets readers go on while one writer writes. Writers of this process queue on a lock, those of other processes on SQLite's busy
timeout; every write transaction takes the write lock at its start, so none fails half-way because another one came first.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import filelock

from shared.model import ConfigError, InternalError, QlfError
from shared.stores.embedded.schema import APPLICATION_ID, STEPS

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_BUSY_SECONDS = 30.0
_KEEP_IDLE = 4


class Database:
    """A pool of connections to one file, made (owner-only) and brought to the current schema when it is opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        with _readable_faults(path):
            _prepare(path)

    async def read(self, work: Work[T]) -> T:
        """Run `work` in a thread, on one consistent snapshot."""
        return await asyncio.to_thread(self._transact, "BEGIN", work)

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a thread as one write transaction: committed when it returns, rolled back when it raises."""
        return await asyncio.to_thread(self._write, work)

    def close(self) -> None:
        """Close the idle connections now, and those in use when they come back."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _write(self, work: Work[T]) -> T:
        with self._writing:
            return self._transact("BEGIN IMMEDIATE", work)

    def _transact(self, begin: str, work: Work[T]) -> T:
        with _readable_faults(self._path), self._connection() as connection:
            connection.execute(begin)
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._guard:
            connection = self._idle.pop() if self._idle else None
        connection = connection or _connect(self._path)
        try:
            yield connection
        finally:
            with self._guard:
                keep = not self._closed and len(self._idle) < _KEEP_IDLE
                if keep:
                    self._idle.append(connection)
            if not keep:
                connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    # A connection serves one thread at a time, not always the same one.
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _prepare(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with filelock.FileLock(path.with_name(path.name + ".lock"), timeout=_BUSY_SECONDS, mode=0o600):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = _connect(path)
        try:
            _upgrade(connection)
        finally:
            connection.close()


def _upgrade(connection: sqlite3.Connection) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if owner != APPLICATION_ID and not empty:
        raise ConfigError("QLF7011", "state.db belongs to another program")
    if version > len(STEPS):
        raise ConfigError("QLF7010", f"state.db has schema {version}, this version knows {len(STEPS)}")
    connection.execute("PRAGMA journal_mode = WAL")
    for number, step in enumerate(STEPS[version:], start=version + 1):
        connection.executescript(
            f"BEGIN EXCLUSIVE; {step} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {number}; COMMIT;"
        )


@contextmanager
def _readable_faults(path: Path) -> Iterator[None]:
    """Turn faults of the disk and of SQLite into coded errors."""
    try:
        yield
    except QlfError:
        raise
    except filelock.Timeout as error:
        raise InternalError("QLF7012") from error
    except (sqlite3.DatabaseError, OSError) as error:
        raise _coded(path, error) from error


def _coded(path: Path, error: Exception) -> QlfError:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return InternalError("QLF7012")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return ConfigError("QLF7013", f"{path.name}: {error}")
    if isinstance(error, OSError) or name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_PERM")):
        return ConfigError("QLF7011", f"{path}: {error}")
    return InternalError("QLF9000", f"{path.name}: {error}")
