"""The workflows, azure.yaml and its hooks: pinned, without secrets, and in step with the template and the scripts."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.check_infra import DOCKERFILES

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RECORDED_DIGESTS: set[str] = set()
"""Actions pinned by commit need a recorded source for it; none has one, so all are pinned by tag and renewed by the update bot."""


def load(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def badly_pinned(workflow: dict[str, Any]) -> list[str]:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    return [action for action in used if not re.fullmatch(r"[\w.-]+/[\w./-]+@v\d+(\.\d+)*", action) and action not in RECORDED_DIGESTS]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_renewed(path: Path) -> None:
    assert badly_pinned(load(path)) == []
    updates = load(ROOT / ".github" / "dependabot.yml")["updates"]
    assert {"github-actions", "pip"} <= {update["package-ecosystem"] for update in updates}


def not_renewed(root: Path) -> set[str]:
    """Folders of Dockerfiles, as the update bot spells them, whose base images it does not look at."""
    watched = {one["directory"] for one in load(root / ".github" / "dependabot.yml")["updates"] if one["package-ecosystem"] == "docker"}
    return {f"/{path.parent.relative_to(ROOT).as_posix()}" for path in DOCKERFILES.values()} ^ watched


def test_base_images_are_renewed() -> None:
    assert not_renewed(ROOT) == set()
    for path in DOCKERFILES.values():
        images = re.findall(r"^FROM (\S+)", path.read_text(), re.M)
        assert images
        assert not [image for image in images if ":" not in image or image.endswith(":latest")]


def test_a_base_image_that_nobody_renews_is_found(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    text = (ROOT / ".github" / "dependabot.yml").read_text()
    (tmp_path / ".github" / "dependabot.yml").write_text(text.replace("directory: /infra-bicep/runner", "directory: /runner"))
    assert not_renewed(tmp_path) == {"/infra-bicep/runner", "/runner"}


def test_a_floating_action_is_found() -> None:
    workflow = {"jobs": {"x": {"steps": [{"uses": "actions/checkout@main"}, {"uses": "actions/checkout"}, {"uses": "a/b@" + "0" * 40}]}}}
    assert len(badly_pinned(workflow)) == 3


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_hold_no_secret_and_ask_for_little(path: Path) -> None:
    workflow = load(path)
    assert "secrets." not in path.read_text()
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert job["timeout-minutes"] <= 90
        more = set(job.get("permissions", {})) - {"contents"}
        assert more == ({"id-token"} if (path.name, name) == ("deploy.yml", "deploy") else set())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_expression_is_pasted_into_a_script(path: Path) -> None:
    # What a caller typed would run as shell; it travels by the environment instead.
    assert not [step for step in steps(load(path)) if "${{" in step.get("run", "")]


def test_every_check_of_the_project_runs_on_a_pull_request() -> None:
    wanted = set(re.findall(r"^make ([\w-]+)$", (ROOT / ".ci" / "run").read_text(), re.M))
    assert wanted >= {"test", "azure-tests", "test-slow", "infra"}
    ran = {step["run"].removeprefix("make ") for step in steps(load(ROOT / ".github" / "workflows" / "ci.yml")) if "run" in step}
    assert wanted <= ran


def test_the_deployment_compiles_deploys_and_then_proves_it() -> None:
    workflow = load(ROOT / ".github" / "workflows" / "deploy.yml")
    assert workflow["jobs"]["deploy"]["needs"] == "build"
    done = [step.get("uses", step.get("run", "")) for step in workflow["jobs"]["deploy"]["steps"]]
    wanted = ("azure/login@", "deployment sub create", "Azure/functions-action@", "check_deployment")
    order = [next(i for i, text in enumerate(done) if part in text) for part in wanted]
    assert order == sorted(order)
    assert order[-1] == len(done) - 1
    action = next(step["with"] for step in workflow["jobs"]["deploy"]["steps"] if "functions-action" in step.get("uses", ""))
    assert action["remote-build"] is True
    assert not {"scm-do-build-during-deployment", "enable-oryx-build", "slot-name", "publish-profile"} & set(action)
    assert workflow["concurrency"]["cancel-in-progress"] is False  # a deployment that is cut off leaves half an installation


def test_azd_finds_the_template_the_app_and_its_hooks() -> None:
    azd = load(ROOT / "azure.yaml")
    assert (ROOT / azd["infra"]["path"] / f"{azd['infra']['module']}.bicep").is_file()
    assert (ROOT / azd["infra"]["path"] / f"{azd['infra']['module']}.parameters.json").is_file()
    (service,) = azd["services"]
    assert f"'azd-service-name': '{service}'" in (ROOT / "infra-bicep" / "modules" / "functionapp.bicep").read_text()
    assert azd["services"][service] == {"project": ".", "language": "python", "host": "function"}
    for hook in azd["hooks"].values():
        assert os.access(ROOT / hook["run"], os.X_OK)
