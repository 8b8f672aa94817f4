"""The tables of the durable store and the translation of SQLite's complaints into the host's errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from funchost.errors import StoreBusy, StoreCorrupt, StoreError, StoreFull, StoreNewer

VERSION = 1
APPLICATION_ID = 0x46484F53

_SCHEMA = """
CREATE TABLE inst (
    id TEXT PRIMARY KEY, exec TEXT NOT NULL, name TEXT NOT NULL, version TEXT, input TEXT, output TEXT, custom TEXT,
    status TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL,
    parent TEXT, parent_exec TEXT, parent_task INTEGER, deaths INTEGER NOT NULL DEFAULT 0, death_mark INTEGER NOT NULL DEFAULT -1
) WITHOUT ROWID;
CREATE INDEX inst_by_created ON inst (created, id);
CREATE INDEX inst_by_parent ON inst (parent) WHERE parent IS NOT NULL;
CREATE TABLE hist (id TEXT NOT NULL, seq INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (id, seq)) WITHOUT ROWID;
CREATE TABLE inbox (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, exec TEXT, visible_at REAL NOT NULL, json TEXT NOT NULL);
CREATE INDEX inbox_by_id ON inbox (id, visible_at, n);
CREATE TABLE act (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, exec TEXT NOT NULL, task INTEGER NOT NULL, name TEXT NOT NULL,
    input TEXT);
CREATE INDEX act_by_id ON act (id);
CREATE TABLE timer (name TEXT PRIMARY KEY, last REAL NOT NULL) WITHOUT ROWID;
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
        db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={VERSION}; COMMIT;")
    elif db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise StoreCorrupt(f"{path} is damaged")


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
    if "full" in text or name.startswith("SQLITE_IOERR_WRITE"):
        return StoreFull(f"{path}: {text}")
    if "locked" in text or "busy" in text:
        return StoreBusy(f"{path}: {text}")
    if "malformed" in text or "not a database" in text or name in ("SQLITE_CORRUPT", "SQLITE_NOTADB"):
        return StoreCorrupt(f"{path}: {text}")
    return StoreError(f"{path}: {text}")
