"""The hooks of `azd up`: what they ask, what they remember, and that the way that deploy.md calls the short one ends in a proof."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from bicep_reader import Bicep, said
from deployed_azure import RUN, SITE, serving
from entra_tenant import ME, Tenant

from scripts.entra_app import AZURE_CLI

ROOT = Path(__file__).resolve().parents[3]
MAIN = Bicep(ROOT / "infra-bicep" / "main.bicep")
PARAMETERS = json.loads((ROOT / "infra-bicep" / "main.parameters.json").read_text())["parameters"]
HOOKS = ("azd_preprovision.sh", "azd_postdeploy.sh")


class Azd:
    """An azd environment, and the programs that a hook calls. The Azure CLI leads to a tenant in a file."""

    def __init__(self, folder: Path) -> None:
        self.tenant = Tenant(folder)
        self.written = folder / "written"
        self.written.touch()
        self.program("azd", f'[ "$1 $2" = "env set" ] && printf "%s\\t%s\\n" "$3" "$4" >> "{self.written}"')
        self.program("make", "exit 0")

    def program(self, name: str, body: str) -> None:
        file = self.tenant.file.parent / "bin" / name
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)

    @property
    def values(self) -> dict[str, str]:
        """What hooks wrote into the environment."""
        return dict(line.split("\t") for line in self.written.read_text().splitlines())

    def hook(self, name: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        command = ["/bin/sh", str(ROOT / "scripts" / name), *arguments]
        surroundings = self.tenant.env | self.values | env
        return subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False, timeout=120)

    def provision(self, **env: str) -> subprocess.CompletedProcess[str]:
        return self.hook("azd_preprovision.sh", AZURE_ENV_NAME="dev", FACTORY_CONTACT_EMAIL="a@example.com", **env)


@pytest.fixture
def azd(tmp_path: Path) -> Azd:
    return Azd(tmp_path)


def test_the_hooks_read_what_azd_sets() -> None:
    known = set(re.findall(r"\$\{(\w+)", json.dumps(PARAMETERS))) | MAIN.outputs
    for name in HOOKS:
        read = set(re.findall(r"\$\{([A-Z]\w+):[?-]", (ROOT / "scripts" / name).read_text()))
        assert read
        assert read <= known


def test_the_hooks_and_the_registration_mean_the_same_program() -> None:
    for name in HOOKS:
        assert re.findall(r"azure_cli=(\S+)", (ROOT / "scripts" / name).read_text()) == [AZURE_CLI]


def test_an_azd_that_cannot_read_lists_from_variables_is_turned_away() -> None:
    project = yaml.safe_load((ROOT / "azure.yaml").read_text())
    (wanted,) = re.findall(r"^>= (\d+)\.(\d+)\.(\d+)$", project["requiredVersions"]["azd"])
    assert tuple(map(int, wanted)) >= (1, 23, 4)


def test_provisioning_asks_for_a_contact_first(azd: Azd) -> None:
    done = azd.hook("azd_preprovision.sh", AZURE_ENV_NAME="dev")
    assert done.returncode == 2
    assert "FACTORY_CONTACT_EMAIL" in done.stderr
    assert azd.values == {}


def test_what_cannot_be_guessed_is_made_once_and_remembered(azd: Azd) -> None:
    done = azd.provision()
    assert done.returncode == 0, done.stderr
    (app,) = azd.tenant.state["apps"]
    assert app["displayName"] == "QuantumLayer Factory dev"
    values = azd.values
    assert values == {
        "ENTRA_CLIENT_ID": app["appId"],
        "FACTORY_AUTOMATION_CLIENT_IDS": json.dumps([AZURE_CLI]),
        "FACTORY_BUDGET_START": values["FACTORY_BUDGET_START"],
    }
    assert datetime.fromisoformat(values["FACTORY_BUDGET_START"]).replace(tzinfo=UTC) <= datetime.now(UTC)
    assert values["FACTORY_BUDGET_START"].endswith("-01")
    again = azd.provision()
    assert (again.returncode, again.stderr) == (0, "")
    assert len(azd.written.read_text().splitlines()) == 3


def test_a_later_provisioning_keeps_the_month_of_the_first(azd: Azd) -> None:
    assert azd.provision(FACTORY_BUDGET_START="2026-01-01").returncode == 0
    assert "FACTORY_BUDGET_START" not in azd.values


def test_a_registration_that_was_refused_is_not_remembered(azd: Azd) -> None:
    azd.program("az", "echo 'Insufficient privileges' >&2; exit 1")
    done = azd.provision()
    assert done.returncode == 1
    assert "Insufficient privileges" in done.stderr
    assert "ENTRA_CLIENT_ID" not in azd.values


def test_a_registration_that_somebody_else_made_is_used_as_it_is_where_it_may_not_be_changed(azd: Azd) -> None:
    azd.program("az", "echo 'Insufficient privileges' >&2; exit 1")
    done = azd.provision(ENTRA_CLIENT_ID="11111111-2222-3333-4444-555555555555")
    assert done.returncode == 0
    assert "is used as it is" in done.stderr


def test_in_prod_nobody_becomes_an_operator_and_the_azure_cli_stays_outside(azd: Azd) -> None:
    assert azd.provision(FACTORY_PROFILE="prod").returncode == 0
    assert "FACTORY_AUTOMATION_CLIENT_IDS" not in azd.values
    assert azd.tenant.state["grants"] == []


def allowed_by_the_template(values: dict[str, str]) -> set[str]:
    """The clients that App Service lets through when azd hands these values to the template."""
    site = next(module for module in MAIN.modules if module.symbol == "app")
    allowed = "union([ entraClientId ], empty(cliClientId) ? [] : [ cliClientId ], automationClientIds)"
    assert said(site.get("params", "allowedClientIds")) == allowed  # type: ignore[arg-type]
    named = {name: PARAMETERS[name]["value"].strip("${}") for name in ("entraClientId", "cliClientId", "automationClientIds")}
    one = {values.get(named[name], "") for name in ("entraClientId", "cliClientId")} - {""}
    return {*one, *json.loads(values.get(named["automationClientIds"], "[]"))}


def proof(azd: Azd, values: dict[str, str], **env: str) -> subprocess.CompletedProcess[str]:
    with serving() as azure:
        azure.client, azure.statuses = values["ENTRA_CLIENT_ID"], ["completed"]
        azure.allowed = allowed_by_the_template(values)
        ready = {"SESSION_POOL_READY": "true", "SIGNING_KEY_READY": "true", "SERVICE_API_URI": azure.url, "SERVICE_API_ID": SITE}
        return azd.hook("azd_postdeploy.sh", "--arm", azure.url, "--polls", "1", **ready | values | env)


def test_the_short_way_ends_in_a_proof(azd: Azd) -> None:
    assert azd.provision().returncode == 0
    done = proof(azd, azd.values)
    assert done.returncode == 0, done.stderr
    assert f"brief: run {RUN} is completed" in done.stdout
    (app,) = azd.tenant.state["apps"]
    operator = next(role["id"] for role in app["appRoles"] if role["value"] == "Operator")
    assert [(grant["principalId"], grant["appRoleId"]) for grant in azd.tenant.state["grants"]] == [(ME, operator)]


def test_a_door_that_does_not_know_the_azure_cli_ends_the_proof(azd: Azd) -> None:
    assert azd.provision().returncode == 0
    pipeline_only = azd.values | {"FACTORY_AUTOMATION_CLIENT_IDS": '["11111111-2222-3333-4444-555555555555"]'}
    done = proof(azd, pipeline_only, FACTORY_AUTOMATION_CLIENT_IDS=azd.values["FACTORY_AUTOMATION_CLIENT_IDS"])
    assert done.returncode == 1
    assert "brief: FAILED" in done.stderr


def test_where_the_azure_cli_stays_outside_nothing_is_proved_and_that_is_said(azd: Azd) -> None:
    done = azd.hook("azd_postdeploy.sh", SESSION_POOL_READY="true", SIGNING_KEY_READY="true")
    assert done.returncode == 0
    assert "is not proved from here" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("pool", "key", "told"),
    [("false", "true", "no session pool yet"), ("true", "false", "no key to sign capsules with")],
)
def test_a_deployment_that_can_make_no_capsule_is_not_called_good(azd: Azd, pool: str, key: str, told: str) -> None:
    done = azd.hook("azd_postdeploy.sh", SESSION_POOL_READY=pool, SIGNING_KEY_READY=key)
    assert done.returncode == 0
    assert told in done.stderr


def test_a_deployment_is_not_checked_without_its_address(azd: Azd) -> None:
    allowed = json.dumps([AZURE_CLI])
    done = azd.hook("azd_postdeploy.sh", SESSION_POOL_READY="true", SIGNING_KEY_READY="true", FACTORY_AUTOMATION_CLIENT_IDS=allowed)
    assert done.returncode != 0
    assert "SERVICE_API_URI" in done.stderr
    assert os.access(ROOT / "scripts" / "azd_postdeploy.sh", os.X_OK)
