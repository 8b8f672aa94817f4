"""A whole run whose documents are in Cosmos DB, its bytes and leases in the Blob service beside it.

The same capsule as on one machine; a host that is killed in mid-run loses no event.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.model import Event
from shared.settings import Settings
from shared.stores import Stores
from shared.wiring import open_stores, utc_now
from tests.fakes.blob import fake_blob_service
from tests.fakes.cosmos import KEY, FakeCosmos, definitions

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("golden_capsule.txt")
BRIEF = "Create a REST API for a notice board: a notice has a title, a text and a state (draft, posted). Editors manage notices."


class Topic:
    """A listener outside the installation."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def publish(self, events: Sequence[Event]) -> None:
        self.events += events


Cloud = dict[str, str]
"""What a process must be told to use the services on loopback."""


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    fake = FakeCosmos().start()
    fake.make("factory", definitions())
    with fake_blob_service() as blobs:
        yield {"COSMOS_ENDPOINT": fake.endpoint, "COSMOS_KEY": KEY, "QLF_BLOB_CONNECTION_STRING": blobs.connection_string}
    fake.stop()


@pytest.fixture
def stores(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    """The stores as somebody else sees them: another process of the installation."""
    for name, value in cloud.items():
        monkeypatch.setenv(name, value)
    made = open_stores(Settings(home=tmp_path / "other"), utc_now)
    yield made
    made.close()


def start(cloud: Cloud, home: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command line, with its stores in the cloud."""
    env = {**os.environ, **cloud, "QLF_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "cli", *arguments, "--json"]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def result(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=900)
    assert process.returncode == 0, out[-2000:] + err[-2000:]
    return dict(json.loads(out.splitlines()[-1]))


def drained(stores: Stores, topic: Topic) -> None:
    async def way() -> None:
        assert stores.outbox is not None
        while await stores.outbox.relay(topic):
            pass

    asyncio.run(way())


def assert_whole(stores: Stores, run_id: str, topic: Topic) -> None:
    """Everything that was committed went out, in order, each event once."""
    kept = asyncio.run(stores.runs.events(run_id, limit=1000))
    assert [event.seq for event in kept] == list(range(1, len(kept) + 1))
    assert [event for event in topic.events if event.run_id == run_id] == kept


@pytest.mark.slow
def test_the_capsule_is_that_of_one_machine(cloud: Cloud, stores: Stores, warm_home: Path, tmp_path: Path) -> None:
    made = result(start(cloud, warm_home, "generate", BRIEF, "--output", str(tmp_path / "app")))
    assert made["capsule"]["digest"] == GOLDEN.read_text().strip()
    assert not (warm_home / "state.db").exists()
    assert not (warm_home / "artifacts").exists()
    run = asyncio.run(stores.runs.get(made["run_id"]))
    assert run.status == "completed"
    assert [capsule.digest for capsule in asyncio.run(stores.capsules.list("default")).items] == [made["capsule"]["digest"]]
    topic = Topic()
    drained(stores, topic)
    assert_whole(stores, run.id, topic)


@pytest.mark.slow
def test_a_host_killed_in_mid_run_loses_no_event_and_repeats_none(cloud: Cloud, stores: Stores, warm_home: Path) -> None:
    """The host is killed after its first events, twice; `resume` ends the run. A listener hears each event once, in order."""
    topic, killed = Topic(), start(cloud, warm_home, "generate", BRIEF, "--dry-run")
    run_id = ""
    for after in (3, 6):
        deadline = time.monotonic() + 120
        while killed.poll() is None and time.monotonic() < deadline:
            runs = asyncio.run(stores.runs.list("default")).items
            if runs and asyncio.run(stores.runs.wait(runs[0].id, after - 1, 60)):
                run_id = runs[0].id
                break
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate(timeout=60)
        drained(stores, topic)
        if after == 3:
            killed = start(cloud, warm_home, "resume", run_id)
    assert result(start(cloud, warm_home, "resume", run_id))["run_id"] == run_id
    drained(stores, topic)
    assert asyncio.run(stores.runs.get(run_id)).status == "completed"
    assert_whole(stores, run_id, topic)
