"""Engine and sessions. On SQLite a writing session takes the write lock first, so that it never fails halfway."""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool


def make_engine(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL. `postgres://` and `postgresql://` mean psycopg."""
    target = make_url(url)
    if target.drivername in ("postgres", "postgresql"):
        target = target.set(drivername="postgresql+psycopg")
    if target.get_backend_name() != "sqlite":
        return create_engine(target, pool_pre_ping=True, pool_timeout=5, hide_parameters=True)
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": 15}, "hide_parameters": True}
    if target.database in (None, "", ":memory:"):
        options["poolclass"] = StaticPool
    else:
        options.update(pool_size=20, max_overflow=30, pool_timeout=15)
    engine = create_engine(target, **options)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """A factory of sessions whose objects stay usable after a commit."""
    return sessionmaker(engine, expire_on_commit=False)
