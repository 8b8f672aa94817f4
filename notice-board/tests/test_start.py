"""Starting the service: its database, its first administrator, its settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from notice_board import main
from notice_board.core.settings import Settings
from notice_board.db.base import Base
from notice_board.db.session import make_engine

from tests.support.checks import problem
from tests.support.client import Client
from tests.support.world import PASSWORD

ADMIN = {"email": "first@example.org", "password": PASSWORD}


def test_first_administrator_is_made_once(settings: Settings, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'service.db'}"
    changes = {"database_url": url, "admin_email": "First@example.org", "admin_password": SecretStr(PASSWORD)}
    for _ in range(2):
        app = main.create_app(settings.model_copy(update=changes))
        Base.metadata.create_all(app.state.engine)
        with Client(app) as client:
            pair = client.post("/auth/login", json=ADMIN).json()
            headers = {"Authorization": f"Bearer {pair['access_token']}"}
            listed = client.get("/admin/accounts", headers=headers).json()["items"]
        assert [(row["email"], row["role"]) for row in listed] == [("first@example.org", "admin")]


def test_registration_can_be_closed(settings: Settings) -> None:
    app = main.create_app(settings.model_copy(update={"registration_open": False}))
    Base.metadata.create_all(app.state.engine)
    with Client(app) as client:
        problem(client.post("/auth/register", json=ADMIN), 403)
        problem(client.post("/auth/login", json=ADMIN), 401)


def test_documentation_pages_are_for_development_only(settings: Settings) -> None:
    changes = {"environment": "production", "secret_key": SecretStr("k" * 48)}
    with Client(main.create_app(settings.model_copy(update=changes))) as client:
        problem(client.get("/docs"), 404)
        assert client.get("/openapi.json").status_code == 200


def test_application_is_made_when_it_is_first_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "test")
    assert main.app is main.app
    main.app.state.engine.dispose()
    with pytest.raises(AttributeError):
        _ = main.no_such_name


@pytest.mark.parametrize("url", ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg://u@h/d"])
def test_every_name_of_postgresql_means_the_same_driver(url: str) -> None:
    engine = make_engine(url)
    assert (engine.dialect.name, engine.dialect.driver) == ("postgresql", "psycopg")
    engine.dispose()
