"""scripts/entra_app.py: what it registers, that a second run writes nothing, and that what others put there stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from entra_tenant import ME, Tenant

from api.identity.principal import USER_SCOPE, Role
from scripts.entra_app import AZURE_CLI

PIPELINE = "11111111-2222-3333-4444-555555555555"
OTHER = "22222222-2222-3333-4444-555555555555"


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


def test_a_second_run_writes_nothing(tenant: Tenant) -> None:
    first = tenant.run("Factory dev", "--operator", PIPELINE)
    before, written = tenant.state, tenant.writes
    second = tenant.run("Factory dev", "--operator", PIPELINE)
    assert (second.returncode, second.stdout) == (0, first.stdout), second.stderr
    assert tenant.state == before
    assert tenant.writes == written == ["PATCH", "PATCH", "POST"]
    assert second.stderr == ""


def test_what_others_put_into_the_registration_stays(tenant: Tenant) -> None:
    tenant.run("Factory dev")
    (app,) = tenant.state["apps"]
    known = {"appId": OTHER, "delegatedPermissionIds": [app["api"]["oauth2PermissionScopes"][0]["id"]]}
    own = {"id": OTHER, "value": "Auditor", "displayName": "Auditor", "description": "", "allowedMemberTypes": ["User"], "isEnabled": True}
    app["identifierUris"].insert(0, "https://factory.example")
    app["publicClient"]["redirectUris"].append("http://localhost:9999")
    app["api"] |= {"acceptMappedClaims": True, "preAuthorizedApplications": [known]}
    app["api"]["oauth2PermissionScopes"].append(app["api"]["oauth2PermissionScopes"][0] | {"id": OTHER, "value": "read"})
    app["appRoles"] = [role | ({"description": "mine"} if role["value"] == "Admin" else {}) for role in app["appRoles"]] + [own]
    tenant.change(apps=[app])
    done = tenant.run("Factory dev")
    assert done.returncode == 0, done.stderr
    (after,) = tenant.state["apps"]
    assert after["identifierUris"] == ["https://factory.example", f"api://{app['appId']}"]
    assert after["publicClient"] == {"redirectUris": ["http://localhost", "http://localhost:9999"]}
    assert [scope["value"] for scope in after["api"]["oauth2PermissionScopes"]] == [USER_SCOPE, "read"]
    assert after["api"]["acceptMappedClaims"] is True
    assert {client["appId"] for client in after["api"]["preAuthorizedApplications"]} == {OTHER, AZURE_CLI, app["appId"]}
    assert [role["value"] for role in after["appRoles"]] == ["Reader", "Operator", "Approver", "Admin", "Auditor"]
    assert "mine" not in json.dumps(after["appRoles"])  # ours are put right


def test_a_role_that_was_made_by_hand_keeps_its_id_and_is_the_one_that_is_given(tenant: Tenant) -> None:
    hand = {"id": OTHER, "value": "Operator", "displayName": "O", "description": "", "allowedMemberTypes": ["User"], "isEnabled": True}
    tenant.change(apps=[{"id": "object", "appId": PIPELINE, "displayName": "Other name", "appRoles": [hand]}])
    done = tenant.run("Factory dev", "--app", PIPELINE, "--operator", "me")
    assert (done.returncode, done.stdout.strip()) == (0, PIPELINE), done.stderr
    (app,) = tenant.state["apps"]
    assert [role["value"] for role in app["appRoles"]] == ["Operator", "Reader", "Approver", "Admin"]
    (grant,) = tenant.state["grants"]
    assert (grant["principalId"], grant["appRoleId"]) == (ME, OTHER)


def test_me_is_also_a_service_principal(tenant: Tenant) -> None:
    tenant.change(signed_in=["servicePrincipal", PIPELINE])
    assert tenant.run("Factory dev", "--operator", "me").returncode == 0
    assert [grant["principalId"] for grant in tenant.state["grants"]] == [f"{PIPELINE}-object"]


def test_the_azure_cli_is_trusted_with_the_scope_of_users(tenant: Tenant) -> None:
    tenant.run("Factory dev")
    (app,) = tenant.state["apps"]
    (scope,) = app["api"]["oauth2PermissionScopes"]
    trusted = {client["appId"]: client["delegatedPermissionIds"] for client in app["api"]["preAuthorizedApplications"]}
    assert trusted == {AZURE_CLI: [scope["id"]], app["appId"]: [scope["id"]]}


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
        ("name", "--app", "x' or true"),
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
    assert (done.returncode, done.stdout) == (1, "")
    assert "Insufficient privileges" in done.stderr
    assert "run this again" in done.stderr
