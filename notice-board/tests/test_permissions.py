"""Every role against every collection: what a right allows works, everything else is refused."""

from __future__ import annotations

import pytest

from tests.resources import RESOURCES, ROLES
from tests.support.checks import problem
from tests.support.world import World

Case = tuple[str, str, str]

DONE = {"create": 201, "read": 200, "update": 200, "delete": 204}
METHODS = {"create": "POST", "read": "GET", "update": "PATCH", "delete": "DELETE"}
CASES: list[Case] = [(key, operation, role) for key in RESOURCES for operation in DONE for role in ROLES]


def named(case: Case) -> str:
    return "-".join(case)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_role_may_do_exactly_what_its_right_says(world: World, case: Case) -> None:
    key, operation, role = case
    resource = RESOURCES[key]
    scope = resource.scope(role, operation)
    if operation == "create":
        answer = world.call("POST", resource.path, role=role, json=world.body(resource, role))
        expected = 403 if scope is None else 201 if world.can_make(resource, role) else 409
    else:
        place = f"{resource.path}/{world.create(resource)['id']}"
        answer = world.call(METHODS[operation], place, role=role, json={} if operation == "update" else None)
        expected = {None: 403, "own": 404, "all": DONE[operation]}[scope]
    assert answer.status_code == expected, answer.text
    if expected >= 400:
        problem(answer, expected)


@pytest.mark.parametrize("key", list(RESOURCES))
def test_who_made_a_row_may_do_with_it_what_their_right_says(world: World, key: str) -> None:
    resource = RESOURCES[key]
    for role in ROLES:
        if not world.can_make(resource, role):
            continue
        for operation in ("read", "update", "delete"):
            place = f"{resource.path}/{world.create(resource, role)['id']}"
            answer = world.call(METHODS[operation], place, role=role, json={} if operation == "update" else None)
            expected = DONE[operation] if resource.scope(role, operation) else 403
            assert answer.status_code == expected, (role, operation, answer.text)


@pytest.mark.parametrize("key", list(RESOURCES))
def test_another_person_of_the_same_role_does_not_see_own_rows(world: World, key: str) -> None:
    resource = RESOURCES[key]
    for role in ROLES:
        if not world.can_make(resource, role):
            continue
        row, other = world.create(resource, role), world.person(role)
        answer = world.call("GET", f"{resource.path}/{row['id']}", token=other.token)
        expected = {None: 403, "own": 404, "all": 200}[resource.scope(role, "read")]
        assert answer.status_code == expected, (role, answer.text)


@pytest.mark.parametrize("key", list(RESOURCES))
def test_list_shows_only_rows_that_the_role_may_read(world: World, key: str) -> None:
    resource = RESOURCES[key]
    for role in ROLES:
        foreign = world.create(resource)["id"]
        own = [world.create(resource, role)["id"]] if world.can_make(resource, role) else []
        answer = world.call("GET", resource.path, role=role, params={"limit": 100})
        scope = resource.scope(role, "read")
        if scope is None:
            problem(answer, 403)
            continue
        assert answer.status_code == 200, answer.text
        seen = {row["id"] for row in answer.json()["items"]}
        assert seen >= {foreign, *own} if scope == "all" else seen == set(own)


@pytest.mark.parametrize("key", list(RESOURCES))
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_anonymous_caller_is_told_to_log_in(world: World, key: str, method: str) -> None:
    answer = world.call(method, RESOURCES[key].path, token="", json={} if method == "POST" else None)
    problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")
