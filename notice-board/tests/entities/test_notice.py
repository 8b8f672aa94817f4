"""What the service promises about notice."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.resources import RESOURCES
from tests.support.checks import as_query, in_order, matches, page_through, problem, same
from tests.support.values import Json, invalid, valid
from tests.support.world import World

RESOURCE = RESOURCES["Notice"]


def test_create_returns_201_and_location(world: World) -> None:
    answer = world.call("POST", RESOURCE.path, json=world.body(RESOURCE))
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"].endswith(f"{RESOURCE.path}/{answer.json()['id']}")
    assert world.call("GET", answer.headers["location"]).json() == answer.json()


def test_read_returns_what_was_created(world: World) -> None:
    row = world.create(RESOURCE)
    answer = world.call("GET", f"{RESOURCE.path}/{row['id']}")
    assert (answer.status_code, answer.json()) == (200, row)


def test_delete_returns_204_and_then_the_row_is_gone(world: World) -> None:
    place = f"{RESOURCE.path}/{world.create(RESOURCE)['id']}"
    answer = world.call("DELETE", place)
    assert (answer.status_code, answer.content) == (204, b"")
    problem(world.call("GET", place), 404)
    problem(world.call("DELETE", place), 404)


def test_unknown_and_malformed_ids_are_404(world: World) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        body: Json = {} if method == "PATCH" else None
        for unknown in (uuid4(), "not-an-id", "null"):
            answer = problem(world.call(method, f"{RESOURCE.path}/{unknown}", json=body), 404)
            assert answer["detail"].startswith("There is no such")


def test_unknown_field_is_refused(world: World) -> None:
    row = world.create(RESOURCE)
    problem(world.call("POST", RESOURCE.path, json=world.body(RESOURCE, no_such_field=1)), 422)
    problem(world.call("PATCH", f"{RESOURCE.path}/{row['id']}", json={"no_such_field": 1}), 422)
    assert world.call("GET", f"{RESOURCE.path}/{row['id']}").json() == row


def test_id_and_timestamps_cannot_be_written(world: World) -> None:
    row = world.create(RESOURCE)
    for name in ("id", "created_at", "updated_at"):
        problem(world.call("POST", RESOURCE.path, json=world.body(RESOURCE, **{name: row[name]})), 422)
        problem(world.call("PATCH", f"{RESOURCE.path}/{row['id']}", json={name: row[name]}), 422)


def test_body_that_is_no_object_is_refused(world: World) -> None:
    bodies: list[Json] = [[], "text", 1]
    for body in bodies:
        problem(world.call("POST", RESOURCE.path, json=body), 422)


def test_patch_without_fields_changes_nothing(world: World) -> None:
    row = world.create(RESOURCE)
    answer = world.call("PATCH", f"{RESOURCE.path}/{row['id']}", json={})
    assert answer.status_code == 200, answer.text
    assert {**answer.json(), "updated_at": ""} == {**row, "updated_at": ""}


def test_pages_hold_every_row_once_in_a_stable_order(world: World) -> None:
    made = {world.create(RESOURCE)["id"] for _ in range(7)}
    first = [row["id"] for row in page_through(world, RESOURCE.path, limit=2)]
    assert len(first) == len(made)
    assert set(first) == made
    assert [row["id"] for row in page_through(world, RESOURCE.path, limit=3)] == first


def test_list_refuses_bad_parameters(world: World) -> None:
    for bad in ({"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": ""}, {"sort": "no_such"}, {"no_such": 1}):
        problem(world.call("GET", RESOURCE.path, params=bad), 422)
    problem(world.call("GET", RESOURCE.path, params={"cursor": "made-up"}), 404)


@pytest.mark.parametrize(
    "name",
    [
        "title",
        "text",
    ],
)
def test_value_comes_back_as_it_was_sent(world: World, name: str) -> None:
    field = RESOURCE.field(name)
    for number in (1, 2):
        body = world.body(RESOURCE, **{name: valid(field, number + 1000)})
        answer = world.call("POST", RESOURCE.path, json=body)
        assert answer.status_code == 201, answer.text
        assert name not in answer.json() if field.secret else same(field, body[name], answer.json()[name])


@pytest.mark.parametrize(
    "name",
    [
        "title",
        "text",
    ],
)
def test_patch_changes_one_value_and_no_other(world: World, name: str) -> None:
    field, row = RESOURCE.field(name), world.create(RESOURCE)
    value = valid(field, 2001)
    answer = world.call("PATCH", f"{RESOURCE.path}/{row['id']}", json={name: value})
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert name not in after if field.secret else same(field, value, after[name])
    changed = {key for key in after if after[key] != row[key]}
    assert changed <= {name, "updated_at"}


@pytest.mark.parametrize(
    "name",
    [
        "title",
        "text",
    ],
)
def test_value_that_does_not_fit_is_refused(world: World, name: str) -> None:
    row = world.create(RESOURCE)
    body = world.body(RESOURCE)
    for why, value in invalid(RESOURCE.field(name)):
        created = world.call("POST", RESOURCE.path, json={**body, name: value})
        assert name in str(problem(created, 422)), why
    problem(world.call("PATCH", f"{RESOURCE.path}/{row['id']}", json={name: value}), 422)
    assert world.call("GET", f"{RESOURCE.path}/{row['id']}").json() == row


@pytest.mark.parametrize(
    "name",
    [
        "title",
    ],
)
def test_required_value_cannot_be_missing(world: World, name: str) -> None:
    body = world.body(RESOURCE)
    del body[name]
    assert name in str(problem(world.call("POST", RESOURCE.path, json=body), 422))


@pytest.mark.parametrize(
    "name",
    [
        "title",
    ],
)
def test_required_value_cannot_be_null(world: World, name: str) -> None:
    row = world.create(RESOURCE)
    problem(world.call("POST", RESOURCE.path, json=world.body(RESOURCE, **{name: None})), 422)
    problem(world.call("PATCH", f"{RESOURCE.path}/{row['id']}", json={name: None}), 422)
    assert world.call("GET", f"{RESOURCE.path}/{row['id']}").json() == row


@pytest.mark.parametrize(
    "name",
    [
        "text",
    ],
)
def test_optional_value_can_be_left_out_and_cleared(world: World, name: str) -> None:
    body = world.body(RESOURCE)
    full = world.create(RESOURCE)
    del body[name]
    made = world.call("POST", RESOURCE.path, json=body)
    assert made.status_code == 201, made.text
    assert made.json().get(name) is None
    cleared = world.call("PATCH", f"{RESOURCE.path}/{full['id']}", json={name: None})
    assert cleared.status_code == 200, cleared.text
    assert cleared.json().get(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "title",
        "state",
    ],
)
def test_filter_keeps_the_rows_that_match(world: World, name: str) -> None:
    rule = next(rule for rule in RESOURCE.filters if rule.name == name)
    rows = [world.create(RESOURCE, **world.references(RESOURCE, rule.field)) for _ in range(3)]
    for row in rows:
        bound = row[rule.field]
        found = page_through(world, RESOURCE.path, limit=50, params={name: as_query(bound)})
        kept = [r for r in rows if matches(RESOURCE, rule, r[rule.field], bound)]
        assert {r["id"] for r in found} == {r["id"] for r in kept}


@pytest.mark.parametrize(
    "name",
    [
        "created_at",
        "updated_at",
        "title",
    ],
)
def test_list_can_be_sorted_both_ways(world: World, name: str) -> None:
    for _ in range(3):
        world.create(RESOURCE)
    up = [row[name] for row in page_through(world, RESOURCE.path, limit=2, params={"sort": name})]
    down = [row[name] for row in page_through(world, RESOURCE.path, limit=2, params={"sort": f"-{name}"})]
    assert up == in_order(RESOURCE, name, up)
    assert down == up[::-1]


@pytest.mark.parametrize(
    "name",
    [
        "title",
        "text",
    ],
)
def test_search_finds_a_part_of_the_text(world: World, name: str) -> None:
    rows = [world.create(RESOURCE) for _ in range(3)]
    for row in rows:
        found = page_through(world, RESOURCE.path, limit=50, params={"q": row[name].upper()})
        assert row["id"] in {r["id"] for r in found}
    assert page_through(world, RESOURCE.path, limit=50, params={"q": "no row holds these words"}) == []
