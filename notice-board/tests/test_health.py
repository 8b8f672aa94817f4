"""Probes and metrics: alive, ready only with a database, and counted."""

from __future__ import annotations

from types import SimpleNamespace

import anyio
import pytest

from notice_board.api import health
from notice_board.core.settings import Settings
from notice_board.main import create_app

from tests.resources import RESOURCES
from tests.support.checks import problem
from tests.support.client import Client
from tests.support.world import World

AWAY = "sqlite:////no/such/folder/on/this/machine/service.db"


def test_service_with_a_database_is_alive_and_ready(world: World) -> None:
    for path, status in (("/livez", "alive"), ("/readyz", "ready")):
        answer = world.client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": status})


def test_service_without_its_database_is_alive_but_not_ready(settings: Settings) -> None:
    with Client(create_app(settings.model_copy(update={"database_url": AWAY}))) as client:
        assert client.get("/livez").status_code == 200
        problem(client.get("/readyz"), 503)


def test_service_is_not_ready_while_its_database_takes_too_long(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "anyio", SimpleNamespace(move_on_after=lambda _: anyio.move_on_after(0)))
    problem(world.client.get("/readyz"), 503)


def test_request_without_its_database_is_503_and_not_a_crash(settings: Settings) -> None:
    body = {"email": "someone@example.org", "password": "a long enough password"}
    with Client(create_app(settings.model_copy(update={"database_url": AWAY}))) as client:
        answer = client.post("/auth/login", json=body)
    problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0


def test_metrics_count_requests_by_route_and_never_by_id(world: World) -> None:
    resource = next(iter(RESOURCES.values()))
    row = world.create(resource)
    world.call("GET", f"{resource.path}/{row['id']}")
    answer = world.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert f'route="{resource.path}"' in answer.text
    assert row["id"] not in answer.text
