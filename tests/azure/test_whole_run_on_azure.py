"""One brief from end to end over the adapters of Azure: documents in Cosmos DB, bytes in Blob Storage, events on Service Bus, a preview on
Container Apps.
"""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest
from installation_cases import CONTAINER, ROOT, Cloud, new_home, qlf, said, served, until

from shared.stores.azure.cosmos.outbox import LEASE_SECONDS
from tests.peers.azurite import why_not

pytestmark = [pytest.mark.azure, pytest.mark.skipif(why_not() is not None, reason=str(why_not()))]
GOLDEN = (ROOT / "tests" / "e2e" / "golden_capsule.txt").read_text().strip()
BRIEF = "Create a REST API for a notice board: a notice has a title, a text and a state (draft, posted). Editors manage notices."


def test_the_run_gives_the_same_capsule_as_on_one_machine_and_a_preview(cloud: Cloud, tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    result = qlf(cloud, home, "generate", BRIEF, "--output", str(tmp_path / "app"), "--deploy", "preview")

    assert result["capsule"]["digest"] == GOLDEN
    (app,) = cloud.arm.apps.values()
    assert result["preview"]["url"] == cloud.arm.url
    assert app["tags"]["run-id"] == result["run_id"]
    assert app["tags"]["owner"] == "local"
    assert not (home / "artifacts").exists()
    assert len([*cloud.blobs.get_container_client(CONTAINER).list_blobs()]) > 50
    assert cloud.arm.bad == []

    qlf(cloud, home, "preview", "delete", app["tags"]["qlf-preview"])
    assert cloud.arm.apps == {}
    assert cloud.arm.images == {}
    events = told(cloud, home, result["run_id"])
    assert [(event["type"], event["data"]["actor"]["kind"]) for event in events if str(event["type"]).startswith("preview.")] == [
        ("preview.deploying", "orchestrator"), ("preview.ready", "orchestrator"), ("preview.destroyed", "local"),
    ]  # fmt: skip


def test_a_host_that_is_killed_in_mid_run_loses_no_event_and_doubles_none(cloud: Cloud, tmp_path: Path) -> None:
    """SIGKILL of the whole process group, twice; the next host goes on with the run and with the outbox.

    A host that dies while it relays holds the lease of the outbox until that expires; the rest arrives with the next tick of the timer.
    """
    home = new_home(tmp_path / "home")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    remote = ("--endpoint", f"http://127.0.0.1:{port}")
    with served(cloud, home, port) as host:
        run_id = qlf(cloud, home, "generate", BRIEF, "--async", *remote)["run_id"]
        until(lambda: heard(cloud, run_id) >= 3, "no event arrived")
        os.killpg(host.pid, signal.SIGKILL)
    with served(cloud, home, port) as host:
        until(lambda: heard(cloud, run_id) >= 12, "the next host did not go on")
        os.killpg(host.pid, signal.SIGKILL)
    with served(cloud, home, port):
        until(lambda: qlf(cloud, home, "status", run_id, *remote)["run"]["status"] == "completed", "the run did not end")
        events = [event["id"] for event in told(cloud, home, run_id, *remote)]
        until(lambda: set(events) <= set(cloud.broker.accepted), "an event was lost", LEASE_SECONDS + 60)

    arrived = [identity for identity in cloud.broker.ids("audit") if identity in set(events)]
    assert arrived == events
    assert qlf(cloud, home, "runs")["exit_code"] == 0


def heard(cloud: Cloud, run_id: str) -> int:
    """How many events of this run have arrived; hosts also send what a run before it left in the outbox."""
    with cloud.broker.guard:
        return sum(item.session == run_id for item in cloud.broker.subscriptions["audit"].items)


def told(cloud: Cloud, home: Path, run_id: str, *remote: str) -> list[dict[str, Any]]:
    """The events of a run, in their order."""
    lines = [json.loads(line) for line in said(cloud, home, "events", run_id, *remote).splitlines()]
    return [line["event"] for line in lines if line["type"] == "event"]
