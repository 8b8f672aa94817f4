"""Canaries: secrets are planted everywhere they can be, things go well and wrong, and no sink may hold one of them.

Sinks: answers (bodies and headers), logs of every logger down to debug, the copies of log records that are exported, events, run documents,
what the durable host is sent, spans, metrics.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import httpx2
import pytest
from api_cases import Door, open_door
from api_entra import SECRET, entra_door, values_of
from api_furniture import furnish
from azure.durable_functions.models.DurableOrchestrationStatus import DurableOrchestrationStatus
from cryptography.hazmat.primitives.asymmetric import ec
from loopback_entra import Entra, pem, serving
from opentelemetry import trace
from opentelemetry.metrics import _internal as meters
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from test_api_audit import variants
from test_api_webhooks import signed

from api.identity import local_token
from shared.settings import Settings, load_settings
from shared.telemetry import metering
from shared.telemetry.logs import cleaned
from shared.telemetry.scrub import Addresses

PASSWORD = "canary-hunter2-canary"
BRIEF = f"A library: members borrow books. The admin password is {PASSWORD}."
MANAGEMENT = "http://127.0.0.1:7071/runtime/webhooks/durabletask/instances/x?taskHub=h&connection=Storage&code=canary-system-key"
SIGNER = pem(ec.generate_private_key(ec.SECP256R1()))
PLANTED: dict[str, Any] = {
    "signing_key_pem": base64.b64encode(SIGNER.encode()).decode(),
    "cosmos_key": "canary-cosmos-key",
    "blob_connection_string": "DefaultEndpointsProtocol=https;AccountKey=canary-blob-key",
    "servicebus_connection_string": "Endpoint=sb://x/;SharedAccessKey=canary-bus-key",
    "applicationinsights_connection_string": "InstrumentationKey=canary-insights-key",
    "webhook_github_secret": "canary-github-secret",
    "webhook_gitlab_secret": "canary-gitlab-secret",
    "webhook_ci_secret": "canary-ci-secret-of-length",
}


@pytest.fixture(scope="module")
def entra() -> Iterator[Entra]:
    with serving() as made:
        yield made


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Every span of the API, as it would be exported."""
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(Addresses())
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield kept
    provider.shutdown()


class Sinks:
    """Where a secret could come out."""

    def __init__(self, caplog: pytest.LogCaptureFixture, spans: InMemorySpanExporter, metrics: InMemoryMetricReader) -> None:
        self.caplog, self.spans, self.metrics = caplog, spans, metrics
        self.answers: list[tuple[str, str]] = []
        caplog.set_level(logging.DEBUG)

    def heard(self, answer: httpx2.Response) -> None:
        request = f"{answer.request.method} {answer.request.url.path}"
        self.answers.append((request, f"{answer.status_code} {answer.headers} {answer.text}"))

    async def search(self, door: Door, *secrets: str, own_words: tuple[str, ...] = ()) -> None:
        """No sink holds a secret. `own_words`: addresses that give a caller the words of their own brief."""
        runs = [run for project in ("default", "theirs") for run in (await door.stores.runs.list(project, limit=100)).items]
        kept = {
            "logs": "\n".join(self.caplog.handler.format(record) for record in self.caplog.records),
            "exported": "\n".join(repr(vars(cleaned(record))) for record in self.caplog.records if record.name.startswith("qlf")),
            "metrics": (found := self.metrics.get_metrics_data()) and found.to_json(),
            "spans": "\n".join(span.to_json() for span in self.spans.get_finished_spans()),
            "host": repr(door.host.instances) + repr(door.host.events),
            "runs": "\n".join(run.model_dump_json() for run in runs),
            "events": "\n".join([event.model_dump_json() for run in runs for event in await door.stores.runs.events(run.id, limit=1000)]),
        }
        assert all(kept.values()), "a sink that is empty proves nothing"
        for secret in secrets:
            assert [name for name, text in kept.items() if secret in (text or "")] == [], secret
            telling = [request for request, text in self.answers if secret in text and not request.endswith(own_words or ("\0",))]
            assert telling == [], secret


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemoryMetricReader]:
    """Every metric of the API, as it would be exported."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    monkeypatch.setattr(meters, "_METER_PROVIDER", provider)
    metering.connect()
    yield reader
    metering.disconnect()
    provider.shutdown()


@pytest.fixture
def sinks(caplog: pytest.LogCaptureFixture, spans: InMemorySpanExporter, metrics: InMemoryMetricReader) -> Sinks:
    return Sinks(caplog, spans, metrics)


async def knock_everywhere(door: Door, sinks: Sinks, ids: dict[str, str]) -> None:
    """Every operation of the document, every command and provider, with a body that it takes."""
    paths = (await door.http.get("/openapi.json")).json()["paths"]
    values = values_of(ids)
    for path, methods in paths.items():
        for method in methods:
            for variant in variants(path):
                body = {"brief": BRIEF} if variant.endswith(("/runs", "/compile")) else {"run_id": ids["run"], "status": "failed"}
                content = json.dumps(body if "webhooks" in variant or "brief" in body else {}).encode() if method != "get" else b""
                headers = {"Content-Type": "application/json"}
                if "/webhooks/" in variant:
                    name = variant.rpartition("/")[2]
                    headers |= signed(name, content, secret=PLANTED[f"webhook_{name}_secret"])
                url = f"http://127.0.0.1{variant.format(**values)}"
                sinks.heard(await door.http.request(method, url, content=content, headers=headers))


def broken(*_: Any, **__: Any) -> NoReturn:
    """A fault that quotes everything it should not."""
    raise RuntimeError(f"{BRIEF} {MANAGEMENT} {' '.join(PLANTED.values())}")


async def async_broken(*_: Any, **__: Any) -> NoReturn:
    broken()


async def break_everything(door: Door) -> None:
    for name in ("compile", "verify", "capsule_files"):
        object.__setattr__(door.services, name, broken)
    object.__setattr__(door.services, "dead_letters", SimpleNamespace(replay=async_broken))
    for name in ("refresh", "logs", "extend", "destroy"):
        setattr(door.previews, name, async_broken)
    for name in ("get_status", "start_new", "raise_event"):
        setattr(door.host, name, async_broken)


async def test_no_secret_leaves_where_entra_opens(tmp_path: Path, entra: Entra, sinks: Sinks) -> None:
    key = pem(ec.generate_private_key(ec.SECP256R1()))
    (tmp_path / "signer.pem").write_text(key)
    async with entra_door(tmp_path / "home", entra, signing_key=tmp_path / "signer.pem", **PLANTED) as door:
        ids = await furnish(door)
        tokens = [entra.token(roles=["Reader"]), entra.token(aud="x"), "canary-not-a-token"]
        await knock_everywhere(door, sinks, ids)
        for token in tokens:
            for path in ("/runs", f"/runs/{ids['run']}", "/whoami", "/nowhere"):
                sinks.heard(await door.http.post(path, json={"brief": BRIEF}, headers={"Authorization": f"Bearer {token}"}))
                sinks.heard(await door.http.get(path, headers={"Authorization": f"Bearer {token}"}))
        sinks.heard(await door.http.post("/runs", content=f'{{"brief": "{PASSWORD}'.encode()))
        sinks.heard(await door.http.post("/runs", json={"more": PASSWORD, "brief": [PASSWORD]}))
        await break_everything(door)
        await knock_everywhere(door, sinks, ids)
        statuses = {text[:3] for _, text in sinks.answers}
        assert {"200", "202", "401", "403", "404", "409", "422", "500", "503"} <= statuses
        mine = door.http.headers["Authorization"].removeprefix("Bearer ")
        await sinks.search(door, *PLANTED.values(), key.splitlines()[2], SIGNER.splitlines()[1], mine, *tokens, "canary-system-key")
        await sinks.search(door, *[token.rpartition(".")[2] for token in tokens[:2]])
        await sinks.search(door, PASSWORD, own_words=("/compile",))


async def test_no_secret_leaves_where_the_local_token_opens(tmp_path: Path, sinks: Sinks) -> None:
    door = open_door(tmp_path, Settings(home=tmp_path, entra_tenant_id=None, azure_site_name=None, **PLANTED))
    ids = await furnish(door)
    await knock_everywhere(door, sinks, ids)
    for wrong in (f"{local_token(tmp_path)}x", "canary-wrong-token"):
        sinks.heard(await door.http.get("/runs", headers={"Authorization": f"Bearer {wrong}"}))
    (tmp_path / "token").chmod(0o644)
    sinks.heard(await door.http.get("/runs"))
    assert sinks.answers[-1][1].startswith("503")
    (tmp_path / "token").chmod(0o600)
    await break_everything(door)
    await knock_everywhere(door, sinks, ids)
    await sinks.search(door, local_token(tmp_path), "canary-wrong-token", *PLANTED.values())
    await sinks.search(door, PASSWORD, own_words=("/compile",))
    door.stores.close()


async def test_management_urls_of_the_durable_host_stay_inside(tmp_path: Path, entra: Entra, sinks: Sinks) -> None:
    async with entra_door(tmp_path, entra, **PLANTED) as door:
        ids = await furnish(door)
        status = door.host.get_status

        async def telling(instance_id: str) -> Any:
            """A status whose every field holds a management URL."""
            said = {"output": MANAGEMENT, "customStatus": {"statusQueryGetUri": MANAGEMENT}, "input": MANAGEMENT, "history": [MANAGEMENT]}
            return DurableOrchestrationStatus.from_json((await status(instance_id)).to_json() | said)

        door.host.get_status = telling  # type: ignore[method-assign]  # the wire of a test
        await knock_everywhere(door, sinks, ids)
        await break_everything(door)
        await knock_everywhere(door, sinks, ids)
        assert len(sinks.answers) > 60
        await sinks.search(door, "/runtime/webhooks/durabletask", "statusQueryGetUri", "taskHub", "canary-system-key")


def test_settings_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(**PLANTED)
    shown = repr(settings) + str(settings) + settings.model_dump_json() + repr(settings.model_dump())
    assert [secret for secret in PLANTED.values() if secret in shown] == []


@pytest.mark.parametrize("name", ["QLF_WEBHOOK_GITHUB_SECRET", "COSMOS_KEY", "QLF_SIGNING_KEY_PEM"])
def test_an_unresolved_key_vault_reference_is_no_secret(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/x)")
    with pytest.raises(Exception, match=name) as caught:
        load_settings()
    assert "vault.azure.net" not in str(caught.value)


def test_a_short_webhook_secret_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QLF_WEBHOOK_CI_SECRET", SECRET[:10])
    with pytest.raises(Exception, match="QLF_WEBHOOK_CI_SECRET") as caught:
        load_settings()
    assert SECRET[:10] not in str(caught.value)
