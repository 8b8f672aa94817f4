"""Literals come out as a formatter would write them, and mean what was put in."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.agents.literals import Call, literal
from shared.model import InternalError

RUFF = Path(sys.executable).parent / "ruff"
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4), max_leaves=12
)


@given(value=VALUES)
def test_literal_means_what_was_put_in(value: Any) -> None:
    assert ast.literal_eval(str(literal(value))) == value


@given(value=VALUES)
def test_literal_is_ascii_without_odd_ends(value: Any) -> None:
    text = str(literal(value))
    assert text.isascii()
    assert all(line == line.rstrip() for line in text.split("\n"))


def test_brackets_are_opened_out_and_empty_ones_are_not() -> None:
    assert literal({"a": [1], "b": []}) == '{\n    "a": [\n        1,\n    ],\n    "b": [],\n}'


def test_call_has_one_argument_a_line() -> None:
    call = Call("Field", {"name": "x", "choices": ["a"]})
    assert literal(call, 1) == 'Field(\n        name="x",\n        choices=[\n            "a",\n        ],\n    )'


@pytest.mark.parametrize("name", ["a b", "class", "os.system", "f(", ""])
def test_call_of_something_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InternalError):
        literal(Call(name, {}))
    with pytest.raises(InternalError):
        literal(Call("Field", {name: 1}))


def test_formatter_has_nothing_to_change(tmp_path: Path) -> None:
    values: list[Any] = [
        {"a": [1, 2.5, None, True], "b": {"c": ["x" * 50, 'a "quoted" text', "it's", "both ' and \""]}},
        [],
        [[[]]],
        Call("Resource", {"key": "Pet", "fields": [Call("Field", {"name": "a\nb\t\u00e9\U0001f600"})], "machine": None}),
    ]
    source = "\n\n".join(f"V{i} = {literal(value)}" for i, value in enumerate(values)) + "\n"
    (tmp_path / "made.py").write_text(source)
    done = subprocess.run([RUFF, "format", "--isolated", "--diff", "made.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout
