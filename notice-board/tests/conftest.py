"""One service for the whole session; every test finds the database as the session began."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings as hypothesis_settings

from notice_board.core.settings import Settings
from notice_board.db.base import Base
from notice_board.main import create_app

from tests.support.client import Client
from tests.support.world import World

hypothesis_settings.register_profile("fixed", derandomize=True, deadline=None, database=None, max_examples=8)
hypothesis_settings.load_profile("fixed")


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(
        environment="test",
        database_url="sqlite://",
        argon2_memory_kib=1024,
        argon2_time_cost=1,
        log_level="WARNING",
    )


@pytest.fixture(scope="session")
def service(settings: Settings) -> Iterator[World]:
    app = create_app(settings)
    Base.metadata.create_all(app.state.engine)
    with Client(app) as client:
        world = World(app, client, settings)
        yield world
        world.close()


@pytest.fixture
def world(service: World) -> Iterator[World]:
    yield service
    service.restore()
