"""Logs: one JSON object a line, with the request's id and without anything about persons."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from notice_board.core.logs import JsonFormatter, access_log, configure

from tests.resources import RESOURCES
from tests.support.world import PASSWORD, World


class Lines(logging.Handler):
    """Keeps what would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


@pytest.fixture
def logged() -> Iterator[Lines]:
    handler = Lines()
    level = access_log.level
    access_log.addHandler(handler)
    access_log.setLevel(logging.INFO)
    yield handler
    access_log.removeHandler(handler)
    access_log.setLevel(level)


def test_request_is_logged_with_its_id_route_and_status(world: World, logged: Lines) -> None:
    answer = world.client.get("/livez", headers={"X-Request-ID": "abc-123"})
    entry = logged.entries()[-1]
    assert (entry["request_id"], entry["route"], entry["status"]) == ("abc-123", "/livez", answer.status_code)


@pytest.mark.parametrize("key", list(RESOURCES))
def test_log_holds_nothing_of_what_was_sent_or_stored(world: World, logged: Lines, key: str) -> None:
    resource = RESOURCES[key]
    row = world.create(resource)
    world.call("GET", f"{resource.path}/{row['id']}")
    world.call("POST", resource.path, json={"no_such_field": "a secret text"})
    text = "\n".join(logged.lines)
    assert len(logged.lines) >= 3
    assert "a secret text" not in text
    assert row["id"] not in text
    assert world.people["admin"].token not in text
    assert world.people["admin"].email not in text


def test_log_holds_no_password_and_no_address_of_who_signs_in(world: World, logged: Lines) -> None:
    person = world.people["admin"]
    world.client.post("/auth/login", json={"email": person.email, "password": PASSWORD})
    world.client.post("/auth/login", json={"email": person.email, "password": "a wrong password"})
    text = "\n".join(logged.lines)
    assert len(logged.lines) >= 2
    assert not any(word in text for word in (person.email, PASSWORD, "a wrong password"))


def test_error_is_logged_as_its_place_without_its_message() -> None:
    try:
        raise ValueError("the card number 4111")
    except ValueError:
        record = logging.LogRecord("service", logging.ERROR, __file__, 1, "it failed", (), sys.exc_info())
    entry = json.loads(JsonFormatter().format(record))
    assert (entry["message"], entry["error"]) == ("it failed", "ValueError")
    assert "4111" not in json.dumps(entry)
    assert "test_logs.py" in entry["trace"][-1]


def test_logs_are_sent_through_one_json_handler() -> None:
    names = ("notice_board", "uvicorn", "uvicorn.error", "uvicorn.access")
    before = {name: (logging.getLogger(name).handlers, logging.getLogger(name).level) for name in names}
    configure("WARNING")
    made = logging.getLogger("notice_board")
    assert [type(handler.formatter) for handler in made.handlers] == [JsonFormatter]
    assert (made.level, made.propagate) == (logging.WARNING, False)
    assert logging.getLogger("uvicorn.access").handlers == []
    for name, (handlers, level) in before.items():
        logging.getLogger(name).handlers = handlers
        logging.getLogger(name).setLevel(level)
