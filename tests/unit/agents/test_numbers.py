"""The patterns of decimals: they match exactly the numbers within bounds."""

from __future__ import annotations

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shared.agents.numbers import decimal_pattern, whole_patterns


@given(st.integers(0, 99_999), st.integers(0, 99_999), st.integers(0, 99_999))
def test_whole_numbers(a: int, b: int, probe: int) -> None:
    low, high = sorted((a, b))
    pattern = f"^({'|'.join(whole_patterns(low, high))})$"
    for number in {low, high, probe, max(low - 1, 0), high + 1}:
        assert bool(re.search(pattern, str(number))) == (low <= number <= high)


@given(st.integers(-99_999, 99_999), st.integers(-99_999, 99_999), st.integers(-120_000, 120_000), st.integers(0, 4))
def test_decimals(a: int, b: int, probe: int, places: int) -> None:
    low, high = sorted((a, b))
    pattern = decimal_pattern(low, high, places)
    for number in {low, high, probe, low - 1, high + 1}:
        text = f"{Decimal(number).scaleb(-places):.{places}f}"
        assert bool(re.search(pattern, text)) == (low <= number <= high), text


@given(st.text(alphabet="0123456789.-", max_size=9))
def test_what_matches_is_a_number_within_bounds(text: str) -> None:
    if re.search(decimal_pattern(-350, 225, 2), text):
        assert Decimal("-3.50") <= Decimal(text) <= Decimal("2.25")


def test_spellings() -> None:
    pattern = decimal_pattern(-10_000, 10_000, 2)
    for good in ("0", "0.5", "0.50", "100", "100.00", "-100.0", "-0.01"):
        assert re.search(pattern, good), good
    for bad in ("", "00", "01", "1.", ".5", "1.234", "100.01", "+1", "1e3", "١", "1\n2"):
        assert not re.search(pattern, bad), bad
