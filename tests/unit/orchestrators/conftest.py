"""Orchestrations with scripted activities on a real durable host: one host for a module, a script for each run."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]


@dataclass
class Played:
    """A started run: its durable instance and the log of its activities."""

    client: httpx2.Client
    folder: Path
    run_id: str

    def tell(self, event: str) -> None:
        """Send a command as the API does."""
        self.client.post(f"instances/{self.run_id}/raiseEvent/{event}", json=json.dumps({"id": "1"})).raise_for_status()

    def calls(self, name: str | None = None) -> list[dict[str, Any]]:
        log = self.folder / f"{self.run_id}.log"
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [line["job"] | {"name": line["name"]} for line in lines if name in (None, line["name"])]

    def moves(self) -> list[dict[str, Any]]:
        return self.calls("transition")

    def events(self) -> list[str]:
        return [kind for move in self.moves() for kind, _ in move.get("events", [])]

    def wait_for_call(self, name: str, found: Callable[[dict[str, Any]], bool] = lambda _: True) -> None:
        wait_until(lambda: any(found(call) for call in self.calls(name)), f"no call of {name}")

    def answer(self) -> dict[str, Any]:
        """What the orchestration returned."""
        wait_until(lambda: self.status()["runtimeStatus"] in ("Completed", "Failed", "Terminated"), "the run did not end")
        status = self.status()
        assert status["runtimeStatus"] == "Completed", status["output"]
        return status["output"]

    def status(self) -> dict[str, Any]:
        return self.client.get(f"instances/{self.run_id}").json()

    def history(self, instance: str) -> list[dict[str, Any]]:
        return self.client.get(f"instances/{instance}?showHistory=true&showHistoryOutput=true").json()["historyEvents"]


def wait_until(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(complaint)
        time.sleep(0.02)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx2.Client, Path]]:
    """The scripted app on the embedded host."""
    folder = tmp_path_factory.mktemp("scripts")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    env = {**os.environ, "SCRIPT_DIR": str(folder), "FUNCHOST_HOME": str(folder / "hub"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "funchost", str(HERE / "scripted"), "--port", str(port), "--strict"]
    with (folder / "host.log").open("wb") as log, subprocess.Popen(command, env=env, stdout=log, stderr=log) as process:
        client = httpx2.Client(base_url=f"http://127.0.0.1:{port}/runtime/webhooks/durabletask/", timeout=10)

        def answers() -> bool:
            assert process.poll() is None, (folder / "host.log").read_text()
            try:
                return client.get("instances/").status_code == 200
            except httpx2.TransportError:
                return False

        wait_until(answers, "the host did not start")
        yield client, folder
        client.close()
        process.terminate()
        process.wait(10)


@pytest.fixture
def play(host: tuple[httpx2.Client, Path], request: pytest.FixtureRequest) -> Callable[..., Played]:
    """Start a run whose activities answer as the script says."""
    client, folder = host

    def start(attempt: int = 0, orchestrator: str = "run", **script: Any) -> Played:
        run_id = f"run_{request.node.name}".replace("[", "-").replace("]", "")
        (folder / f"{run_id}.json").write_text(json.dumps({name.replace("__", "/"): value for name, value in script.items()}))
        body = {"run_id": run_id, "project_id": "default", "attempt": attempt}
        client.post(f"orchestrators/{orchestrator}/{run_id}", json=json.dumps(body)).raise_for_status()
        return Played(client, folder, run_id)

    return start
