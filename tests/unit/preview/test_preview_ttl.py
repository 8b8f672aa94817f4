"""Lifetimes, as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.model import InputError
from shared.preview import parse_ttl


@pytest.mark.parametrize(
    ("text", "seconds"), [("1m", 60), ("30m", 1800), ("24h", 86400), ("3d", 259200), ("7d", 604800), ("10080m", 604800)]
)
def test_lifetimes_are_read(text: str, seconds: int) -> None:
    assert parse_ttl(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "0m", "8d", "10081m", "2s", "60", "m", "-5m", "+5m", " 5m", "5 m", "5M", "5m\n", "1.5h", "٣d", "9" * 50 + "d", "1h30m"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="QLF6001") as raised:
        parse_ttl(text)
    assert raised.value.exit_code == 2


@given(number=st.integers(1, 20_000), unit=st.sampled_from("mhd"))
def test_a_lifetime_is_within_bounds_or_refused(number: int, unit: str) -> None:
    seconds = number * {"m": 60, "h": 3600, "d": 86400}[unit]
    if seconds <= 604800:
        assert parse_ttl(f"{number}{unit}") == seconds
    else:
        with pytest.raises(InputError, match="QLF6001"):
            parse_ttl(f"{number}{unit}")


@given(text=st.text(max_size=40).filter(lambda text: not text.isalnum()))
def test_no_text_crashes_the_parser(text: str) -> None:
    with pytest.raises(InputError, match="QLF6001"):
        parse_ttl(text)
