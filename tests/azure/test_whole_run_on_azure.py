"""One brief from end to end over the adapters of Azure: documents in Cosmos DB, bytes in Blob Storage, events on Service Bus, a preview on
Container Apps.
"""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path

import pytest
from azure_cases import CONTAINER, ROOT, Cloud, new_home, qlf, said, served, until

from shared.stores.azure.cosmos.outbox import LEASE_SECONDS
from tests.peers.azurite import why_not

pytestmark = [pytest.mark.azure, pytest.mark.skipif(why_not() is not None, reason=str(why_not()))]
GOLDEN = (ROOT / "tests" / "e2e" / "golden_capsule.txt").read_text().strip()
BRIEF = "Create a REST API for a notice board: a notice has a title, a text and a state (draft, posted). Editors manage notices."
<<<<<<< HEAD
DATABASE, CONTAINER = "factory", "artifacts"
PATIENCE = 300.0
"""Seconds: a run that is killed twice and goes on takes about one minute on an idle machine."""


@dataclass
class Cloud:
    """The peers, and what a process must be told to use them."""

    cosmos: FakeCosmos
    broker: Broker
    bus: AmqpServer
    arm: Azure
    blobs: BlobServiceClient
    environment: dict[str, str]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    place = tmp_path_factory.mktemp("cloud")
    cosmos = FakeCosmos().start()
    cosmos.make(DATABASE, definitions())
    broker = Broker("factory-events", Subscription("audit"))
    with ExitStack() as stack:
        stack.callback(cosmos.stop)
        bus = stack.enter_context(amqp_server(broker))
        store = stack.enter_context(azurite())
        blobs = stack.enter_context(BlobServiceClient.from_connection_string(store.connection_string))
        blobs.create_container(CONTAINER)
        made = certificate(place)
        arm = stack.enter_context(azure_in_a_thread(made))
        identity = stack.enter_context(fake_identity())
        trusted = place / "trusted.pem"
        system = ssl.get_default_verify_paths().cafile
        trusted.write_bytes(made.cert.read_bytes() + (Path(system).read_bytes() if system else b""))
        environment = {
            "COSMOS_ENDPOINT": cosmos.endpoint, "COSMOS_KEY": KEY, "QLF_COSMOS_DATABASE": DATABASE,
            "QLF_BLOB_CONNECTION_STRING": store.connection_string, "QLF_BLOB_CONTAINER": CONTAINER,
            "QLF_SERVICEBUS_CONNECTION_STRING": bus.connection_string,
            "QLF_ARM_ENDPOINT": arm.url, "QLF_PREVIEW_ENVIRONMENT_ID": f"{GROUP}/Microsoft.App/managedEnvironments/env",
            "QLF_PREVIEW_LOCATION": "westeurope", "QLF_REGISTRY_ID": REGISTRY, "QLF_REGISTRY_SERVER": arm.url.removeprefix("https://"),
            "QLF_PREVIEW_PULL_IDENTITY_ID": f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/pull",
            "AZURE_CLIENT_ID": "33333333-3333-4333-8333-333333333333", "SSL_CERT_FILE": str(trusted), **identity.environment,
        }  # fmt: skip
        yield Cloud(cosmos, broker, bus, arm, blobs, environment)


def new_home(folder: Path) -> Path:
    """An empty data folder with the environments that other tests keep, but with no verdict of theirs."""
    folder.mkdir(mode=0o700)
    (KEPT / "envs").mkdir(parents=True, exist_ok=True)
    (folder / "envs").symlink_to(KEPT / "envs")
    return folder


def qlf(cloud: Cloud, home: Path, *arguments: str) -> dict[str, Any]:
    """One call of the command line; its result line."""
    return lines(cloud, home, *arguments)[-1]


def lines(cloud: Cloud, home: Path, *arguments: str) -> list[dict[str, Any]]:
    """One call of the command line; its lines."""
    environment = {**os.environ, **cloud.environment, "QLF_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "cli", *arguments, "--json"]
    done = subprocess.run(command, env=environment, cwd=home.parent, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return [dict(json.loads(line)) for line in done.stdout.splitlines()]


def until(condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
=======
>>>>>>> fab03ee (Search every sink of a whole run on Azure's adapters for the secrets of the installation)


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
    told = [line["event"] for line in lines(cloud, home, "events", result["run_id"]) if line["type"] == "event"]
    assert [(event["type"], event["data"]["actor"]["kind"]) for event in told if event["type"].startswith("preview.")] == [
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
        events = told(cloud, home, run_id, *remote)
        until(lambda: set(events) <= set(cloud.broker.accepted), "an event was lost", LEASE_SECONDS + 60)

    arrived = [identity for identity in cloud.broker.ids("audit") if identity in set(events)]
    assert arrived == events
    assert qlf(cloud, home, "runs")["exit_code"] == 0


def heard(cloud: Cloud, run_id: str) -> int:
    """How many events of this run have arrived; hosts also send what a run before it left in the outbox."""
    with cloud.broker.guard:
        return sum(item.session == run_id for item in cloud.broker.subscriptions["audit"].items)


def told(cloud: Cloud, home: Path, run_id: str, *remote: str) -> list[str]:
    """The ids of a run's events, in their order."""
    lines = [json.loads(line) for line in said(cloud, home, "events", run_id, *remote).splitlines()]
    return [line["event"]["id"] for line in lines if line["type"] == "event"]
