"""The tables of the durable store and the translation of SQLite's complaints into the host's errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from funchost.errors import StoreBusy, StoreCorrupt, StoreError, StoreFull, StoreNewer

VERSION = 2
APPLICATION_ID = 0x46484F53
_NO_ROOM = {"SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_FSYNC"}

# Few pages per transaction is what makes a host fast: each table is one B-tree keyed by instance, and only `inst` has an index.
_SCHEMA = """
CREATE TABLE inst (
    id TEXT PRIMARY KEY, exec TEXT NOT NULL, name TEXT NOT NULL, version TEXT, input TEXT, output TEXT, custom TEXT,
    status TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL,
    parent TEXT, parent_exec TEXT, parent_task INTEGER, deaths INTEGER NOT NULL DEFAULT 0, death_mark INTEGER NOT NULL DEFAULT -1
) WITHOUT ROWID;
CREATE INDEX inst_by_created ON inst (created, id);
CREATE TABLE hist (id TEXT NOT NULL, seq INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (id, seq)) WITHOUT ROWID;
CREATE TABLE inbox (id TEXT NOT NULL, visible_at REAL NOT NULL, n INTEGER NOT NULL, exec TEXT, json TEXT NOT NULL,
    PRIMARY KEY (id, visible_at, n)) WITHOUT ROWID;
CREATE TABLE act (id TEXT NOT NULL, n INTEGER NOT NULL, exec TEXT NOT NULL, task INTEGER NOT NULL, name TEXT NOT NULL, input TEXT,
    PRIMARY KEY (id, n)) WITHOUT ROWID;
CREATE TABLE timer (name TEXT PRIMARY KEY, last REAL NOT NULL) WITHOUT ROWID;
"""
_FROM_VERSION_1 = """
DROP INDEX inst_by_parent;
UPDATE hist SET json = '[' || json || ']';
ALTER TABLE inbox RENAME TO inbox_1;
ALTER TABLE act RENAME TO act_1;
CREATE TABLE inbox (id TEXT NOT NULL, visible_at REAL NOT NULL, n INTEGER NOT NULL, exec TEXT, json TEXT NOT NULL,
    PRIMARY KEY (id, visible_at, n)) WITHOUT ROWID;
CREATE TABLE act (id TEXT NOT NULL, n INTEGER NOT NULL, exec TEXT NOT NULL, task INTEGER NOT NULL, name TEXT NOT NULL, input TEXT,
    PRIMARY KEY (id, n)) WITHOUT ROWID;
INSERT INTO inbox SELECT id, visible_at, n, exec, json FROM inbox_1;
INSERT INTO act SELECT id, n, exec, task, name, input FROM act_1;
DROP TABLE inbox_1;
DROP TABLE act_1;
"""


def connect(path: Path, max_bytes: int | None = None) -> sqlite3.Connection:
    """Open or create the database at `path`, in WAL mode; raise a `StoreError` that says what is wrong with it."""
    with complaints(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1.0, cached_statements=256)
    try:
        with complaints(path):
            _prepare(db, path, max_bytes)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path, max_bytes: int | None) -> None:
    version, owner = db.execute("PRAGMA user_version").fetchone()[0], db.execute("PRAGMA application_id").fetchone()[0]
    if version > VERSION:
        raise StoreNewer(f"{path} has schema version {version}; this host knows {VERSION}")
    if version and owner != APPLICATION_ID:
        raise StoreCorrupt(f"{path} belongs to another program")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("PRAGMA wal_autocheckpoint=2000")
    if max_bytes:
        db.execute(f"PRAGMA max_page_count={max(16, max_bytes // 4096)}")
    if version == 0:
        if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise StoreCorrupt(f"{path} is a database of another program")
        _build(db, _SCHEMA)
        return
    if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise StoreCorrupt(f"{path} is damaged")
    if version == 1:
        _build(db, _FROM_VERSION_1)


def _build(db: sqlite3.Connection, statements: str) -> None:
    try:
        db.executescript(f"BEGIN IMMEDIATE; {statements} PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={VERSION}; COMMIT;")
    except sqlite3.Error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def complaints(path: Path) -> Iterator[None]:
    """Turn sqlite3 and OS errors into the `StoreError` that names the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error, path) from error
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error


def translate(error: sqlite3.Error, path: Path) -> StoreError:
    """The host's error for one of SQLite's."""
    text = str(error)
    name = getattr(error, "sqlite_errorname", "")
    if "full" in text or name in _NO_ROOM:
        return StoreFull(f"{path}: {text}")
    if "locked" in text or "busy" in text:
        return StoreBusy(f"{path}: {text}")
    if "malformed" in text or "not a database" in text or name in ("SQLITE_CORRUPT", "SQLITE_NOTADB"):
        return StoreCorrupt(f"{path}: {text}")
    return StoreError(f"{path}: {text}")
