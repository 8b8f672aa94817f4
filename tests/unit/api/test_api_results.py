"""What a run made, read over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from api_cases import Door, problem_of

from api.routers.results import MAX_CONTENT
from shared.model import IR, Component, Finding, Ledger, Plan, Run, Step, Verdict, canonical_json, make_event, new_id

RESULTS = ["ledger", "ir", "plan", "verdicts", "findings"]
IR_VALUE = IR(name="Clinic", slug="clinic")
CONTENT: dict[str, Any] = {
    "ir": IR_VALUE.to_json(),
    "ledger": Ledger(clauses=[]).to_json(),
    "plan": Plan(components=[Component(name="backend", agent="fastapi")]).to_json(),
    "verdicts": [Verdict(gate="unit", outcome="pass", metrics={"coverage": None}).to_json()],
    "findings": [Finding(code="W1", message="long").to_json()],
}


async def finished(door: Door) -> Run:
    """A run whose artifacts are there."""
    run = await door.run()
    artifacts = {name: await door.stores.artifacts.put(canonical_json(value)) for name, value in CONTENT.items()}
    artifacts["bundle/x.sigstore.json"] = await door.stores.artifacts.put(b"{}")
    artifacts["source"] = await door.stores.artifacts.put(b"\x00\xfftar")
    return await door.change(run, artifacts=artifacts, steps={"backend": Step(name="backend", status="completed")})


@pytest.mark.parametrize("name", RESULTS)
async def test_results_that_are_not_there_yet(door: Door, name: str) -> None:
    run = await door.run()
    body = problem_of(await door.http.get(f"/runs/{run.id}/{name}"), 409, "QLF7109")
    assert body["retryable"]
    problem_of(await door.http.get(f"/runs/{new_id('run')}/{name}"), 404, "QLF7001")


@pytest.mark.parametrize("name", ["ledger", "ir", "plan"])
async def test_documents_come_as_they_were_written(door: Door, name: str) -> None:
    run = await finished(door)
    answer = await door.http.get(f"/runs/{run.id}/{name}")
    assert answer.json() == CONTENT[name]
    assert answer.content == canonical_json(CONTENT[name])
    again = await door.http.get(f"/runs/{run.id}/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["verdicts", "findings"])
async def test_lists_come_as_items(door: Door, name: str) -> None:
    run = await finished(door)
    assert (await door.http.get(f"/runs/{run.id}/{name}")).json() == {"items": CONTENT[name]}


async def test_steps(door: Door) -> None:
    run = await finished(door)
    items = (await door.http.get(f"/runs/{run.id}/steps")).json()["items"]
    assert [(step["name"], step["status"]) for step in items] == [("backend", "completed")]


async def test_artifacts_by_name(door: Door) -> None:
    run = await finished(door)
    items = (await door.http.get(f"/runs/{run.id}/artifacts")).json()["items"]
    assert [item["name"] for item in items] == sorted([*CONTENT, "bundle/x.sigstore.json", "source"])
    assert items[0] == {"name": items[0]["name"], **run.artifacts[items[0]["name"]].to_json()}


@pytest.mark.parametrize(
    ("name", "content"), [("source", b"\x00\xfftar"), ("bundle%2Fx.sigstore.json", b"{}"), ("bundle/x.sigstore.json", b"{}")]
)
async def test_bytes_of_an_artifact(door: Door, name: str, content: bytes) -> None:
    run = await finished(door)
    answer = await door.http.get(f"/runs/{run.id}/artifacts/{name}/content")
    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"
    again = await door.http.get(f"/runs/{run.id}/artifacts/{name}/content", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_an_unknown_artifact(door: Door) -> None:
    run = await finished(door)
    problem_of(await door.http.get(f"/runs/{run.id}/artifacts/nothing/content"), 404, "QLF7120")
    problem_of(await door.http.get(f"/runs/{run.id}/artifacts/{'x' * 201}/content"), 422, "QLF7103")


async def test_an_artifact_that_was_lost_or_changed(door: Door) -> None:
    run = await finished(door)
    path = door.home / "artifacts" / run.artifacts["source"].path
    path.write_bytes(b"changed")
    problem_of(await door.http.get(f"/runs/{run.id}/artifacts/source/content"), 409, "QLF7005")
    path.unlink()
    problem_of(await door.http.get(f"/runs/{run.id}/artifacts/source/content"), 404, "QLF7004")


async def test_an_artifact_above_the_bound_is_not_loaded(door: Door) -> None:
    run = await finished(door)
    huge = run.artifacts["source"].model_copy(update={"size": MAX_CONTENT + 1})
    await door.change(run, artifacts={"source": huge})
    problem_of(await door.http.get(f"/runs/{run.id}/artifacts/source/content"), 413, "QLF7116")


async def test_usage_without_a_model_is_zero_calls(door: Door) -> None:
    run = await door.run()
    assert (await door.http.get(f"/runs/{run.id}/usage")).json() == {
        "run_id": run.id, "model_calls": 0, "input_tokens": 0, "output_tokens": 0, "cost_usd": 0, "entries": [],
    }  # fmt: skip


async def test_usage_sums_what_was_measured_and_is_null_where_something_was_not(door: Door) -> None:
    run = await door.run()
    facts = [{"input_tokens": 10, "output_tokens": 5, "cost_usd": 0.25}, {"input_tokens": 1, "output_tokens": 2, "cost_usd": None}]
    events = [make_event(run, "usage.recorded", str(number), fact, run.created_at) for number, fact in enumerate(facts)]
    await door.stores.runs.commit(run, events, if_match=run.etag)
    usage = (await door.http.get(f"/runs/{run.id}/usage")).json()
    assert (usage["model_calls"], usage["input_tokens"], usage["output_tokens"], usage["cost_usd"]) == (2, 11, 7, None)
    assert [entry["data"] for entry in usage["entries"]] == facts


@pytest.mark.parametrize("path", ["steps", "artifacts", "usage", "artifacts/x/content"])
async def test_results_of_an_unknown_run(door: Door, path: str) -> None:
    problem_of(await door.http.get(f"/runs/{new_id('run')}/{path}"), 404, "QLF7001")
