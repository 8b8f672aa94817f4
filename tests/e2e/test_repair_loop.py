"""The repair loop with an agent that plants known faults: inside the durable orchestration, with the real gates."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PATIENCE = 600
BRIEF = "{word} store. Create a REST API for a shop: an item has a name and a price, clerks manage items."


class Factory:
    """The app with the planting agent on the embedded host, and a client for its API and its durable history."""

    def __init__(self, home: Path, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        env = {**os.environ, "QLF_HOME": str(home), "FUNCHOST_HOME": str(folder / "hub"), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "funchost", str(HERE / "faulty"), "--port", str(port), "--strict"]
        self.log = folder / "host.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        self.wait_for(lambda: self._get("/api/v1/health").status_code == 200)
        self.wait_for((home / "token").exists)
        self.client.headers["Authorization"] = f"Bearer {(home / 'token').read_text().strip()}"

    def _get(self, path: str) -> httpx2.Response:
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        try:
            return self.client.get(path)
        except httpx2.TransportError:
            return httpx2.Response(503)

    def wait_for(self, condition: Any) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.1)

    def run(self, brief: str) -> dict[str, Any]:
        """Submit a brief and wait until its run rests; the run document."""
        made = self.client.post("/api/v1/runs", json={"brief": brief})
        assert made.status_code == 202, made.text
        path = f"/api/v1/runs/{made.json()['id']}"
        self.wait_for(lambda: self._get(path).json()["status"] in ("completed", "failed", "blocked", "cancelled"))
        found: dict[str, Any] = self._get(path).json()
        return found

    def events(self, run: dict[str, Any], kind: str) -> list[dict[str, Any]]:
        items = self._get(f"/api/v1/runs/{run['id']}/events?limit=1000").json()["items"]
        return [event["data"] for event in items if event["type"] == kind]

    def history(self, instance: str) -> list[dict[str, Any]]:
        path = f"/runtime/webhooks/durabletask/instances/{instance}?showHistory=true&showHistoryOutput=true&showInput=true"
        self.wait_for(lambda: self._get(path).json()["runtimeStatus"] == "Completed")
        found: list[dict[str, Any]] = self._get(path).json()["historyEvents"]
        return found

    def children(self, run: dict[str, Any]) -> list[str]:
        listed = self._get("/runtime/webhooks/durabletask/instances/").json()
        return [row["instanceId"] for row in listed if row["name"] == "component" and run["id"] in json.dumps(row["input"])]

    def stop(self) -> None:
        self.client.close()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def factory(warm_home: Path, tmp_path: Path) -> Iterator[Factory]:
    made = Factory(warm_home, tmp_path)
    yield made
    made.stop()


@pytest.mark.slow
def test_a_fault_that_ruff_mends_is_repaired_in_one_round(factory: Factory) -> None:
    run = factory.run(BRIEF.format(word="Tangled"))
    assert run["status"] == "completed", run["error"]
    applied = factory.events(run, "refinement.applied")
    assert [(data["component"], data["round"], data["repairer"], data["kept"]) for data in applied] == [("documentation", 1, "ruff", True)]
    assert {"capsule", "source", "verdicts", "ledger"} <= set(run["artifacts"])


@pytest.mark.slow
def test_a_fault_that_needs_a_second_answer_is_repaired_in_the_second_round(factory: Factory) -> None:
    run = factory.run(BRIEF.format(word="Forgetful"))
    assert run["status"] == "completed", run["error"]
    applied = factory.events(run, "refinement.applied")
    assert [(data["round"], data["repairer"], data["kept"]) for data in applied] == [(1, "ruff", True), (2, "regenerate", True)]


@pytest.mark.slow
def test_agents_worked_at_the_same_time_and_the_repair_is_part_of_the_durable_history(factory: Factory) -> None:
    run = factory.run(BRIEF.format(word="Tangled"))
    spans, repairs = [], 0
    for child in factory.children(run):
        history = factory.history(child)
        repairs += sum(event.get("FunctionName", event.get("Name")) == "repair" for event in history)
        generate = next(e for e in history if e["EventType"] == "TaskCompleted" and e.get("FunctionName", e.get("Name")) == "generate")
        spans.append((generate["ScheduledTime"], generate["Timestamp"]))
    assert len(spans) == 6
    assert repairs == 1
    latest_start, first_end = max(start for start, _ in spans), min(end for _, end in spans)
    overlapping = [pair for pair in zip(sorted(spans), sorted(spans)[1:], strict=False) if pair[1][0] < pair[0][1]]
    assert overlapping, f"no two agents overlapped: {latest_start} {first_end}"


def test_what_nobody_can_repair_ends_blocked_with_the_reason_and_without_a_capsule(factory: Factory) -> None:
    run = factory.run(BRIEF.format(word="Hopeless"))
    assert run["status"] == "blocked"
    assert (run["error"]["code"], run["error"]["exit_code"]) == ("QLF4001", 3)
    assert "placeholder" in run["error"]["context"]["gates"]
    assert factory.events(run, "refinement.exhausted")
    assert "capsule" not in run["artifacts"]
    assert {"source", "verdicts", "ledger"} <= set(run["artifacts"])
    assert factory._get("/api/v1/capsules?run_id=" + run["id"]).json()["items"] == []
