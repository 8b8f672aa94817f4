"""Values for a field: distinct ones that fit it, and ones that the service must refuse."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import ceil, floor

from tests.support.spec import Field

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Row = dict[str, Json]

NUL = "a\x00b"
LETTERS = ("string", "text", "email", "phone", "url", "enum", "file")
PLACES = {"integer": 0, "decimal": 4, "money": 2}
EPOCH = datetime(2024, 1, 1, 8, 30, tzinfo=UTC)


def valid(field: Field, number: int = 0) -> Json:
    """A value that fits `field`; two numbers give two values where the field has that many."""
    if field.choices:
        return field.choices[number % len(field.choices)]
    if field.kind in ("integer", "decimal", "money"):
        return _number(field, number)
    makers: dict[str, Json] = {
        "boolean": number % 2 == 0,
        "date": (date(2024, 1, 1) + timedelta(days=number)).isoformat(),
        "datetime": (EPOCH + timedelta(minutes=number)).isoformat().replace("+00:00", "Z"),
        "time": time(number // 60 % 24, number % 60).isoformat(),
        "uuid": str(uuid.UUID(int=number + 1, version=4)),
        "email": f"person{number}@example.org",
        "phone": f"+44{2_000_000_000 + number}",
        "url": f"https://example.org/{number}",
        "json": {"number": number},
    }
    return makers[field.kind] if field.kind in makers else _text(field, number)


def invalid(field: Field) -> list[tuple[str, Json]]:
    """Why and what: values that do not fit `field`."""
    wrong: list[tuple[str, Json]] = [
        ("a list", [1]),
        ("a text", "not an object") if field.kind == "json" else ("an object", {"a": 1}),
    ]
    if field.kind in LETTERS:
        wrong.append(("a NUL", NUL))
        wrong.append(("a number", 12))
    if field.kind in LETTERS and field.kind != "enum":
        wrong.append(("too long", "a" * 200_001))
    if field.kind not in (*LETTERS, "json"):
        wrong.append(("a word", "certainly-not-one"))
    if field.kind in ("email", "url", "phone", "enum"):
        wrong.append(("another form", "certainly not one"))
    if field.kind in ("integer", "decimal", "money"):
        wrong.extend(_out_of_range(field))
    return wrong


def _number(field: Field, number: int) -> Json:
    low, step, steps = _range(field)
    value = low + step * (number % steps)
    return int(value) if field.kind == "integer" else f"{value:.{PLACES[field.kind]}f}"


def _range(field: Field) -> tuple[Decimal, Decimal, int]:
    """The smallest value to use, the distance to the next one, and how many there are."""
    least = Decimal(str(field.minimum)) if field.minimum is not None else Decimal(1)
    high = Decimal(str(field.maximum)) if field.maximum is not None else max(Decimal(1_000_000), least + 1000)
    low = least if field.minimum is not None else min(least, high - 1000)
    if low < 1 <= high - 1000:
        low = Decimal(1)
    step = Decimal(1) if high - low >= 1000 else Decimal(1).scaleb(-PLACES[field.kind])
    return low, step, int((high - low) / step) + 1


def _text(field: Field, number: int) -> str:
    low = int(field.minimum or 0)
    high = int(field.maximum or 200)
    return f"{number % 10 ** min(high, 9)}-{field.name}-{'x' * low}"[:high]


def _out_of_range(field: Field) -> list[tuple[str, Json]]:
    outside = [("far too large", 10**30)]
    if field.minimum is not None:
        outside.append(("below the minimum", floor(field.minimum) - 1))
    if field.maximum is not None:
        outside.append(("above the maximum", ceil(field.maximum) + 1))
    return [(why, value if field.kind == "integer" else f"{value}.00") for why, value in outside]
