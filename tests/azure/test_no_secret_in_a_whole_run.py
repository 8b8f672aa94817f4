"""Canaries in a whole run on Azure's adapters, by a host of its own: what the installation knows must reach no sink that others read.

Sinks: documents, messages, what Resource Manager is sent, the durable history, logs, what the command line writes, and the app's files.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from installation_cases import DATABASE, Cloud, new_home, said, served, until

from tests.fakes.amqp import KEY as BUS_KEY
from tests.fakes.cosmos import KEY as COSMOS_KEY
from tests.fakes.cosmos import definitions
from tests.fakes.identity import SECRET as IDENTITY_SECRET
from tests.peers.azurite import why_not

pytestmark = [pytest.mark.azure, pytest.mark.skipif(why_not() is not None, reason=str(why_not()))]
PASSWORD = "canary-hunter2-canary"
BRIEF = f"An API for a lost property office: an item has a name and a place. Clerks manage items. The admin password is {PASSWORD}."
HOOK = "canary-webhook-secret-of-length"


@pytest.fixture
def signer() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_a_whole_run_shows_no_secret(cloud: Cloud, signer: str, tmp_path: Path) -> None:
    home, app = new_home(tmp_path / "home"), tmp_path / "app"
    planted = {"QLF_SIGNING_KEY_PEM": base64.b64encode(signer.encode()).decode(), "QLF_WEBHOOK_CI_SECRET": HOOK}
    installation = dataclasses.replace(cloud, environment={**cloud.environment, **planted})
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    remote = ("--endpoint", f"http://127.0.0.1:{port}")
    with served(installation, home, port):
        output = said(installation, home, "generate", BRIEF, "--output", str(app), "--deploy", "preview", *remote)
        run_id = str(json.loads(output.splitlines()[-1])["run_id"])
        output += said(installation, home, "status", run_id, *remote) + said(installation, home, "events", run_id, *remote)
        until(lambda: any(item.session == run_id for item in cloud.broker.subscriptions["audit"].items), "no event arrived")
        until(lambda: "run.completed" in dict(sinks(cloud, home, app, output))["messages"], "the last event did not arrive")

        found = dict(sinks(cloud, home, app, output))
        output += said(installation, home, "preview", "delete", next(iter(cloud.arm.apps.values()))["tags"]["qlf-preview"], *remote)

    assert all(found.values()), "a sink that is empty proves nothing"
    assert [name for name, text in found.items() if run_id not in text] == ["logs"], "what is in a sink is found in it"
    account = cloud.environment["QLF_BLOB_CONNECTION_STRING"].partition("AccountKey=")[2].partition(";")[0]
    keys = {COSMOS_KEY, BUS_KEY, account, IDENTITY_SECRET, (home / "token").read_text().strip(), signer.splitlines()[1], *planted.values()}
    tokens = {part for token in cloud.identity.given for part in token.split(".")[1:]}
    secrets = keys | tokens | {"SharedAccessSignature", "sig=", "?code=", "taskHub="}
    assert [(name, secret[:40]) for name, text in found.items() for secret in secrets if secret in text] == []
    own_words = {"app", "output"}  # the ledger quotes its brief, to whom the brief belongs
    assert [name for name, text in found.items() if PASSWORD in text and name not in own_words] == []


def sinks(cloud: Cloud, home: Path, app: Path, output: str) -> Iterator[tuple[str, str]]:
    """What lies where others can read."""
    containers = [cloud.cosmos.container(DATABASE, one["id"]) for one in definitions()]
    yield "documents", json.dumps([item.body for container in containers for item in container.live()], ensure_ascii=False)
    with cloud.broker.guard:
        messages = [item.message for item in cloud.broker.subscriptions["audit"].items]
        yield "messages", "\n".join(f"{message.subject} {message.properties} {bytes(message.body)!r}" for message in messages)
    yield "resources", json.dumps([cloud.arm.apps, cloud.arm.builds, cloud.arm.asked])
    yield "history", "\n".join(line for file in home.glob("hubs/**/*.db") for line in dumped(file))
    yield "logs", "\n".join(file.read_text(errors="replace") for file in [home / "serve.log", *home.glob("logs/**/*.log")])
    yield "output", output
    yield "app", "\n".join(file.read_text(errors="replace") for file in app.rglob("*") if file.is_file())


def dumped(file: Path) -> list[str]:
    """The rows of a database, as SQL."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        return list(connection.iterdump())
