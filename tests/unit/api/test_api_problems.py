"""Every failure is a problem document; none is an exception."""

from __future__ import annotations

import json
import logging

import httpx2
import pytest
from api_cases import Door, problem_of
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api.problems import documented, problem, status_of
from shared.model import CATALOGUE, CapsuleError, ConfigError, GateError, InputError, InternalError, QlfError, RefusedError


@pytest.mark.parametrize("path", ["/nowhere", "/runs/run_x/nowhere", "/%00", "/%F0%9F%A6%84", "/../../etc/passwd"])
async def test_unknown_addresses(door: Door, path: str) -> None:
    problem_of(await door.http.get(path), 404, "QLF7101")


async def test_addresses_outside_the_api(door: Door) -> None:
    problem_of(await door.http.get("http://127.0.0.1/docs"), 404, "QLF7101")


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("DELETE", "/runs", "GET, POST"), ("PUT", "/compile", "POST"), ("HEAD", "/health", "GET")]
)
async def test_unknown_methods_name_the_known_ones(door: Door, method: str, path: str, allowed: str) -> None:
    answer = await door.http.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    if method != "HEAD":
        problem_of(answer, 405, "QLF7102")


async def test_a_path_of_an_artifact_with_a_folder_names_its_methods(door: Door) -> None:
    run = await door.run()
    answer = await door.http.post(f"/runs/{run.id}/artifacts/bundle%2Fx.json/content")
    assert answer.headers["allow"] == "GET"


async def test_what_the_caller_sent_is_not_echoed(door: Door) -> None:
    answer = await door.http.post("/runs", json={"brief": {"secret": "hunter2"}, "options": {"hunter3": "hunter2"}})
    body = problem_of(answer, 422, "QLF7103")
    assert "hunter2" not in answer.text
    assert {place["pointer"] for place in body["errors"]} == {"/body/brief", "/body/options/hunter3"}


async def test_at_most_twenty_places_are_named(door: Door) -> None:
    body = problem_of(await door.http.post("/runs", json={"brief": "x"} | {f"k{number}": 1 for number in range(200)}), 422, "QLF7103")
    assert len(body["errors"]) == 20


async def test_a_fault_of_ours_is_answered_and_logged_and_tells_nothing(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: str) -> None:
        raise KeyError("secret detail")

    object.__setattr__(door.services, "compile", broken)
    with caplog.at_level(logging.ERROR, "qlf.api"):
        answer = await door.http.post("/compile", json={"brief": "x"})
    problem_of(answer, 500, "QLF9000")
    assert "secret detail" not in answer.text
    assert "secret detail" not in caplog.text
    assert "KeyError[api/test_api_problems.py" in caplog.text


async def test_a_fault_before_any_handler_is_answered_too(door: Door) -> None:
    class Broken:
        def __init__(self, app: object) -> None:
            pass

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            raise RuntimeError("in the middle")

    app = door.app.app
    assert isinstance(app, FastAPI)
    app.user_middleware.insert(0, type("Entry", (), {"__iter__": lambda self: iter((Broken, (), {}))})())
    problem_of(await door.http.get("/health"), 500, "QLF9000")


async def test_half_an_answer_does_not_pass_for_a_whole_one(door: Door) -> None:
    class Late:
        def __init__(self, app: object) -> None:
            pass

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise RuntimeError("too late")

    app = door.app.app
    assert isinstance(app, FastAPI)
    app.user_middleware.insert(0, type("Entry", (), {"__iter__": lambda self: iter((Late, (), {}))})())
    sent: list[str] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(str(message["type"]))

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    scope = httpx_scope("/api/v1/health")
    with pytest.raises(RuntimeError, match="too late"):
        await door.app(scope, receive, send)  # type: ignore[arg-type]
    assert sent == ["http.response.start"]


def httpx_scope(path: str) -> dict[str, object]:
    return {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [], "root_path": "",
        "scheme": "http", "http_version": "1.1", "server": None, "client": None, "state": None,
    }  # fmt: skip


async def test_the_scope_of_the_functions_worker_is_enough(door: Door) -> None:
    """It has no client, no server, and no state."""
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    await door.app(httpx_scope("/api/v1/health"), receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 200
    assert sent[1]["body"] == b'{"status":"ok"}'


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("QLF9000"), 422),
        (GateError("QLF9000"), 409),
        (ConfigError("QLF9000"), 503),
        (RefusedError("QLF9000"), 422),
        (CapsuleError("QLF9000"), 422),
        (InternalError("QLF9000"), 500),
        (InputError("QLF7001"), 404),
    ],
)
def test_the_class_decides_where_the_catalogue_is_silent(error: QlfError, status: int) -> None:
    assert status_of(error) == status


def test_problems_hold_plain_facts_only() -> None:
    error = InputError("QLF7001", "lone \ud800 surrogate " + "x" * 5000, fact=1, text="\ud800", odd=object(), number=float("nan"))
    response = problem(error)
    body = json.loads(bytes(response.body))
    assert body["context"] == {"fact": 1, "text": "?"}
    assert len(body["detail"]) == 1000
    assert body["exit_code"] == 2


def test_every_code_of_the_api_can_be_answered() -> None:
    codes = [code for code in CATALOGUE if code.startswith("QLF7")]
    for status, response in documented(*codes).items():
        assert 400 <= int(status) <= 599
        assert "application/problem+json" in response["content"]


async def test_the_client_s_own_transport_errors_do_not_pass_as_answers(door: Door) -> None:
    with pytest.raises(httpx2.HTTPError):
        async with httpx2.AsyncClient(base_url="http://127.0.0.1:1") as nobody:
            await nobody.get("/health")
