"""Roles and projects of somebody, from what is said of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.identity import LOCAL, Principal, Role
from api.identity.principal import Claims, principal_of, projects_of
from shared.model import ConfigError, InputError

WORDS = st.frozensets(st.sampled_from(["Reader", "Operator", "Approver", "Admin", "reader", "None", "access_as_user", "x"]))


def claims(**change: Any) -> Claims:
    good: dict[str, Any] = {
        "id": "me", "tenant": "t", "name": "", "roles": frozenset({"Reader"}), "scopes": None, "groups": frozenset(),
    }  # fmt: skip
    return Claims(**(good | change))


@pytest.mark.parametrize(
    ("grants", "groups", "projects"),
    [
        ({}, [], {"home"}),
        ({"other": ["a"]}, [], set()),
        ({"me": ["a", "b"]}, [], {"a", "b"}),
        ({"team": ["a"], "me": ["b"]}, ["team"], {"a", "b"}),
        ({"*": ["home"], "team": ["a"]}, ["team"], {"home", "a"}),
        ({"*": ["*"]}, [], None),
        ({"team": ["*"]}, ["team"], None),
        ({"team": ["*"]}, [], set()),
        ({"me": []}, [], set()),
    ],
)
def test_projects_come_from_the_grants(grants: dict[str, list[str]], groups: list[str], projects: set[str] | None) -> None:
    found = principal_of(claims(groups=frozenset(groups)), grants, "home").projects
    assert found == (None if projects is None else frozenset(projects))


def test_an_administrator_sees_every_project() -> None:
    assert principal_of(claims(roles=frozenset({"Admin"})), {"other": ["a"]}, "home").projects is None


def test_nobody_is_somebody_without_an_object_id() -> None:
    with pytest.raises(ConfigError) as caught:
        principal_of(claims(id=""), {"*": ["*"]}, "home")
    assert caught.value.code == "QLF7121"


def test_roles_are_ordered() -> None:
    assert Role.NONE < Role.READER < Role.OPERATOR < Role.APPROVER < Role.ADMIN
    assert LOCAL.role is Role.ADMIN
    assert LOCAL.actor() == {"id": "local", "kind": "local"}


@given(roles=WORDS, scopes=st.none() | WORDS)
def test_a_token_gives_no_more_than_the_app_roles_that_are_held(roles: frozenset[str], scopes: frozenset[str] | None) -> None:
    free = principal_of(claims(roles=roles), {}, "home").role
    found = principal_of(claims(roles=roles, scopes=scopes), {}, "home").role
    assert found <= free
    if free and scopes is not None and not scopes & {"access_as_user", "Reader", "Operator", "Approver", "Admin"}:
        assert found is Role.NONE


@given(
    mine=st.frozensets(st.sampled_from("abc")),
    grants=st.dictionaries(st.sampled_from([*"abcd", "*"]), st.lists(st.sampled_from(["p", "q", "*"])), min_size=1),
)
def test_grants_to_others_give_nothing(mine: frozenset[str], grants: dict[str, list[str]]) -> None:
    relevant = {key: value for key, value in grants.items() if key in mine or key == "*"}
    assert projects_of(mine, grants, "home") == (projects_of(mine, relevant, "home") if relevant else frozenset())


def somebody(*projects: str) -> Principal:
    return Principal(id="me", kind="user", role=Role.OPERATOR, projects=frozenset(projects))


def test_the_project_of_a_request() -> None:
    assert somebody("a", "home").choose("a", "home") == "a"
    assert somebody("a", "home").choose(None, "home") == "home"
    assert somebody("a").choose(None, "home") == "a"
    assert LOCAL.choose("any", "home") == "any"
    for caller, wanted, code in ((somebody("a"), "home", "QLF7124"), (somebody("a", "b"), None, "QLF7125"), (somebody(), None, "QLF7125")):
        with pytest.raises(InputError) as caught:
            caller.choose(wanted, "home")
        assert caught.value.code == code
