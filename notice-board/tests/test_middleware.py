"""What surrounds every request: ids, security headers, and limits on size and rate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from notice_board.core.metrics import Metrics
from notice_board.core.middleware import RateLimit, Surroundings
from notice_board.core.settings import Settings
from notice_board.main import create_app

from tests.resources import RESOURCES
from tests.support.checks import problem
from tests.support.client import Client
from tests.support.world import World

RESOURCE = next(iter(RESOURCES.values()))


def test_request_id_is_given_back_or_made(world: World) -> None:
    given = world.client.get("/livez", headers={"X-Request-ID": "abc-123"})
    made = [world.client.get("/livez").headers["x-request-id"] for _ in range(2)]
    assert given.headers["x-request-id"] == "abc-123"
    assert len(set(made)) == 2


@pytest.mark.parametrize("bad", ["", "x" * 65, "two words", "a;b", '{"a":1}'])
def test_unfit_request_id_is_replaced(world: World, bad: str) -> None:
    answer = world.client.get("/livez", headers={"X-Request-ID": bad})
    assert answer.headers["x-request-id"] not in ("", bad)


@pytest.mark.parametrize("path", ["/livez", "/no-such-page", "/auth/me", "/openapi.json"])
def test_security_headers_are_on_every_answer(world: World, path: str) -> None:
    headers = world.client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "max-age" in headers["strict-transport-security"]
    assert "default-src 'none'" in headers["content-security-policy"]


def test_documentation_page_may_load_its_scripts(world: World) -> None:
    answer = world.client.get("/docs")
    assert answer.status_code == 200
    assert "content-security-policy" not in answer.headers


def test_announced_body_above_the_limit_is_413(world: World) -> None:
    body = b"x" * (world.settings.max_body_bytes + 1)
    problem(world.client.post("/auth/login", content=body), 413)


def test_streamed_body_above_the_limit_is_413(world: World) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(world.settings.max_body_bytes // 65_536 + 2):
            yield b" " * 65_536

    answer = world.client.post("/auth/login", content=chunks(), headers={"Content-Type": "application/json"})
    problem(answer, 413)


def test_body_that_is_no_json_is_refused(world: World) -> None:
    for content in (b"{", b"\xff\xfe", b"", b'{"a": 1e999}'):
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {world.people['admin'].token}"}
        problem(world.client.post(RESOURCE.path, content=content, headers=headers), 422)


def test_unknown_path_is_404_and_unknown_method_is_405_with_allow(world: World) -> None:
    problem(world.client.get("/no-such-page"), 404)
    answer = world.client.request("PUT", RESOURCE.path)
    problem(answer, 405)
    assert {word.strip() for word in answer.headers["allow"].split(",")} >= {"GET", "POST"}


def test_crash_is_a_problem_that_tells_nothing_of_its_cause() -> None:
    crashing = FastAPI()
    crashing.add_middleware(Surroundings, metrics=Metrics())

    @crashing.get("/crash")
    def crash() -> None:
        raise RuntimeError("the password is 1234")

    with Client(crashing) as client:
        answer = client.get("/crash")
    problem(answer, 500)
    assert "1234" not in answer.text
    assert answer.headers["x-request-id"]


def test_connection_of_another_kind_is_passed_on() -> None:
    seen: list[str] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])
        await send(await receive())

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        seen.append(message["type"])

    asyncio.run(Surroundings(inner, Metrics())({"type": "lifespan"}, receive, send))
    assert seen == ["lifespan", "lifespan.startup"]


def test_client_above_the_rate_is_429_and_told_when_to_return(settings: Settings) -> None:
    with Client(create_app(settings.model_copy(update={"rate_limit_per_minute": 20}))) as client:
        answers = [client.get("/no-such-page") for _ in range(41)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert answers[0].status_code == 404
    assert refused
    problem(refused[0], 429)
    assert 1 <= int(refused[0].headers["retry-after"]) <= 60


def test_rate_window_opens_again_after_a_minute() -> None:
    limit, clock = rate_limit(2)
    assert [waiting(limit) for _ in range(3)] == [False, False, True]
    clock.now += 60
    assert not waiting(limit)


def test_signing_in_has_a_tenth_of_the_rate() -> None:
    limit, _ = rate_limit(20)
    assert [waiting(limit, "/auth/login") for _ in range(3)] == [False, False, True]
    assert not waiting(limit)


def test_clients_are_counted_apart_and_forgotten_when_they_are_many() -> None:
    limit, _ = rate_limit(1)
    assert not waiting(limit, client="first")
    assert waiting(limit, client="first")
    for number in range(10_001):
        assert not waiting(limit, client=str(number))
    assert not waiting(limit, client="first")


class Clock:
    """A clock that stands until it is moved."""

    now = 600.0

    def __call__(self) -> float:
        return self.now


def rate_limit(limit: int) -> tuple[RateLimit, Clock]:
    """A limiter around an application that is never reached, and its clock."""
    clock = Clock()
    app: Callable[..., Any] = create_app
    return RateLimit(app, limit, clock), clock


def waiting(limit: RateLimit, path: str = "/", client: str = "client") -> bool:
    """True when the limiter would refuse this request."""
    return limit._wait({"type": "http", "path": path, "client": (client, 1)}) > 0
