"""What is written down of a fault: where it was raised, never what its text quotes."""

from __future__ import annotations

import pytest

from shared.model import InputError, InternalError, stack_of

SECRET = "AccountKey=c2VjcmV0"


def fail() -> None:
    raise ValueError(SECRET)


def caught(*causes: type[BaseException]) -> BaseException:
    try:
        try:
            fail()
        except ValueError as error:
            raise InternalError("QLF7112", SECRET) from error
    except InternalError as error:
        return error


def test_types_codes_and_places_are_told() -> None:
    told = stack_of(caught())
    assert told.startswith("shared.model.errors.InternalError:QLF7112[unit/test_faults.py:")
    assert "<-ValueError[unit/test_faults.py:" in told
    assert ":fail," in told + ","
    assert " " not in told


def test_no_text_is_told() -> None:
    error = caught()
    error.add_note(SECRET)
    assert SECRET not in stack_of(error)
    assert "AccountKey" not in stack_of(KeyError(SECRET))


def test_what_was_being_handled_is_a_cause_unless_it_was_set_aside() -> None:
    def wrap(aside: bool) -> None:
        try:
            fail()
        except ValueError as error:
            raise InputError("QLF7001") from (None if aside else error)

    def raised(aside: bool) -> BaseException:
        with pytest.raises(InputError) as found:
            wrap(aside)
        return found.value

    assert "ValueError" in stack_of(raised(False))
    assert "ValueError" not in stack_of(raised(True))


def test_a_long_chain_and_a_deep_stack_are_cut() -> None:
    def deep(n: int) -> None:
        if n:
            deep(n - 1)
        fail()

    error: BaseException = ValueError()
    for n in range(100):
        later = ValueError(n)
        later.__cause__ = error
        error = later
    assert stack_of(error).count("ValueError") == 5
    with pytest.raises(ValueError) as found:
        deep(200)
    assert stack_of(found.value).count("test_faults.py") == 12


def test_a_chain_that_bites_its_tail_ends() -> None:
    error = ValueError()
    error.__cause__ = error
    assert stack_of(error).count("ValueError") == 5
