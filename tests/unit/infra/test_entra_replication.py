"""scripts/entra_app.py in a directory that does not know everywhere yet what was made a moment ago."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from entra_tenant import ME, Tenant

from scripts.entra_app import LATE, PAUSE, TRIES, main

ID = "11111111-2222-3333-4444-555555555555"
MISSING = f"Resource '{ID}' does not exist or one of its queried reference-property objects are not present."
# What the Azure CLI prints, and the call that it prints it of. `az rest` tells the answer of Microsoft Graph as it is.
TOLD = [
    ("ad app show", f"ERROR: {MISSING}"),
    ("ad sp create", f"ERROR: The appId '{ID}' of the service principal does not reference a valid application object."),
    (
        "ad sp create",
        "ERROR: When using this permission, the backing application of the service principal being created must in the local tenant",
    ),
    ("rest GET", f'ERROR: Not Found({{"error":{{"code":"Request_ResourceNotFound","message":"{MISSING}"}}}})'),
    ("rest PATCH", 'ERROR: Not Found({"error":{"code":"Request_ResourceNotFound"}})'),
    (
        "rest PATCH",
        'ERROR: Bad Request({"error":{"code":"InvalidValue","message":"Property api.preAuthorizedApplications.delegatedPermissionIds has a '
        'Permission Id that cannot be found in the AppPermissions sets."}})',
    ),
    (
        "rest PATCH",
        'ERROR: Bad Request({"error":{"code":"Request_BadRequest","message":"Property PreAuthorizedApplication references applications '
        f'{ID} that cannot be found."}}}})',
    ),
    (
        "rest POST",
        'ERROR: Bad Request({"error":{"code":"Request_BadRequest","message":"Permission being assigned was not found on application"}})',
    ),
    ("rest POST", 'ERROR: Bad Request({"error":{"code":"Request_BadRequest","message":"Not a valid reference update."}})'),
]


@pytest.fixture
def tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    found = Tenant(tmp_path)
    for name, value in found.env.items():
        monkeypatch.setenv(name, value)
    return found


def register(waits: list[float]) -> int:
    return main(["Factory dev", "--operator", "me"], waits.append)


def calls(tenant: Tenant) -> Counter[str]:
    called = json.loads(tenant.file.read_text())["calls"]
    return Counter(" ".join(word for word in words[:3] if not word.startswith("-")) for words in called)


def complete(tenant: Tenant) -> bool:
    """One application with its roles and its trusted clients, one service principal, one Operator."""
    (app,), (service,), (grant,) = (tenant.state[kind] for kind in ("apps", "services", "grants"))
    operator = next(role["id"] for role in app["appRoles"] if role["value"] == "Operator")
    return len(app["api"]["preAuthorizedApplications"]) == 2 and (grant["principalId"], grant["resourceId"], grant["appRoleId"]) == (
        ME,
        service["id"],
        operator,
    )


@pytest.mark.parametrize(("call", "told"), TOLD)
def test_a_call_that_came_too_early_is_made_again(tenant: Tenant, capsys: pytest.CaptureFixture[str], call: str, told: str) -> None:
    waits: list[float] = []
    tenant.change(late=[[call, told, False]])
    assert register(waits) == 0, capsys.readouterr().err
    assert complete(tenant)
    assert waits == [PAUSE]
    (folder := tenant.file.parent / "calm").mkdir()
    calm = Tenant(folder)
    assert calm.run("Factory dev", "--operator", "me").returncode == 0
    # The address of Microsoft Graph is not asked for again, nor is anything else that had its answer.
    assert calls(tenant) - calls(calm) == Counter([call])
    assert capsys.readouterr().out.split() == [tenant.state["apps"][0]["appId"]]


def test_every_sign_is_one_that_is_played() -> None:
    assert {sign for sign in LATE if any(sign in told.lower() for _, told in TOLD)} == set(LATE)


def test_all_of_it_at_once_ends_well_too(tenant: Tenant) -> None:
    waits: list[float] = []
    tenant.change(late=[[call, told, False] for call, told in TOLD], stale=True)
    assert register(waits) == 0
    assert complete(tenant)
    assert len(waits) == len(TOLD)


def test_a_directory_that_shows_what_was_there_before_is_not_asked_what_was_written(tenant: Tenant) -> None:
    tenant.change(stale=True)
    assert register([]) == 0
    assert complete(tenant)


def test_a_role_that_was_given_by_a_call_that_seemed_to_fail_is_given_once(tenant: Tenant) -> None:
    tenant.change(late=[["rest POST", TOLD[-1][1], True]])
    assert register([]) == 0
    assert complete(tenant)
    assert tenant.writes == ["PATCH", "PATCH", "POST", "POST"]


def test_a_directory_that_never_knows_is_given_up_and_a_later_run_goes_on(tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    waits: list[float] = []
    call, told = TOLD[1]
    tenant.change(late=[[call, told, False]] * TRIES)
    assert register(waits) == 1
    failed = capsys.readouterr()
    assert failed.out == ""
    assert "does not reference a valid application object" in failed.err
    assert f"asked {TRIES} times; if every id is right, run this again" in failed.err
    assert waits == [PAUSE] * (TRIES - 1)
    assert register(waits) == 0
    assert complete(tenant)


@pytest.mark.parametrize("call", ["ad app create", "ad app show", "ad sp create", "rest PATCH", "rest POST"])
def test_what_waiting_does_not_mend_is_told_at_once(tenant: Tenant, capsys: pytest.CaptureFixture[str], call: str) -> None:
    waits: list[float] = []
    tenant.change(late=[[call, "ERROR: Insufficient privileges to complete the operation.", False]])
    assert register(waits) == 1
    told = capsys.readouterr()
    assert "Insufficient privileges" in told.err
    assert "put that right and run this again" in told.err
    assert (waits, told.out, calls(tenant)[call]) == ([], "", 1)
