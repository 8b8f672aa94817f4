"""Cursors: they lead on exactly, and one that was not given out leads nowhere."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from starlette.exceptions import HTTPException

from notice_board.db.paging import _decode, _encode

ROW = UUID(int=7)
VALUES: list[Any] = [
    datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=UTC),
    date(2024, 2, 29),
    -(2**53) + 1,
    Decimal("-12345.6789"),
    "text with \u00fc and '\"",
]


def forged(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_cursor_leads_back_to_its_position(value: Any) -> None:
    cursor = _encode("-name", value, ROW)
    assert _decode(cursor, "-name", type(value)) == (value, ROW)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (datetime, "2024-02-29T12:30:15"),
        (datetime, "0001-01-01T00:00:00+00:00"),
        (datetime, "yesterday"),
        (date, "2024-02-30"),
        (int, "12x"),
        (int, "99999999999999999999"),
        (Decimal, "NaN"),
        (Decimal, "1e400"),
        (Decimal, "x"),
        (str, "a\x00b"),
        (str, "\ud800"),
    ],
)
def test_cursor_with_an_unfit_value_names_no_page(kind: type[Any], text: str) -> None:
    with pytest.raises(HTTPException) as refused:
        _decode(forged("name", text, str(ROW)), "name", kind)
    assert refused.value.status_code == 404


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "AAAA",
        forged(),
        forged("name", "a"),
        forged("name", "a", "no-id"),
        forged("name", 1, str(ROW)),
        forged("other", "a", str(ROW)),
        forged(["name"], "a", str(ROW)),
    ],
)
def test_cursor_of_another_make_names_no_page(cursor: str) -> None:
    with pytest.raises(HTTPException) as refused:
        _decode(cursor, "name", str)
    assert refused.value.status_code == 404
