"""Both exporters of Azure Monitor over their wire: what a process records arrives, and nothing that it should keep to itself."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest
from ingestion import KEY, Ingestion, ingestion, python

RECORD = """
import logging
from shared.wiring import services
services()
from shared.telemetry import continued, failed, names, record, span
with continued("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
    with span("activity run_gate", kind="consumer", run_id="run_1", step="A clinic for Anna") as outer:
        record(names.HEARTBEAT, 2)
        record(names.GATE_DURATION, 2.5, gate="unit", scope="project", outcome="pass", blocks=False, cached=True)
        record(names.PREVIEWS_LIVE, 3)
        try:
            raise ValueError("A clinic for Anna")
        except ValueError:
            logging.getLogger("qlf.activities").exception("activity %s failed for %s", "plan", "A clinic for Anna")
        with span("inside"):
            pass
        failed(outer, "QLF4001")
"""
TRACE = "0af7651916cd43dd8448eb211c80319c"
KINDS = ("azure-monitor", "opencensus")


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ingestion]:
    """What each exporter sent for the same work."""
    found = {}
    for kind in KINDS:
        with ingestion() as endpoint:
            env = {"QLF_TELEMETRY_EXPORTER": kind, "APPLICATIONINSIGHTS_CONNECTION_STRING": endpoint.connection_string}
            done = python(RECORD, tmp_path_factory.mktemp(kind) / "home", QLF_ENVIRONMENT="tests", **env)
            assert done.returncode == 0, done.stderr
        found[kind] = endpoint
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_spans_arrive_in_their_trace(sent: dict[str, Ingestion], kind: str) -> None:
    spans = {e["data"]["baseData"]["name"]: e for e in sent[kind].of("RequestData") + sent[kind].of("RemoteDependencyData")}
    assert spans.keys() == {"activity run_gate", "inside"}
    outer, inner = spans["activity run_gate"], spans["inside"]
    assert {e["tags"]["ai.operation.id"] for e in spans.values()} == {TRACE}
    assert outer["tags"]["ai.operation.parentId"] == "b7ad6b7169203331"
    assert inner["tags"]["ai.operation.parentId"] == outer["data"]["baseData"]["id"]
    properties = outer["data"]["baseData"]["properties"]
    assert (properties["qlf.run_id"], properties["qlf.step"], properties["qlf.code"]) == ("run_1", "[removed]", "QLF4001")
    if kind == "azure-monitor":
        assert (outer["data"]["baseData"]["success"], inner["data"]["baseData"]["success"]) == (False, True)


@pytest.mark.parametrize("kind", KINDS)
def test_metrics_arrive_with_their_dimensions(sent: dict[str, Ingestion], kind: str) -> None:
    metrics = sent[kind].metrics()
    assert [point["value"] for point in metrics["qlf.heartbeat"]] == [2]
    assert [point["value"] for point in metrics["qlf.previews.live"]] == [3]
    duration = metrics["qlf.gate.duration" if kind == "azure-monitor" else "qlf.gate.duration.sum"][0]
    assert duration["value"] == 2.5
    assert duration["properties"] == {"gate": "unit", "scope": "project", "outcome": "pass", "blocks": "false", "cached": "true"}
    if kind == "azure-monitor":
        assert (duration["count"], duration["min"], duration["max"]) == (1, 2.5, 2.5)
    else:
        assert metrics["qlf.gate.duration.count"][0]["value"] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_log_records_arrive_in_their_trace(sent: dict[str, Ingestion], kind: str) -> None:
    (message,) = sent[kind].of("MessageData")
    assert message["data"]["baseData"]["message"] == "activity plan failed for [removed]"
    assert message["tags"]["ai.operation.id"] == TRACE
    properties = message["data"]["baseData"]["properties"]
    assert (properties["qlf.exception"], properties["qlf.run_id"]) == ("ValueError", "run_1")
    assert sent[kind].of("ExceptionData") == []


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_else_leaves(sent: dict[str, Ingestion], kind: str, tmp_path: Path) -> None:
    text = sent[kind].text()
    assert "anna" not in text
    assert platform.node().lower() not in {str(value).lower() for e in sent[kind].envelopes for value in e["tags"].values()}
    assert str(Path(__file__).parents[3]).lower() not in text
    assert {envelope["iKey"] for envelope in sent[kind].envelopes} == {KEY}
    assert {envelope["tags"]["ai.cloud.role"] for envelope in sent[kind].envelopes} == {"quantumlayer-factory"}
    assert sent[kind].authorization == [None] * len(sent[kind].raw)


WITH_CREDENTIAL = """
from azure.core.credentials import AccessToken
from shared.settings import load_settings
from shared.telemetry import configure, names, record
from shared.telemetry.azure import AzureMonitor, OpenCensus

class Identity:
    def get_token(self, *scopes, **_):
        assert scopes[0].startswith("https://monitor.azure.com//.default"), scopes
        return AccessToken("a-token-of-entra", 2**33)

settings = load_settings()
make = {"azure-monitor": AzureMonitor, "opencensus": OpenCensus}[settings.telemetry_exporter]
configure(settings, make(settings.applicationinsights_connection_string.get_secret_value(), credential=Identity()))
configure(settings, make("nonsense"))  # the second set-up of a process is none
record(names.HEARTBEAT)
"""


def test_an_identity_signs_what_is_sent(tmp_path: Path) -> None:
    with ingestion() as endpoint:
        env = {"QLF_TELEMETRY_EXPORTER": "opencensus", "APPLICATIONINSIGHTS_CONNECTION_STRING": endpoint.connection_string}
        done = python(WITH_CREDENTIAL, tmp_path, **env)
    assert done.returncode == 0, done.stderr
    assert set(endpoint.authorization) == {"Bearer a-token-of-entra"}
    assert "qlf.heartbeat" in endpoint.metrics()


REFUSED = """
from shared.model import QlfError
from shared.wiring import services
try:
    services()
except QlfError as error:
    print(error.code, error.detail)
"""
SECRET = "InstrumentationKey=not-a-key;IngestionEndpoint=http://127.0.0.1:1/"


@pytest.mark.parametrize(
    ("env", "code"),
    [
        ({"QLF_TELEMETRY_EXPORTER": "azure-monitor"}, "QLF7153"),
        ({"QLF_TELEMETRY_EXPORTER": "opencensus"}, "QLF7153"),
        ({"APPLICATIONINSIGHTS_CONNECTION_STRING": SECRET}, "QLF7152"),
        ({"APPLICATIONINSIGHTS_CONNECTION_STRING": SECRET, "QLF_TELEMETRY_EXPORTER": "opencensus"}, "QLF7152"),
        ({"APPLICATIONINSIGHTS_CONNECTION_STRING": "x", "QLF_TELEMETRY_EXPORTER": "opencensus"}, "QLF7152"),
    ],
)
def test_a_wrong_set_up_is_refused_by_code_and_without_the_secret(tmp_path: Path, env: dict[str, str], code: str) -> None:
    done = python(REFUSED, tmp_path, **env)
    assert done.stdout.startswith(code), done.stdout + done.stderr
    assert "not-a-key" not in done.stdout


@pytest.mark.parametrize(
    ("kind", "package"), [("azure-monitor", "azure.monitor.opentelemetry"), ("opencensus", "opencensus.ext.azure.common")]
)
def test_a_missing_exporter_says_what_to_install(tmp_path: Path, kind: str, package: str) -> None:
    env = {"QLF_TELEMETRY_EXPORTER": kind, "APPLICATIONINSIGHTS_CONNECTION_STRING": f"InstrumentationKey={KEY}"}
    done = python(f"import sys\nsys.modules[{package!r}] = None\n{REFUSED}", tmp_path, **env)
    assert done.stdout.startswith("QLF7151"), done.stdout + done.stderr


def test_without_an_exporter_nothing_is_sent(tmp_path: Path) -> None:
    with ingestion() as endpoint:
        env = {"QLF_TELEMETRY_EXPORTER": "none", "APPLICATIONINSIGHTS_CONNECTION_STRING": endpoint.connection_string}
        done = python(RECORD + "import sys\nprint([m for m in sys.modules if m.startswith('opentelemetry.sdk')])", tmp_path, **env)
    assert done.stdout.strip() == "[]", done.stderr
    assert endpoint.raw == []


def test_an_endpoint_that_is_down_hurts_nobody(tmp_path: Path) -> None:
    env = {"APPLICATIONINSIGHTS_CONNECTION_STRING": f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:9/"}
    done = python(RECORD + "print('done')", tmp_path, **env)
    assert (done.returncode, done.stdout.strip()) == (0, "done")
