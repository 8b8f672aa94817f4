"""host.json and the sample of local settings: `func start` with Azurite works as checked out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.settings import variables

ROOT = Path(__file__).resolve().parents[3]
KNOWN = json.loads((Path(__file__).parent / "durable_host_keys.json").read_text())["durableTask"]
OF_THE_HOST = {
    "FUNCTIONS_WORKER_RUNTIME": "python",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING": "true",
    "PYTHON_ISOLATE_WORKER_DEPENDENCIES": "1",
    "PYTHON_THREADPOOL_THREAD_COUNT": "8",
}


def host() -> dict[str, Any]:
    return json.loads((ROOT / "host.json").read_text())


def unknown(given: dict[str, Any], known: dict[str, Any], path: str = "") -> Iterator[str]:
    """Keys that the extension would ignore without a word; what storageProvider holds belongs to the provider."""
    for key, value in given.items():
        if key not in known:
            yield f"{path}{key}"
        elif isinstance(value, dict) and isinstance(known[key], dict):
            yield from unknown(value, known[key], f"{path}{key}.")


def test_every_durable_key_is_one_that_the_extension_reads() -> None:
    assert list(unknown(host()["extensions"]["durableTask"], KNOWN)) == []


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("taskHub", "x", "taskHub"),
        ("tracing", {"version": "V2", "traceInput": True}, "tracing.traceInput"),
        ("httpSettings", {"x": {}}, "httpSettings.x"),
    ],
)
def test_a_key_that_the_extension_would_ignore_is_found(key: str, value: object, found: str) -> None:
    assert found in list(unknown(host()["extensions"]["durableTask"] | {key: value}, KNOWN))


def test_the_hub_is_in_azure_storage_until_a_setting_says_otherwise() -> None:
    durable = host()["extensions"]["durableTask"]
    assert durable["storageProvider"] == {"type": "AzureStorage"}
    assert durable["hubName"].isalnum()
    assert (durable["versionMatchStrategy"], durable["versionFailureStrategy"]) == ("CurrentOrOlder", "Reject")


def test_telemetry_is_open_telemetry_with_one_trace_and_no_payloads() -> None:
    assert host()["telemetryMode"] == "OpenTelemetry"
    assert "applicationInsights" not in host()["logging"]  # its keys are ignored in this mode
    tracing = host()["extensions"]["durableTask"]["tracing"]
    assert tracing == {"distributedTracingEnabled": True, "version": "V2"}


def test_the_sample_holds_exactly_the_settings_of_the_app_and_of_the_host() -> None:
    sample = json.loads((ROOT / "local.settings.sample.json").read_text())
    values = sample["Values"]
    read = {name for name, _ in variables() if not name.startswith("WEBSITE_")}
    assert set(values) == read | set(OF_THE_HOST), "run `make docs`"
    assert {name: values[name] for name in OF_THE_HOST} == OF_THE_HOST
    assert {values[name] for name in read} == {""}
    assert sample["IsEncrypted"] is False
