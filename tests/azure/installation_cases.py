"""An installation whose peers are on this machine: Azurite, and servers on loopback that speak the wire protocols.

The SDKs are the real ones.
"""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.storage.blob import BlobServiceClient

from tests.fakes.amqp import AmqpServer, Broker, Subscription, amqp_server
from tests.fakes.arm import GROUP, REGISTRY, Azure, azure_in_a_thread
from tests.fakes.cosmos import KEY, FakeCosmos, definitions
from tests.fakes.identity import FakeIdentity, fake_identity
from tests.fakes.tls import certificate
from tests.peers.azurite import azurite

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".qlf-home" / "test-cache"
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
    identity: FakeIdentity
    environment: dict[str, str]


@contextmanager
def open_cloud(place: Path) -> Iterator[Cloud]:
    """The peers, until the end of the block."""
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
        yield Cloud(cosmos, broker, bus, arm, blobs, identity, environment)


def new_home(folder: Path) -> Path:
    """An empty data folder with the environments that other tests keep, but with no verdict of theirs."""
    folder.mkdir(mode=0o700)
    (KEPT / "envs").mkdir(parents=True, exist_ok=True)
    (folder / "envs").symlink_to(KEPT / "envs")
    return folder


def said(cloud: Cloud, home: Path, *arguments: str) -> str:
    """What one call of the command line writes: its last line is the result."""
    environment = {**os.environ, **cloud.environment, "QLF_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "cli", *arguments, "--json"]
    done = subprocess.run(command, env=environment, cwd=home.parent, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def qlf(cloud: Cloud, home: Path, *arguments: str) -> dict[str, Any]:
    """One call of the command line; its result line."""
    return dict(json.loads(said(cloud, home, *arguments).splitlines()[-1]))


def until(condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


@contextmanager
def served(cloud: Cloud, home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`qlf serve` in a process group of its own, until the end of the block or a kill."""
    environment = {**os.environ, **cloud.environment, "QLF_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "cli", "serve", "--port", str(port)]
    with (
        (home / "serve.log").open("ab") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True) as host,
    ):
        try:
            until(lambda: answers(port, host), (home / "serve.log").read_text()[-2000:], 60)
            yield host
        finally:
            if host.poll() is None:
                os.killpg(host.pid, signal.SIGKILL)


def answers(port: int, host: subprocess.Popen[bytes]) -> bool:
    assert host.poll() is None
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
