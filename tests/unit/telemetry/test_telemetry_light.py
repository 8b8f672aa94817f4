"""Telemetry must not slow down what does not use it: who imports which part of OpenTelemetry."""

from __future__ import annotations

from pathlib import Path

import pytest
from ingestion import python

LOADED = "\nimport sys\nprint(sorted(m for m in sys.modules if m.startswith({prefix!r})))"


@pytest.mark.parametrize(
    "code",
    [
        "from cli.entry import main\nmain(['compile', 'A REST API for a library: members borrow books', '--json'])",
        "from cli.entry import main\nmain(['explain', 'QLF7150'])",
        "from cli.entry import main\nmain(['--help'])",
    ],
)
def test_commands_without_a_host_import_none_of_it(tmp_path: Path, code: str) -> None:
    done = python(code + LOADED.format(prefix="opentelemetry"), tmp_path)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


@pytest.mark.parametrize(
    "code", ["import function_app, api.app, activities.guard", "from shared.wiring import services\nservices()", "import shared.telemetry"]
)
def test_the_app_imports_no_sdk_unless_asked_for(tmp_path: Path, code: str) -> None:
    done = python(code + LOADED.format(prefix=("opentelemetry.sdk", "azure.monitor", "opencensus", "prometheus_client")), tmp_path)
    assert done.stdout.strip() == "[]", done.stderr


def test_metrics_alone_import_no_exporter(tmp_path: Path) -> None:
    code = "from shared.wiring import services\nservices()" + LOADED.format(
        prefix=("azure.monitor", "opencensus", "opentelemetry.sdk.trace.export")
    )
    assert python(code, tmp_path, QLF_METRICS="1").stdout.strip() == "[]"
