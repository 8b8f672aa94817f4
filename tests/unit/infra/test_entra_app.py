"""scripts/entra_app.sh: what it registers, and that a second run changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.identity.principal import USER_SCOPE, Role

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "scripts" / "entra_app.sh"
PIPELINE = "11111111-2222-3333-4444-555555555555"


class Tenant:
    """A tenant in a file, and the Azure CLI that leads to it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "tenant.json"
        az = folder / "bin" / "az"
        az.parent.mkdir()
        az.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{Path(__file__).parent / "fake_az.py"}" "$@"\n')
        az.chmod(0o755)
        self.env = {"PATH": f"{az.parent}:{os.defpath}", "FAKE_TENANT": str(self.file)}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(SCRIPT), *arguments], env=self.env, capture_output=True, text=True, check=False, timeout=60)

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text())
        del found["calls"]
        return found


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    return Tenant(tmp_path)


def test_the_registration_has_the_roles_and_the_scope_that_the_api_reads(tenant: Tenant) -> None:
    done = tenant.run("Factory dev")
    assert done.returncode == 0, done.stderr
    (app,) = tenant.state["apps"]
    assert done.stdout.strip() == app["appId"]
    assert [role["value"] for role in app["appRoles"]] == [role.title for role in Role if role]
    assert all(set(role["allowedMemberTypes"]) == {"User", "Application"} for role in app["appRoles"])
    assert [scope["value"] for scope in app["api"]["oauth2PermissionScopes"]] == [USER_SCOPE]
    assert app["api"]["requestedAccessTokenVersion"] == 2
    assert app["identifierUris"] == [f"api://{app['appId']}"]
    assert (app["isFallbackPublicClient"], app["publicClient"]) == (True, {"redirectUris": ["http://localhost"]})
    assert app["audience"] == "AzureADMyOrg"
    assert "passwordCredentials" not in app
    assert {client["appId"] for client in app["api"]["preAuthorizedApplications"]} > {app["appId"]}
    assert [service["appId"] for service in tenant.state["services"]] == [app["appId"]]


def test_a_second_run_changes_nothing(tenant: Tenant) -> None:
    first = tenant.run("Factory dev", "--operator", PIPELINE)
    before = tenant.state
    second = tenant.run("Factory dev", "--operator", PIPELINE)
    assert (second.returncode, second.stdout) == (0, first.stdout), second.stderr
    assert tenant.state == before
    assert second.stderr == ""


def test_the_pipeline_becomes_an_operator(tenant: Tenant) -> None:
    done = tenant.run("Factory dev", "--operator", PIPELINE)
    assert done.returncode == 0, done.stderr
    (app,) = tenant.state["apps"]
    (grant,) = tenant.state["grants"]
    operator = next(role["id"] for role in app["appRoles"] if role["value"] == "Operator")
    assert (grant["principalId"], grant["appRoleId"]) == (PIPELINE, operator)


def test_two_registrations_of_one_name_are_left_alone(tenant: Tenant) -> None:
    tenant.run("Factory dev")
    state = json.loads(tenant.file.read_text())
    state["apps"].append(state["apps"][0] | {"id": "x", "appId": "99999999-2222-3333-4444-555555555555"})
    tenant.file.write_text(json.dumps(state))
    done = tenant.run("Factory dev")
    assert done.returncode == 1
    assert "more than one registration" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("",),
        ("--operator", PIPELINE),
        ("x' or displayName ne 'y",),
        ("name", "--operator"),
        ("name", "--operator", "$(id)"),
        ("n", "more"),
    ],
)
def test_a_wrong_call_reaches_no_tenant(tenant: Tenant, arguments: tuple[str, ...]) -> None:
    done = tenant.run(*arguments)
    assert done.returncode == 2
    assert "usage" in done.stderr
    assert not tenant.file.exists()


def test_a_refusal_of_the_directory_ends_the_script(tenant: Tenant) -> None:
    (tenant.file.parent / "bin" / "az").write_text("#!/bin/sh\necho 'Insufficient privileges' >&2\nexit 1\n")
    done = tenant.run("Factory dev")
    assert done.returncode != 0
    assert done.stdout == ""
