"""The API as the Functions worker serves it: through the SDK's own ASGI adapter, request by request."""

from __future__ import annotations

import json
from typing import Any

import azure.functions as func
import pytest
from api_cases import Door

from api import durable


async def call(door: Door, method: str, path: str, body: bytes = b"", **headers: str) -> func.HttpResponse:
    """One request through `AsgiMiddleware`, with the token and the durable client in place."""
    token = (door.home / "token").read_text()
    request = func.HttpRequest(
        method=method, url=f"http://localhost:7071/api/v1{path}", body=body, headers={"Authorization": f"Bearer {token}", **headers}
    )
    held = durable.set(door.host)
    try:
        response: func.HttpResponse = await func.AsgiMiddleware(door.app.app).handle_async(request, None)
    finally:
        durable.reset(held)
    return response


def data(response: func.HttpResponse) -> Any:
    return json.loads(response.get_body())


async def test_a_run_is_made_and_read(door: Door) -> None:
    made = await call(door, "POST", "/runs", json.dumps({"brief": "x é"}).encode(), **{"Content-Type": "application/json"})
    assert made.status_code == 202
    assert made.headers["location"] == f"/api/v1/runs/{data(made)['id']}"
    found = await call(door, "GET", f"/runs/{data(made)['id']}")
    assert data(found)["id"] == data(made)["id"]
    assert list(door.host.instances) == [data(made)["id"]]


async def test_a_document_that_is_known_has_no_body(door: Door) -> None:
    run = await door.run()
    answer = await call(door, "GET", f"/runs/{run.id}", **{"If-None-Match": f'"{run.etag}"'})
    assert (answer.status_code, answer.get_body()) == (304, b"")


async def test_queries_and_odd_paths_arrive(door: Door) -> None:
    run = await door.run()
    events = await call(door, "GET", f"/runs/{run.id}/events?after=0&limit=1")
    assert data(events)["next"] == 1
    missing = await call(door, "GET", f"/runs/{run.id}/artifacts/bundle%2Fx/content")
    assert data(missing)["code"] == "QLF7120"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/runs", 405), ("POST", "/runs", 422)])
async def test_failures_are_problem_documents(door: Door, method: str, path: str, status: int) -> None:
    answer = await call(door, method, path)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert data(answer)["status"] == status


async def test_a_fault_of_ours_does_not_reach_the_worker(door: Door) -> None:
    object.__setattr__(door.services, "compile", None)
    answer = await call(door, "POST", "/compile", b'{"brief": "x"}', **{"Content-Type": "application/json"})
    assert data(answer)["code"] == "QLF9000"


async def test_waiting_for_events_ends(door: Door) -> None:
    run = await door.run()
    answer = await call(door, "GET", f"/runs/{run.id}/events?after=1&wait=1")
    assert data(answer) == {"items": [], "next": 1}
