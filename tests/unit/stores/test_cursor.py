"""Cursors: what was encoded comes back, all else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.model import InputError
from shared.stores import decode_cursor, encode_cursor

texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=30)


@given(position=st.tuples(texts, texts))
def test_a_cursor_tells_its_position(position: tuple[str, str]) -> None:
    cursor = encode_cursor(*position)
    assert cursor.isascii()
    assert "=" not in cursor
    if len(cursor) <= 512:
        assert decode_cursor(cursor, 2) == position


@given(text=st.text(max_size=600))
def test_a_foreign_cursor_is_refused_with_its_code(text: str) -> None:
    with pytest.raises(InputError) as caught:
        decode_cursor(text, 2)
    assert caught.value.code == "QLF7006"


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(InputError):
        decode_cursor(encode_cursor("a"), 2)


def test_a_deeply_nested_cursor_is_refused() -> None:
    import base64

    deep = base64.urlsafe_b64encode(b"[" * 380).decode()
    with pytest.raises(InputError):
        decode_cursor(deep, 2)
