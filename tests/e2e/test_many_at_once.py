"""Twenty briefs at the same moment: none lost, none duplicated, each with its own answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOUNS = (
    "apple", "brick", "candle", "drum", "engine", "fence", "garden", "hammer", "island", "jacket",
    "kettle", "lantern", "mirror", "needle", "oven", "pillow", "quilt", "rope", "saddle", "tunnel",
)  # fmt: skip


@pytest.fixture
def client(warm_home: Path, tmp_path: Path) -> Iterator[httpx2.Client]:
    """A client of `qlf serve`."""
    env = {**os.environ, "QLF_HOME": str(warm_home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "cli", "serve", "--port", "0", "--json"]
    with (tmp_path / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=log, start_new_session=True)
    assert process.stdout
    url = json.loads(process.stdout.readline())["event"]["url"]
    token = (warm_home / "token").read_text().strip()
    with httpx2.Client(base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60) as made:
        yield made
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_twenty_briefs_at_once_all_complete(client: httpx2.Client) -> None:
    def submit(noun: str) -> str:
        brief = f"Create a REST API for a {noun} store: clerks manage {noun}s, a {noun} has a name and a price."
        answer = client.post("/runs", json={"brief": brief, "options": {"dry_run": True}}, headers={"Idempotency-Key": f"key-{noun}"})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    with ThreadPoolExecutor(20) as pool:
        first = list(pool.map(submit, NOUNS))
        again = list(pool.map(submit, NOUNS))
    assert first == again
    assert len(set(first)) == 20
    deadline = time.monotonic() + 240
    while {client.get(f"/runs/{run_id}").json()["status"] for run_id in first} != {"completed"}:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    listed = client.get("/runs?limit=100").json()["items"]
    assert sorted(run["id"] for run in listed) == sorted(first)
    for noun, run_id in zip(NOUNS, first, strict=True):
        assert [entity["name"] for entity in client.get(f"/runs/{run_id}/ir").json()["entities"]] == [noun.capitalize()]
        kinds = [event["type"] for event in client.get(f"/runs/{run_id}/events?limit=1000").json()["items"]]
        assert (kinds.count("run.received"), kinds.count("run.completed")) == (1, 1)
