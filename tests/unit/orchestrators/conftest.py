"""Orchestrations with scripted activities on a real durable host: one host for a module, a script for each run."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from orchestration_cases import Played, wait_until

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]


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
