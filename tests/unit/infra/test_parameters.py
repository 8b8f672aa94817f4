"""Both ways to provision, `azd` and the pipeline, hand over every parameter of the template, from variables of the same names."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from bicep_reader import Bicep

ROOT = Path(__file__).resolve().parents[3]
FILES = ("infra-bicep/main.bicep", "infra-bicep/main.parameters.json", ".github/workflows/deploy.yml")
BY_PROFILE = {
    "environmentName": "the pipeline names the installation after its GitHub environment: infra-bicep/env",
    "profile": "the same",
}
"""Parameters that no variable of the pipeline sets, with the reason."""


def by_azd(root: Path) -> dict[str, str]:
    """Parameter -> the variable of the azd environment that sets it."""
    given = json.loads((root / "infra-bicep" / "main.parameters.json").read_text())["parameters"]
    return {name: str(re.findall(r"^\$\{(\w+)(?:=.*)?\}$", body["value"])[0]) for name, body in given.items()}


def provisioning(root: Path) -> dict[str, Any]:
    workflow = yaml.safe_load((root / ".github" / "workflows" / "deploy.yml").read_text())
    return next(step for step in workflow["jobs"]["deploy"]["steps"] if step.get("name") == "Provision")


def by_pipeline(root: Path) -> dict[str, str]:
    """Parameter -> the variable of the GitHub environment that sets it."""
    step = provisioning(root)
    given = dict(re.findall(r'^give (\w+) "\$(\w+)"$', step["run"], re.M))
    read = {name: str(re.findall(r"^\$\{\{ vars\.(\w+)", text)[0]) for name, text in step["env"].items() if "vars." in text}
    return {parameter: read.get(variable, f"nothing: {variable} is not in env") for parameter, variable in given.items()}


def left_out(root: Path) -> list[str]:
    """What one of both ways does not hand over, or the two call differently."""
    params = set(Bicep(root / "infra-bicep" / "main.bicep").params)
    azd, pipeline = by_azd(root), by_pipeline(root)
    problems = [f"{name}: not by azd" for name in sorted(params - set(azd))]
    problems += [f"{name}: not by the pipeline" for name in sorted(params - set(pipeline) - set(BY_PROFILE))]
    problems += [f"{name}: no such parameter" for name in sorted((set(azd) | set(pipeline)) - params)]
    both = sorted(set(azd) & set(pipeline))
    return problems + [f"{name}: {azd[name]} and {pipeline[name]}" for name in both if azd[name] != pipeline[name]]


def test_both_ways_hand_over_every_parameter() -> None:
    assert left_out(ROOT) == []
    assert not set(BY_PROFILE) & set(by_pipeline(ROOT))


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        (0, "param hubName", "param more string\nparam hubName", "more: not by azd"),
        (0, "param hubName", "param more string\nparam hubName", "more: not by the pipeline"),
        (1, '    "webhooks": {"value": "${FACTORY_WEBHOOKS}"},\n', "", "webhooks: not by azd"),
        (1, '"webhooks"', '"webhook"', "webhook: no such parameter"),
        (1, "${FACTORY_HUB_NAME}", "${FACTORY_HUB}", "hubName: FACTORY_HUB and FACTORY_HUB_NAME"),
        (2, '          give trustedKeys "$FACTORY_TRUSTED_KEYS"\n', "", "trustedKeys: not by the pipeline"),
        (2, "          FACTORY_PRIVATE_NETWORKING: ${{ vars.FACTORY_PRIVATE_NETWORKING }}\n", "", "privateNetworking: FACTORY_PRIVATE_N"),
    ],
)
def test_one_that_is_left_out_is_found(tmp_path: Path, file: int, old: str, new: str, found: str) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    text = (tmp_path / FILES[file]).read_text()
    assert old in text
    (tmp_path / FILES[file]).write_text(text.replace(old, new, 1))
    assert [problem for problem in left_out(tmp_path) if problem.startswith(found)]


def test_a_parameter_that_no_variable_sets_keeps_the_default_of_the_template() -> None:
    step = provisioning(ROOT)
    assert 'give() { if [ -n "$2" ]; then given+=("$1=$2"); fi; }' in step["run"]
    assert '"@$PARAMETERS" "${given[@]}"' in step["run"]  # the later ones win
    assert {name for name, text in step["env"].items() if "||" in text} == {"FACTORY_AUTOMATION_CLIENT_IDS"}


def test_the_deployment_hands_over_every_parameter_that_has_no_default() -> None:
    required = {name for name, optional in Bicep(ROOT / "infra-bicep" / "main.bicep").params.items() if not optional}
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "deploy.yml").read_text())
    for profile in workflow[True]["workflow_dispatch"]["inputs"]["environment"]["options"]:
        file = json.loads((ROOT / "infra-bicep" / "env" / f"{profile}.parameters.json").read_text())["parameters"]
        assert required <= set(by_pipeline(ROOT)) | set(file)
        assert set(BY_PROFILE) <= set(file)


def test_the_pipeline_reads_outputs_that_there_are() -> None:
    said = set(re.findall(r"say (\w+)\)", provisioning(ROOT)["run"]))
    assert said
    assert said <= Bicep(ROOT / "infra-bicep" / "main.bicep").outputs


def test_lists_and_objects_have_no_default_in_the_file_of_azd() -> None:
    # A brace would end the substitution early; azd leaves a parameter out whose variable is not set.
    given = json.loads((ROOT / "infra-bicep" / "main.parameters.json").read_text())["parameters"]
    typed = dict(re.findall(r"^param (\w+) (array|object)\b", (ROOT / "infra-bicep" / "main.bicep").read_text(), re.M))
    assert len(typed) >= 5
    assert not [name for name in typed if "=" in given[name]["value"]]
