"""Records as text: what goes in comes out, and what JSON cannot say is a coded fault."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.model import InternalError, RunOptions
from shared.stores.serial import to_text

texts = st.text(alphabet=st.characters(codec="utf-8"))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@given(value=values)
def test_json_values_come_back(value: object) -> None:
    text = to_text(value)  # type: ignore[arg-type]
    assert json.loads(text) == value
    assert "\x00" not in text
    assert "\n" not in text


def test_the_order_of_keys_does_not_matter() -> None:
    assert to_text({"a": 1, "b": 2}) == to_text({"b": 2, "a": 1}) == '{"a":1,"b":2}'


def test_records_are_written_with_their_public_names() -> None:
    assert json.loads(to_text(RunOptions(ttl=90)))["ttl"] == 90


def deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), {"a": "\udcff"}, {"\ud800": 1}, object(), {1, 2}, b"x", deep(100_000)])
def test_the_rest_is_a_coded_fault(value: object) -> None:
    with pytest.raises(InternalError) as caught:
        to_text(value)  # type: ignore[arg-type]
    assert caught.value.code == "QLF7015"
