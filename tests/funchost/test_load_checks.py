"""The verdict on an app is the one of the real Python worker, recorded in load.json."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.funchost.hosting import CONFORMANCE, ROOT, write_app

RECORDED = json.loads((CONFORMANCE / "load.json").read_text())
LATER = {"no-functions": "FH1101", "duplicate-routes": "FH1103", "orchestrator-alias": "FH1104", "sync-durable-client": "FH1105",
         "async-orchestrator": "FH1106", "timer-bad-schedule": "FH1107"}


def listing(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "funchost", str(folder), "--list", *arguments], cwd=ROOT, capture_output=True, text=True,
                          timeout=60, check=False, env={**os.environ})


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[subprocess.CompletedProcess[str]]]:
    base = tmp_path_factory.mktemp("load")

    def both(record: dict) -> list[subprocess.CompletedProcess[str]]:
        folder = write_app(base / record["name"], record["source"], header="")
        return [listing(folder), *([listing(folder, "--strict")] if record["name"] in LATER else [])]

    with ThreadPoolExecutor(3) as pool:
        return dict(zip([r["name"] for r in RECORDED], pool.map(both, RECORDED), strict=True))


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: r["name"])
def test_same_verdict_as_the_worker(record: dict, answers: dict) -> None:
    plain = answers[record["name"]][0]
    assert (plain.returncode == 0) == record["indexed"], plain.stderr
    if record["indexed"]:
        assert json.loads(plain.stdout) == {"functions": record["functions"]}
    else:
        assert record["index_error"] in plain.stderr
        assert "function_app.py" in plain.stderr


@pytest.mark.parametrize(("name", "code"), LATER.items())
def test_what_fails_later_is_a_warning_and_an_error_when_strict(name: str, code: str, answers: dict) -> None:
    plain, strict = answers[name]
    assert plain.returncode == 0
    assert code in plain.stderr
    assert strict.returncode == 1
    assert code in strict.stderr


def test_errors_name_file_and_line(answers: dict) -> None:
    assert "function_app.py:4" in answers["error-at-import"][0].stderr
    assert "function_app.py:4" in answers["activity-two-parameters"][0].stderr


def test_an_unregistered_name_is_found_by_reading_the_code(tmp_path: Path) -> None:
    folder = write_app(tmp_path / "app", '''
        STEP = "missspelt"
        @app.orchestration_trigger(context_name="context")
        def main(context):
            yield context.call_activity(STEP, 1)
            yield context.call_sub_orchestrator(name="nobody")
            yield context.call_activity("there", 1)
        @app.activity_trigger(input_name="x")
        def there(x):
            return x
        ''')
    plain, strict = listing(folder), listing(folder, "--strict")
    assert plain.returncode == 0
    assert 'FH1108: activity "missspelt"' in plain.stderr
    assert 'FH1109: orchestrator "nobody"' in plain.stderr
    assert "there\"" not in plain.stderr
    assert strict.returncode == 1
