"""Arbitrary and hostile text: bounded, refused with a code or compiled into something that holds together."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.brief import MAX_BRIEF_BYTES, Compilation, compile_brief
from shared.model import QlfError
from tests.unit.brief.invariants import check

TEXT = """the a an books users customers create creates has have with many , . ; : ( ) and or is are not no can may by for of each status
open closed - # price date I they it to when As API in Go FastAPI belongs to title name (low, high) from 1 5 without login manage Approve
one more at least up three list which who that there per same single both either used made given its their 's e.g over whether always only
relationship many-to-many vice versa home away team list rights all access"""
WORDS = [*TEXT.split(), "\n", "\n\n", "\n- "]
QUIET = settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])


def attempt(text: str) -> None:
    done = compiled(text)
    if isinstance(done, QlfError):
        assert done.code.startswith("QLF1")
        assert done.advice
    else:
        check(text, done)


def compiled(text: str) -> Compilation | QlfError:
    try:
        return compile_brief(text)
    except QlfError as error:
        return error


@QUIET
@given(st.text(max_size=400))
def test_any_text_is_compiled_or_refused_with_a_code(text: str) -> None:
    attempt(text)


@QUIET
@given(st.lists(st.sampled_from(WORDS), max_size=80).map(" ".join))
def test_any_mix_of_brief_words_gives_a_consistent_result(text: str) -> None:
    attempt(text)


@QUIET
@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
def test_any_tail_behind_a_good_brief_keeps_it_buildable(tail: str) -> None:
    text = "Owners have pets. " + tail
    check(text, compile_brief(text))


HOSTILE = {
    "parentheses": "Books (" + "(" * 30000 + ")" * 30000,
    "open ends": "books ( " * 8000,
    "with with": "books with " * 5900,
    "nested lists": "a with b, c with d, " * 3200,
    "one huge word": "a" * 65000,
    "one huge list": "books, " * 9000,
    "marks": ".,;:!?" * 10000,
    "modals": "can " * 16000,
    "enumeration": "A book is " + ", ".join(f"S{n}" for n in range(8000)) + " or X",
    "distinct things": " ".join(f"users create w{n} books." for n in range(2500)),
    "relations": ". ".join(f"Each a{n % 300} has many b{n % 271}" for n in range(2300)),
    "stacks": "django rails " * 4900,
    "stories": "As a user I can create books. " * 2100,
    "blank": "\t" * 30000 + "\n" * 30000,
    "numbers": "Users 1 " + "1 active " * 7000,
    "negations": "no " * 21000,
    "counts": "at least " * 7000,
    "nouns": "time " * 13000,
    "choices": "a status that is a or " * 2900,
    "remarks": "cranes - name - " * 4000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_full_size_hostile_brief_is_handled(text: str) -> None:
    assert len(text.encode()) <= MAX_BRIEF_BYTES
    attempt(text)


UNITS = [
    "A book has a title, a price and many pages; users create and edit books (title, price) without login, ",
    "crane ", "the ", "at least ", "always ", "not ", "new ", "of ", "and ", "has ", "may ", "they ", "owned by ", "clerk's ", "( ", "- ",
    "created ", "one of the ", "for each crane ", "is open, ", "that is a or ", "made up of a ", "cranes, which ", "Dock: name\n", "- a\n",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_work_grows_with_the_length_of_the_brief_only(unit: str) -> None:
    """Counts executed lines, not seconds: twice the text may cost at most two and a half times the steps, of whatever it is made."""
    assert steps(unit * 240) < 2.5 * steps(unit * 120)


def steps(text: str) -> int:
    count = 0

    def trace(_frame: FrameType, event: str, _arg: object) -> Callable[..., object]:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        compiled("Owners have pets. " + text)
    finally:
        sys.settrace(before)
    return count
