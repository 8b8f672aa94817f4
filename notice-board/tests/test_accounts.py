"""Accounts: who may sign in, how long, and with which role."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from notice_board.models.account import Account
from notice_board.services import auth

from tests.resources import RESOURCES, ROLES
from tests.support.checks import page_through, problem
from tests.support.world import PASSWORD, World

NEW_PASSWORD = "another long password"


def sign_in(world: World, email: str, password: str = PASSWORD) -> dict[str, Any]:
    answer = world.client.post("/auth/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    pair: dict[str, Any] = answer.json()
    return pair


def refresh(world: World, token: str) -> Any:
    return world.client.post("/auth/refresh", json={"refresh_token": token})


def test_registered_person_can_sign_in_and_see_who_they_are(world: World) -> None:
    body = {"email": "New.Person@Example.org", "password": PASSWORD}
    made = world.client.post("/auth/register", json=body)
    assert made.status_code == 201, made.text
    assert "password" not in made.text
    pair = sign_in(world, "new.person@example.org")
    me = world.call("GET", "/auth/me", token=pair["access_token"]).json()
    given = world.settings.registration_role
    assert (me["email"], me["role"]) == ("new.person@example.org", given.value if given else None)
    assert pair["expires_in"] == world.settings.access_minutes * 60


def test_address_is_taken_only_once_in_whatever_case(world: World) -> None:
    email = world.people["admin"].email.upper()
    problem(world.client.post("/auth/register", json={"email": email, "password": PASSWORD}), 409)


@pytest.mark.parametrize("field", ["role", "is_active", "id"])
def test_nobody_gives_themselves_rights_when_registering(world: World, field: str) -> None:
    body = {"email": "new@example.org", "password": PASSWORD, field: "admin"}
    problem(world.client.post("/auth/register", json=body), 422)


@pytest.mark.parametrize("password", ["short", "x" * 129, "a\x00" + PASSWORD, None, 12])
def test_unfit_password_is_refused(world: World, password: Any) -> None:
    problem(world.client.post("/auth/register", json={"email": "new@example.org", "password": password}), 422)


@pytest.mark.parametrize("email", ["no-address", "a@b", "a b@example.org", "", None, "a\x00@example.org"])
def test_unfit_address_is_refused(world: World, email: Any) -> None:
    problem(world.client.post("/auth/register", json={"email": email, "password": PASSWORD}), 422)


def test_wrong_password_and_unknown_address_get_the_same_answer(world: World) -> None:
    wrong = {"email": world.people["admin"].email, "password": "a wrong password"}
    unknown = {"email": "unknown@example.org", "password": PASSWORD}
    answers = [world.client.post("/auth/login", json=body) for body in (wrong, unknown)]
    assert answers[0].json() == answers[1].json()
    for answer in answers:
        problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_refresh_token_gives_a_new_pair_and_works_once(world: World) -> None:
    first = sign_in(world, world.people["admin"].email)
    second = refresh(world, first["refresh_token"])
    assert second.status_code == 200, second.text
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert world.call("GET", "/auth/me", token=second.json()["access_token"]).status_code == 200
    problem(refresh(world, first["refresh_token"]), 401)


def test_used_refresh_token_ends_every_token_that_followed_from_it(world: World) -> None:
    first = sign_in(world, world.people["admin"].email)
    second = refresh(world, first["refresh_token"]).json()
    other = sign_in(world, world.people["admin"].email)
    problem(refresh(world, first["refresh_token"]), 401)
    problem(refresh(world, second["refresh_token"]), 401)
    assert refresh(world, other["refresh_token"]).status_code == 200


def test_unknown_refresh_token_is_refused(world: World) -> None:
    problem(refresh(world, "certainly-no-token"), 401)


def test_expired_refresh_token_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = sign_in(world, world.people["admin"].email)
    later = datetime.now(UTC) + timedelta(days=world.settings.refresh_days, seconds=1)
    monkeypatch.setattr(auth, "now", lambda: later)
    problem(refresh(world, pair["refresh_token"]), 401)


def test_refresh_token_of_an_account_that_was_switched_off_is_refused(world: World) -> None:
    person = world.person(ROLES[-1])
    pair = sign_in(world, person.email)
    with world.app.state.sessions() as session:
        session.get_one(Account, UUID(person.id)).is_active = False
        session.commit()
    problem(refresh(world, pair["refresh_token"]), 401)


def test_signing_out_ends_the_refresh_token_and_may_be_repeated(world: World) -> None:
    pair = sign_in(world, world.people["admin"].email)
    for token in (pair["refresh_token"], pair["refresh_token"], "certainly-no-token"):
        answer = world.client.post("/auth/logout", json={"refresh_token": token})
        assert answer.status_code == 204, answer.text
    problem(refresh(world, pair["refresh_token"]), 401)


def test_changed_password_counts_and_ends_other_sessions(world: World) -> None:
    person = world.people["admin"]
    pair = sign_in(world, person.email)
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    answer = world.call("POST", "/auth/password", json=body)
    assert answer.status_code == 204, answer.text
    problem(refresh(world, pair["refresh_token"]), 401)
    problem(world.client.post("/auth/login", json={"email": person.email, "password": PASSWORD}), 401)
    assert sign_in(world, person.email, NEW_PASSWORD)["token_type"] == "bearer"


def test_password_is_changed_only_by_who_knows_it(world: World) -> None:
    body = {"current_password": "a wrong password", "new_password": NEW_PASSWORD}
    problem(world.call("POST", "/auth/password", json=body), 403)
    assert sign_in(world, world.people["admin"].email)["token_type"] == "bearer"


@pytest.mark.parametrize("role", ROLES)
def test_role_is_given_by_the_administrator(world: World, role: str) -> None:
    body = {"email": "new@example.org", "password": PASSWORD, "role": role}
    made = world.call("POST", "/admin/accounts", json=body)
    assert made.status_code == 201, made.text
    place = made.headers["location"]
    assert world.call("GET", place).json() == made.json()
    me = world.call("GET", "/auth/me", token=sign_in(world, "new@example.org")["access_token"]).json()
    assert me["role"] == role
    assert world.call("PATCH", place, json={"role": None}).json()["role"] is None


@pytest.mark.parametrize("role", [role for role in ROLES if role != "admin"])
def test_accounts_are_managed_by_the_administrator_only(world: World, role: str) -> None:
    place = f"/admin/accounts/{world.people['admin'].id}"
    body = {"email": "new@example.org", "password": PASSWORD}
    problem(world.call("GET", "/admin/accounts", role=role), 403)
    problem(world.call("POST", "/admin/accounts", role=role, json=body), 403)
    problem(world.call("GET", place, role=role), 403)
    problem(world.call("PATCH", place, role=role, json={"role": None}), 403)
    problem(world.call("DELETE", place, role=role), 403)


def test_switched_off_account_can_do_nothing(world: World) -> None:
    person = world.person(ROLES[-1])
    pair = sign_in(world, person.email)
    assert world.call("PATCH", f"/admin/accounts/{person.id}", json={"is_active": False}).status_code == 200
    problem(world.call("GET", "/auth/me", token=person.token), 401)
    problem(refresh(world, pair["refresh_token"]), 401)
    problem(world.client.post("/auth/login", json={"email": person.email, "password": PASSWORD}), 401)


def test_administrator_can_set_a_new_password(world: World) -> None:
    person = world.person(ROLES[-1])
    changed = world.call("PATCH", f"/admin/accounts/{person.id}", json={"password": NEW_PASSWORD})
    assert changed.status_code == 200, changed.text
    assert sign_in(world, person.email, NEW_PASSWORD)["token_type"] == "bearer"


def test_administrator_cannot_lock_themselves_out(world: World) -> None:
    place = f"/admin/accounts/{world.people['admin'].id}"
    problem(world.call("PATCH", place, json={"role": None}), 409)
    problem(world.call("DELETE", place), 409)
    assert world.call("GET", "/auth/me").json()["role"] == "admin"


def test_deleted_account_is_gone(world: World) -> None:
    person = world.person(ROLES[-1])
    assert world.call("DELETE", f"/admin/accounts/{person.id}").status_code == 204
    problem(world.call("GET", f"/admin/accounts/{person.id}"), 404)
    problem(world.call("GET", "/auth/me", token=person.token), 401)
    problem(world.call("PATCH", f"/admin/accounts/{uuid4()}", json={}), 404)


def test_accounts_are_listed_filtered_and_searched(world: World) -> None:
    everyone = page_through(world, "/admin/accounts", limit=2, params={"sort": "email"})
    assert [row["email"] for row in everyone] == sorted(person.email for person in world.people.values())
    admins = page_through(world, "/admin/accounts", limit=10, params={"role": "admin", "is_active": "true"})
    assert [row["id"] for row in admins] == [world.people["admin"].id]
    found = page_through(world, "/admin/accounts", limit=10, params={"q": world.people["admin"].email.upper()})
    assert [row["id"] for row in found] == [world.people["admin"].id]


def test_account_without_a_role_may_sign_in_and_nothing_else(world: World) -> None:
    body = {"email": "new@example.org", "password": PASSWORD}
    assert world.call("POST", "/admin/accounts", json=body).json()["role"] is None
    token = sign_in(world, "new@example.org")["access_token"]
    assert world.call("GET", "/auth/me", token=token).status_code == 200
    for path in ("/admin/accounts", *(resource.path for resource in RESOURCES.values())):
        problem(world.call("GET", path, token=token), 403)
