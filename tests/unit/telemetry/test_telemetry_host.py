"""Runs on the embedded host, with telemetry going to a loopback endpoint: one trace per run, every metric fed, and no word of the brief."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ingestion import Ingestion, ingestion, python

from shared.telemetry import names

BRIEF = (
    "A REST API for the Zyxwvut society: quibblers have a frobnicity and many snozzles, each snozzle has a wibbleness; "
    "Ermintrude Plugh (plugh@xyzzy.example) approves snozzles."
)
TIMERS = """
import asyncio
from activities.outbox import relay
from activities.silence import listen
from activities.sweep import sweep
asyncio.run(sweep())
asyncio.run(relay())
asyncio.run(listen())
"""
CANARIES = ("zyxwvut", "quibbler", "frobnicity", "snozzle", "wibbleness", "ermintrude", "plugh", "xyzzy")


def generate(home: Path, endpoint: Ingestion, *options: str) -> dict[str, Any]:
    """One `qlf generate`; its result line."""
    arguments = ["generate", BRIEF, "--accept-assumptions", "--json", "--output", str(home.parent / "app"), *options]
    code = f"import sys\nfrom cli.entry import main\nsys.exit(main({arguments!r}))"
    done = python(code, home, APPLICATIONINSIGHTS_CONNECTION_STRING=endpoint.connection_string)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == result["exit_code"] == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return result


def spans_of(endpoint: Ingestion) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for envelope in endpoint.of("RequestData") + endpoint.of("RemoteDependencyData"):
        found.setdefault(envelope["data"]["baseData"]["name"], []).append(envelope)
    return found


def leaks(endpoint: Ingestion) -> list[str]:
    """Every place around a word of the brief."""
    text = endpoint.text()
    return [text[max(0, at - 120) : at + 40] for word in CANARIES if (at := text.find(word)) >= 0]


@pytest.fixture(scope="module")
def dry(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Ingestion]:
    """A dry run and what it sent."""
    with ingestion() as endpoint:
        result = generate(tmp_path_factory.mktemp("dry") / "home", endpoint, "--dry-run")
    return result, endpoint


def test_one_trace_from_the_request_to_the_activities(dry: tuple[dict[str, Any], Ingestion]) -> None:
    result, endpoint = dry
    spans = spans_of(endpoint)
    (post,) = spans["POST /api/v1/runs"]
    activities = [envelope for name, found in spans.items() if name.startswith("activity ") for envelope in found]
    assert {"activity transition", "activity compile_brief", "activity plan"} <= spans.keys()
    assert {envelope["tags"]["ai.operation.id"] for envelope in activities} == {post["tags"]["ai.operation.id"]}
    assert {envelope["tags"]["ai.operation.parentId"] for envelope in activities} == {post["data"]["baseData"]["id"]}
    assert {envelope["data"]["baseData"]["properties"]["qlf.run_id"] for envelope in activities} == {result["run_id"]}


def test_requests_carry_their_route_and_run(dry: tuple[dict[str, Any], Ingestion]) -> None:
    result, endpoint = dry
    reads = spans_of(endpoint)["GET /api/v1/runs/{run_id}"]
    assert {envelope["data"]["baseData"]["properties"]["qlf.run_id"] for envelope in reads} == {result["run_id"]}
    points = endpoint.metrics()["qlf.http.duration"]
    found = {(point["properties"]["method"], point["properties"]["route"], point["properties"]["status"]) for point in points}
    assert {("POST", "/api/v1/runs", "202"), ("GET", "/api/v1/runs/{run_id}", "200")} <= found


def test_activities_and_the_run_are_measured(dry: tuple[dict[str, Any], Ingestion]) -> None:
    metrics = dry[1].metrics()
    counted = {point["properties"]["activity"]: point["count"] for point in metrics["qlf.activity.duration"]}
    assert (counted["compile_brief"], counted["plan"]) == (1, 1)
    assert {point["properties"]["activity"] for point in metrics["qlf.activity.queue"]} == set(counted)
    assert [point["properties"]["status"] for point in metrics["qlf.run.duration"]] == ["completed"]
    changes = {point["properties"]["status"]: point["value"] for point in metrics["qlf.run.changes"]}
    assert changes == {"planning": 1, "planned": 1, "running": 1, "completed": 1}


def test_no_word_of_the_brief_leaves(dry: tuple[dict[str, Any], Ingestion]) -> None:
    text = dry[1].text()
    assert len(text) > 1000
    assert leaks(dry[1]) == []


@pytest.mark.slow
def test_a_whole_run_feeds_the_metrics_and_leaks_nothing(tmp_path: Path) -> None:
    with ingestion() as endpoint:
        result = generate(tmp_path / "home", endpoint)
        timers = python(TIMERS, tmp_path / "home", APPLICATIONINSIGHTS_CONNECTION_STRING=endpoint.connection_string)
    assert timers.returncode == 0, timers.stderr
    unfed = {metric.name for metric in names.METRICS} - endpoint.metrics().keys()
    # A healthy run repairs nothing, waits for a slot only on a busy machine, opens no preview unless asked, and calls no model.
    quiet = {"qlf.repair.rounds", "qlf.heavy.waiting", "qlf.preview.duration", "qlf.previews.ended"}
    assert unfed <= quiet | {names.MODEL_DURATION.name, names.MODEL_TOKENS.name}
    spans = spans_of(endpoint)
    gates = {e["data"]["baseData"]["properties"]["qlf.gate"]: e["data"]["baseData"]["properties"] for e in spans["activity run_gate"]}
    assert {gate["qlf.outcome"] for gate in gates.values()} <= {"pass", "skip", "warn"}
    assert len({e["tags"]["ai.operation.id"] for name, found in spans.items() if name.startswith("activity ") for e in found}) == 1
    assert re.fullmatch("run_[0-9A-Z]{26}", result["run_id"])
    assert leaks(endpoint) == []
