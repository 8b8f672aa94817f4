"""What is measured of requests, through a small app behind the middleware."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from api.correlation import Correlated
from api.problems import TRACE_HEADER
from shared.model import new_id
from tests.recorded import Recorded


@pytest.fixture
def client() -> TestClient:
    router = APIRouter()

    @router.get("/runs/{run_id}")
    def read(run_id: str) -> dict[str, Any]:
        if run_id == "broken":
            raise RuntimeError("the brief of Anna")
        return {"id": run_id}

    app = FastAPI(telemetry={"auto_configure": False, "logs": False, "metrics": False, "operation_spans": False})
    app.include_router(router, prefix="/api/v1")
    app.add_middleware(Correlated, prefix="/api/v1")
    return TestClient(app, raise_server_exceptions=False)


def test_requests_are_measured_by_route(client: TestClient, recorded: Recorded) -> None:
    for path in ("/api/v1/runs/run_1", "/api/v1/runs/run_2", "/api/v1/nowhere", "/openapi.json", "/api/v1/runs/broken"):
        client.get(path)
    client.request("BREW", "/api/v1/runs/run_1")
    found = {tuple(attributes.values()): count for attributes, count in recorded.points("qlf.http.duration")}
    assert found == {
        ("GET", "/api/v1/runs/{run_id}", "200"): 2,
        ("GET", "", "404"): 1,
        ("GET", "", "200"): 1,
        ("GET", "/api/v1/runs/{run_id}", "500"): 1,
        ("other", "/api/v1/runs/{run_id}", "405"): 1,
    }
    assert recorded.points("qlf.http.active") == [({}, 0)]


def test_the_span_names_the_run_when_it_is_one(client: TestClient, recorded: Recorded) -> None:
    run_id = new_id("run")
    answer = client.get(f"/api/v1/runs/{run_id}")
    made = recorded.spans()["GET /api/v1/runs/{run_id}"]
    assert made.context is not None
    assert (made.attributes or {})["qlf.run_id"] == run_id
    assert answer.headers[TRACE_HEADER] == format(made.context.trace_id, "032x")
    client.get("/api/v1/runs/anna")
    assert "qlf.run_id" not in (recorded.spans()["GET /api/v1/runs/{run_id}"].attributes or {})


def test_a_fault_leaves_no_word_on_the_span(client: TestClient, recorded: Recorded) -> None:
    assert client.get("/api/v1/runs/broken?brief=Anna").status_code == 500
    assert "Anna" not in recorded.spans()["GET /api/v1/runs/{run_id}"].to_json()
