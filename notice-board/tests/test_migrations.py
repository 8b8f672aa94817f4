"""The migrations build the tables that the models describe, and take them down again."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from notice_board.db.base import Base

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{tmp_path / 'migrated.db'}"
    monkeypatch.setenv("DATABASE_URL", address)
    return address


def configuration() -> Config:
    return Config(str(ROOT / "alembic.ini"))


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def test_upgrade_downgrade_upgrade_ends_at_the_models(url: str) -> None:
    command.upgrade(configuration(), "head")
    assert tables(url) == set(Base.metadata.tables)
    command.downgrade(configuration(), "base")
    assert tables(url) == set()
    command.upgrade(configuration(), "head")
    assert tables(url) == set(Base.metadata.tables)


def test_models_and_migrations_do_not_differ(url: str) -> None:
    command.upgrade(configuration(), "head")
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_migrations_can_be_written_out_as_sql(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    command.upgrade(configuration(), "head", sql=True)
    written = capsys.readouterr().out
    assert all(table in written for table in Base.metadata.tables)
    assert tables(url) == set()
