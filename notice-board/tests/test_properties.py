"""Whatever a client sends, the service answers with a row or with a problem, and never crashes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.resources import RESOURCES
from tests.support.checks import problem
from tests.support.spec import Resource
from tests.support.values import valid
from tests.support.world import World

TEXT = st.text(alphabet="aZ09 _-%'\"\\;{}<>\x00\n\u00e9\u202e\U0001f600", max_size=30)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | TEXT
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
PARAMETERS = st.sampled_from(["limit", "cursor", "sort", "q", "other"])
QUERY = st.dictionaries(PARAMETERS, TEXT, max_size=3)
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def bodies(resource: Resource) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies of which each field is fit, unfit or absent."""
    values = {field.name: st.just(valid(field, 1)) | JSON for field in resource.fields}
    return st.fixed_dictionaries({}, optional={**values, "no_such_field": JSON})


@pytest.mark.parametrize("key", list(RESOURCES))
@SHARED
@given(data=st.data())
def test_any_body_is_stored_or_refused_as_a_problem(world: World, key: str, data: st.DataObject) -> None:
    resource = RESOURCES[key]
    body = data.draw(bodies(resource) | JSON)
    answer = world.call("POST", resource.path, json=body)
    if answer.status_code != 201:
        assert answer.status_code in (409, 422), answer.text
        problem(answer, answer.status_code)
        return
    row = answer.json()
    assert world.call("GET", f"{resource.path}/{row['id']}").json() == row
    world.call("DELETE", f"{resource.path}/{row['id']}")


@pytest.mark.parametrize("key", list(RESOURCES))
@SHARED
@given(data=st.data())
def test_any_change_leaves_a_readable_row(world: World, key: str, data: st.DataObject) -> None:
    resource = RESOURCES[key]
    row = world.create(resource)
    place = f"{resource.path}/{row['id']}"
    answer = world.call("PATCH", place, json=data.draw(bodies(resource) | JSON))
    if answer.status_code != 200:
        assert answer.status_code in (409, 422), answer.text
        problem(answer, answer.status_code)
    after = world.call("GET", place)
    assert (after.status_code, after.json()) == (200, answer.json() if answer.status_code == 200 else row)
    world.call("DELETE", place)


@pytest.mark.parametrize("key", list(RESOURCES))
@SHARED
@given(query=QUERY)
def test_any_query_gives_a_page_or_a_problem(world: World, key: str, query: dict[str, str]) -> None:
    answer = world.call("GET", RESOURCES[key].path, params=query)
    if answer.status_code == 200:
        assert set(answer.json()) == {"items", "next_cursor"}
    else:
        problem(answer, answer.status_code)
        assert answer.status_code in (404, 422), answer.text
