"""Every move of every state machine: legal ones by the roles that may, and no others."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.resources import RESOURCES, ROLES
from tests.support.checks import problem
from tests.support.spec import Machine, Move, Resource
from tests.support.world import World

Case = tuple[str, str, str]


def machine_of(key: str) -> tuple[Resource, Machine]:
    machine = RESOURCES[key].machine
    assert machine is not None
    return RESOURCES[key], machine


def row_in(world: World, key: str, state: str, by: str = "admin") -> dict[str, Any]:
    """A row of `by` that the administrator brought to `state`."""
    resource, machine = machine_of(key)
    row = world.create(resource, by)
    for step in machine.way_to(state) or []:
        moved = world.call("POST", f"{resource.path}/{row['id']}/transitions/{step}")
        assert moved.status_code == 200, moved.text
    return row


def state_of(world: World, key: str, row: dict[str, Any]) -> str:
    resource, machine = machine_of(key)
    state: str = world.call("GET", f"{resource.path}/{row['id']}").json()[machine.field]
    return state


def named(case: Case) -> str:
    return "-".join(case)


KEYS: list[str] = [
    "Notice",
]

# Entity, state, next state: every pair of states that the tests can reach.
LEGAL: list[Case] = [
    (
        "Notice",
        "draft",
        "posted",
    ),
]

ILLEGAL: list[Case] = [
    (
        "Notice",
        "draft",
        "draft",
    ),
    (
        "Notice",
        "posted",
        "draft",
    ),
    (
        "Notice",
        "posted",
        "posted",
    ),
]


@pytest.mark.parametrize("key", KEYS)
def test_new_row_is_in_the_initial_state(world: World, key: str) -> None:
    resource, machine = machine_of(key)
    assert world.create(resource)[machine.field] == machine.initial


@pytest.mark.parametrize("key", KEYS)
def test_state_cannot_be_written_directly(world: World, key: str) -> None:
    resource, machine = machine_of(key)
    row = world.create(resource)
    for state in machine.states:
        problem(world.call("POST", resource.path, json=world.body(resource, **{machine.field: state})), 422)
        problem(world.call("PATCH", f"{resource.path}/{row['id']}", json={machine.field: state}), 422)
    assert state_of(world, key, row) == machine.initial


@pytest.mark.parametrize("key", KEYS)
def test_unknown_state_and_unknown_row_are_refused(world: World, key: str) -> None:
    resource, machine = machine_of(key)
    row = world.create(resource)
    problem(world.call("POST", f"{resource.path}/{row['id']}/transitions/no-such-state"), 404)
    problem(world.call("POST", f"{resource.path}/{uuid4()}/transitions/{machine.states[-1]}"), 404)
    problem(world.call("GET", f"{resource.path}/{uuid4()}/transitions"), 404)


@pytest.mark.parametrize("case", LEGAL, ids=named)
def test_legal_move_is_made_and_remembered(world: World, case: Case) -> None:
    key, source, to = case
    resource, machine = machine_of(key)
    row = row_in(world, key, source)
    answer = world.call("POST", f"{resource.path}/{row['id']}/transitions/{to}")
    assert answer.status_code == 200, answer.text
    assert answer.json()[machine.field] == to
    assert state_of(world, key, row) == to
    history = world.call("GET", f"{resource.path}/{row['id']}/transitions").json()["items"]
    assert (source, to) in [(entry["source"], entry["target"]) for entry in history]


def expected(key: str, move: Move, role: str, own: bool) -> int:
    """The status that `role` gets when it asks for `move` on a row that is its own or the administrator's."""
    resource, machine = machine_of(key)
    scope = resource.scope(role, "update")
    if any(role in other.roles for other in machine.moves):
        scope = scope or resource.scope(role, "read") or "all"
    if scope is None:
        return 403
    if scope == "own" and not own:
        return 404
    may = role in move.roles if move.roles else resource.scope(role, "update") is not None
    return 200 if may or role == "admin" else 403


@pytest.mark.parametrize("case", LEGAL, ids=named)
def test_move_is_made_by_the_allowed_roles_only(world: World, case: Case) -> None:
    key, source, to = case
    resource, machine = machine_of(key)
    move = next(move for move in machine.moves if (move.source, move.to) == (source, to))
    for role in ROLES:
        for maker in dict.fromkeys(["admin", role] if world.can_make(resource, role) else ["admin"]):
            row = row_in(world, key, source, maker)
            answer = world.call("POST", f"{resource.path}/{row['id']}/transitions/{to}", role=role)
            status = expected(key, move, role, maker == role)
            assert answer.status_code == status, (role, maker, answer.text)
            assert state_of(world, key, row) == (to if status == 200 else source)


@pytest.mark.parametrize("case", ILLEGAL, ids=named)
def test_illegal_move_is_a_conflict(world: World, case: Case) -> None:
    key, source, to = case
    resource, _ = machine_of(key)
    row = row_in(world, key, source)
    problem(world.call("POST", f"{resource.path}/{row['id']}/transitions/{to}"), 409)
    assert state_of(world, key, row) == source
