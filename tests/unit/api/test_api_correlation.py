"""Requests and their traces: whose trace it is, who is told, and what the orchestration receives."""

from __future__ import annotations

import re

import azure.functions as func
import pytest
from api_cases import Door

from api.problems import TRACE_HEADER
from shared.telemetry import continued

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
BRIEF = {"brief": "A clinic."}


async def test_every_answer_names_its_trace(door: Door) -> None:
    first, second = await door.http.get("/health"), await door.http.get("/nowhere")
    assert second.status_code == 404
    assert re.fullmatch("[0-9a-f]{32}", first.headers[TRACE_HEADER])
    assert first.headers[TRACE_HEADER] != second.headers[TRACE_HEADER]


async def test_the_callers_trace_reaches_the_orchestration(door: Door) -> None:
    answer = await door.http.post("/runs", json=BRIEF, headers={"traceparent": PARENT})
    assert answer.headers[TRACE_HEADER] == TRACE
    assert door.host.instances[answer.json()["id"]]["input"]["trace"] == PARENT


async def test_the_hosts_trace_comes_first(door: Door) -> None:
    with continued(PARENT):
        answer = await door.http.post("/runs", json=BRIEF, headers={"traceparent": PARENT.replace("0a", "0b")})
    assert answer.headers[TRACE_HEADER] == TRACE
    assert door.host.instances[answer.json()["id"]]["input"]["trace"] == PARENT


@pytest.mark.parametrize("given", ["", "x", "00-00-00-00", "A clinic for Anna", PARENT + "-more", "é"])
async def test_a_header_that_is_none_is_not_handed_on(door: Door, given: str) -> None:
    answer = await door.http.post("/runs", json=BRIEF, headers={b"traceparent": given.encode()})
    trace = door.host.instances[answer.json()["id"]]["input"]["trace"]
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", trace)
    assert answer.headers[TRACE_HEADER] == trace.split("-")[1] != TRACE


async def test_metrics_are_told_only_where_they_are_kept(door: Door) -> None:
    answer = await door.http.get("/metrics")
    assert (answer.status_code, answer.json()["code"]) == (404, "QLF7150")
    assert "qlf serve" in answer.json()["advice"]


async def test_metrics_are_not_open_to_all(door: Door) -> None:
    answer = await door.http.get("/metrics", headers={"Authorization": "Bearer wrong"})
    assert (answer.status_code, answer.json()["code"]) == (401, "QLF7106")


async def test_the_functions_worker_hands_in_the_hosts_trace(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    from api import door as entrance

    class Context:
        class trace_context:
            trace_parent = PARENT

    monkeypatch.setattr(entrance, "middleware", lambda: func.AsgiMiddleware(door.app.app))
    request = func.HttpRequest(method="GET", url="http://localhost/api/v1/health", body=b"", headers={})
    answer = await entrance.handle(request, door.host, Context())  # type: ignore[arg-type]
    assert answer.headers[TRACE_HEADER.lower()] == TRACE


async def test_a_fault_of_ours_names_its_trace(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the brief of Anna")

    monkeypatch.setattr(type(door.stores.runs), "list", broken)
    answer = await door.http.get("/runs", headers={"traceparent": PARENT})
    assert (answer.status_code, answer.json()["code"], answer.headers[TRACE_HEADER]) == (500, "QLF9000", TRACE)
    assert "Anna" not in answer.text
