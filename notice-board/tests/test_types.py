"""Types on the wire and in the database: each takes exactly what it says, and gives it back unchanged."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import make_url

from notice_board.db.types import Scaled, UtcDateTime
from notice_board.schemas import types

MOMENT = datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)
TEXT = Annotated[str, types.text(2, 4)]
MAIL = Annotated[str, types.mail()]
PHONE = Annotated[str, types.phone()]
LINK = Annotated[str, types.link()]
INSTANT = Annotated[datetime, types.instant()]
DAY = Annotated[date, types.day()]
CLOCK = Annotated[time, types.clock()]
REFERENCE = Annotated[UUID, types.reference()]
AMOUNT = Annotated[Decimal, types.amount(r"^[0-9]{1,3}(\.[0-9]{1,2})?$")]
WHOLE = Annotated[int, types.whole(-5, 5)]
NUMBER = Annotated[int, types.number(-5, 5)]
BOOLEAN = Annotated[bool, types.boolean()]
FLAG = Annotated[bool, types.flag()]
DOCUMENT = Annotated[dict[str, Any], types.document()]

DIALECTS = [make_url(url).get_dialect()() for url in ("sqlite://", "postgresql+psycopg://")]

TAKEN: list[tuple[Any, Any, Any]] = [
    (TEXT, "ab", "ab"),
    (MAIL, "first.last@example.org", "first.last@example.org"),
    (PHONE, "+44 20 7946 0001", "+44 20 7946 0001"),
    (LINK, "https://example.org:8443/a?b=c#d", "https://example.org:8443/a?b=c#d"),
    (INSTANT, "2024-02-29T14:30:15+02:00", MOMENT),
    (DAY, "2024-02-29", date(2024, 2, 29)),
    (CLOCK, "23:59:59", time(23, 59, 59)),
    (REFERENCE, "00000000-0000-4000-8000-000000000007", UUID("00000000-0000-4000-8000-000000000007")),
    (AMOUNT, "12.50", Decimal("12.50")),
    (WHOLE, 5, 5),
    (WHOLE, 5.0, 5),
    (NUMBER, "-5", -5),
    (BOOLEAN, True, True),
    (FLAG, "false", False),
    (DOCUMENT, {"a": [1, {"b": None}, "\u00fc", 1.5]}, {"a": [1, {"b": None}, "\u00fc", 1.5]}),
]


def nested(depth: int) -> dict[str, Any]:
    """Objects within objects."""
    return {} if depth == 0 else {"a": nested(depth - 1)}


REFUSED: list[tuple[Any, list[Any]]] = [
    (TEXT, ["a", "abcde", "a\x00", 12, None, b"ab"]),
    (MAIL, ["a", "a@b", "a b@example.org", "@example.org", "a@example.org\n", f"a@{'b' * 30}.{'c' * 300}.org", 1]),
    (PHONE, ["12", "phone", "+44-" + "1" * 40, "123456\n"]),
    (LINK, ["example.org", "ftp://example.org", "javascript:alert(1)", "https://a b.org", "https://example.org/\n"]),
    (INSTANT, ["2024-02-29", "2024-02-29T14:30:15", "2024-02-30T14:30:15Z", "0999-01-01T00:00:00Z", "yesterday", 0]),
    (DAY, ["2024-02-30", "29.02.2024", "2024-2-9", 20240229]),
    (CLOCK, ["24:00:00", "12:30", "noon", 12]),
    (REFERENCE, ["7", "00000000000040008000000000000007", 7]),
    (AMOUNT, ["12.505", "1000", "-1", "1e2", "NaN", 12.5]),
    (WHOLE, [6, -6, 2.5, "5", True, None]),
    (NUMBER, ["6", "05", "1.5", "five", ""]),
    (BOOLEAN, ["true", 1, None]),
    (FLAG, ["yes", "1", "True", 1]),
    (DOCUMENT, [[], "text", nested(60), {"a": float("nan")}, {"a": float("inf")}]),
]


@pytest.mark.parametrize(("kind", "sent", "read"), TAKEN)
def test_fit_value_is_read(kind: Any, sent: Any, read: Any) -> None:
    assert TypeAdapter(kind).validate_python(sent) == read


@pytest.mark.parametrize(("kind", "values"), REFUSED)
def test_unfit_value_is_refused(kind: Any, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize("kind", [kind for kind, _ in REFUSED])
def test_schema_of_each_type_names_what_it_takes(kind: Any) -> None:
    assert TypeAdapter(kind).json_schema()["type"] in ("string", "integer", "boolean", "object")


def test_amounts_and_times_are_given_out_as_text() -> None:
    assert TypeAdapter(types.Amount).dump_python(Decimal("1E+3"), mode="json") == "1000"
    assert TypeAdapter(types.Clock).dump_python(time(1, 2, 3, 4), mode="json") == "01:02:03"


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
def test_moment_comes_back_from_the_database_in_utc(dialect: Any) -> None:
    kind = UtcDateTime()
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=2)))
    stored = kind.process_bind_param(elsewhere, dialect)
    back = kind.process_result_value(stored, dialect)
    assert (back, back.utcoffset() if back else None) == (MOMENT, timedelta(0))
    assert kind.process_bind_param(None, dialect) is None
    assert kind.process_result_value(None, dialect) is None
    assert kind.python_type is datetime


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
def test_decimal_comes_back_from_the_database_exactly(dialect: Any) -> None:
    kind = Scaled(16, 2)
    for value in (Decimal("0.01"), Decimal("-12345678901234.56"), Decimal("100")):
        stored = kind.process_bind_param(value, dialect)
        assert kind.process_result_value(stored, dialect) == value
    assert kind.process_bind_param(None, dialect) is None
    assert kind.process_result_value(None, dialect) is None
    assert kind.load_dialect_impl(dialect) is not None
    assert kind.python_type is Decimal
