"""The verdict on an app is the one of the real Python worker, recorded in load.json."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from funchost.cli import main
from funchost.errors import LoadFailed
from funchost.loading import load_app
from tests.funchost.hosting import CONFORMANCE, ROOT, write_app

RECORDED = json.loads((CONFORMANCE / "load.json").read_text())
LATER = {
    "no-functions": "FH1101",
    "duplicate-routes": "FH1103",
    "orchestrator-alias": "FH1104",
    "sync-durable-client": "FH1105",
    "async-orchestrator": "FH1106",
    "timer-bad-schedule": "FH1107",
}


def listing(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "funchost", str(folder), "--list", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ},
    )


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: r["name"])
def test_same_verdict_as_the_worker(record: dict, tmp_path: Path) -> None:
    folder = write_app(tmp_path / "app", record["source"], header="")
    if record["indexed"]:
        assert {f.name: f.listing() for f in load_app(folder).functions} == record["functions"]
        return
    with pytest.raises(LoadFailed) as failure:
        load_app(folder)
    assert failure.value.cause == record["index_error"]
    assert "function_app.py" in failure.value.where


@pytest.mark.parametrize(("name", "code"), LATER.items())
def test_what_fails_later_is_a_warning(name: str, code: str, tmp_path: Path) -> None:
    record = next(r for r in RECORDED if r["name"] == name)
    warning = load_app(write_app(tmp_path / "app", record["source"], header="")).warnings[0]
    assert warning.startswith(code)
    assert name == "no-functions" or re.search(r"function_app\.py:\d+\)$", warning)


@pytest.mark.parametrize("record", [r for r in RECORDED if r["indexed"]], ids=lambda r: r["name"])
def test_strict_refuses_what_fails_later_and_nothing_else(record: dict, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_app(tmp_path / "app", record["source"], header="")
    code = main([str(folder), "--list", "--strict"])
    shown = capsys.readouterr()
    if record["name"] in LATER:
        assert (code, shown.out) == (1, "")
        assert LATER[record["name"]] in shown.err
    else:
        assert (code, shown.err) == (0, "")
        assert json.loads(shown.out) == {"functions": record["functions"]}


def test_list_prints_the_functions_as_json(tmp_path: Path) -> None:
    record = next(r for r in RECORDED if r["name"] == "sync-durable-client")
    folder = write_app(tmp_path / "app", record["source"], header="")
    plain, strict = listing(folder), listing(folder, "--strict")
    assert json.loads(plain.stdout) == {"functions": record["functions"]}
    assert plain.returncode == 0
    assert "FH1105" in plain.stderr
    assert strict.returncode == 1
    assert "FH1105" in strict.stderr


@pytest.mark.parametrize(("name", "line"), [("error-at-import", 4), ("activity-two-parameters", 4), ("syntax-error", 4)])
def test_errors_name_file_and_line(name: str, line: int, tmp_path: Path) -> None:
    record = next(r for r in RECORDED if r["name"] == name)
    result = listing(write_app(tmp_path / "app", record["source"], header=""))
    assert result.returncode == 1
    assert record["index_error"] in result.stderr
    assert f"function_app.py:{line}" in result.stderr


def test_an_unregistered_name_is_found_by_reading_the_code(tmp_path: Path) -> None:
    folder = write_app(
        tmp_path / "app",
        """
        STEP = "missspelt"
        @app.orchestration_trigger(context_name="context")
        def main(context):
            yield context.call_activity(STEP, 1)
            yield context.call_sub_orchestrator(name="nobody")
            yield context.call_activity("there", 1)
        @app.activity_trigger(input_name="x")
        def there(x):
            return x
        """,
    )
    plain, strict = listing(folder), listing(folder, "--strict")
    assert plain.returncode == 0
    assert 'FH1108: activity "missspelt"' in plain.stderr
    assert 'FH1109: orchestrator "nobody"' in plain.stderr
    assert 'there"' not in plain.stderr
    assert strict.returncode == 1
