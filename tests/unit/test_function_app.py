"""The door: which functions the worker finds, how each is bound, and what the deployment package holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pathspec
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ORCHESTRATIONS = {"run", "component", "preview"}
ACTIVITIES = {
    "transition", "compile_brief", "plan", "generate", "assemble", "run_gate", "repair", "report", "package", "open_preview",
    "close_preview",
}  # fmt: skip


@pytest.fixture(scope="module")
def functions() -> dict[str, Any]:
    """Functions and bindings as the host lists them."""
    command = [sys.executable, "-m", "funchost", str(ROOT), "--list", "--strict"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["functions"]


def test_the_worker_finds_exactly_these_functions(functions: dict[str, Any]) -> None:
    assert set(functions) == {"api", "sweeper", "outbox"} | ORCHESTRATIONS | ACTIVITIES


@pytest.mark.parametrize("name", sorted(ORCHESTRATIONS))
def test_orchestrations_are_bound_to_their_context(functions: dict[str, Any], name: str) -> None:
    assert [(key, binding["type"]) for key, binding in functions[name].items()] == [("context", "orchestrationTrigger")]


@pytest.mark.parametrize("name", sorted(ACTIVITIES))
def test_activities_are_bound_to_their_job(functions: dict[str, Any], name: str) -> None:
    assert [(key, binding["type"]) for key, binding in functions[name].items()] == [("job", "activityTrigger")]


def test_http_goes_through_one_anonymous_catch_all_with_a_durable_client(functions: dict[str, Any]) -> None:
    api = functions["api"]
    trigger = next(binding for binding in api.values() if binding["type"] == "httpTrigger")
    assert {binding["type"] for binding in api.values()} == {"httpTrigger", "http", "durableClient"}
    assert (trigger["route"], str(trigger["authLevel"]).lower().rsplit(".")[-1]) == ("{*route}", "anonymous")


@pytest.mark.parametrize(("name", "schedule"), [("sweeper", "0 */5 * * * *"), ("outbox", "*/10 * * * * *")])
def test_what_nobody_asks_for_runs_on_a_timer(functions: dict[str, Any], name: str, schedule: str) -> None:
    (binding,) = functions[name].values()
    assert (binding["type"], binding["schedule"]) == ("timerTrigger", schedule)


def test_listing_the_functions_imports_no_heavy_package() -> None:
    heavy = ["fastapi", "pydantic", "jinja2", "cyclonedx", "spdx_tools", "cryptography", "uvicorn"]
    code = f"import sys, function_app; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def packaged() -> set[str]:
    """The files that a deployment would send: those that git knows, less those that `.funcignore` names."""
    known = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    ignore = pathspec.PathSpec.from_lines("gitignore", (ROOT / ".funcignore").read_text().splitlines())
    return {path for path in known if not ignore.match_file(path)}


def test_the_package_holds_what_runs_and_no_tests() -> None:
    files = packaged()
    assert {"function_app.py", "host.json", "requirements.txt", "shared/gates/requirements.txt"} <= files
    for room in ("api/", "orchestrators/", "activities/", "shared/", "blueprints/fastapi/", "overlays/", "prompts/"):
        assert any(path.startswith(room) for path in files), room
    assert not [path for path in files if path.startswith(("tests/", "docs/", "funchost/", "cli/", "."))]


def test_blueprint_tests_and_readmes_are_part_of_the_package() -> None:
    templates = subprocess.run(["git", "ls-files", "blueprints"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert set(templates) <= packaged()


def test_host_json_names_azure_storage_so_that_func_start_works_as_checked_out() -> None:
    durable = json.loads((ROOT / "host.json").read_text())["extensions"]["durableTask"]
    assert durable["storageProvider"]["type"] == "AzureStorage"
    assert durable["hubName"].isalnum()


def test_the_sample_settings_hold_no_secret() -> None:
    values = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
    assert values["AzureWebJobsStorage"] == "UseDevelopmentStorage=true"
    assert values["FUNCTIONS_WORKER_RUNTIME"] == "python"


def test_ci_covers_every_supported_python() -> None:
    matrix = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"] == ["3.11", "3.12", "3.13"]
