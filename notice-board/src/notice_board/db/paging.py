"""Pages in a stable order: the cursor holds the position after which the next page starts."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from notice_board.core.problems import not_found
from notice_board.db.base import Row

R = TypeVar("R", bound=Row)
Column = InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Searchable:
    """What a list can be sorted, searched and filtered by: wire names and the columns behind them."""

    sorts: Mapping[str, Column]
    texts: Sequence[Column]
    equal: Mapping[str, Column]
    lower: Mapping[str, Column]
    upper: Mapping[str, Column]


def conditions(what: Searchable, values: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """The conditions that a query's given values ask for."""
    found: list[ColumnElement[bool]] = [c == values[k] for k, c in what.equal.items() if k in values]
    found += [c >= values[k] for k, c in what.lower.items() if k in values]
    found += [c <= values[k] for k, c in what.upper.items() if k in values]
    if "q" in values:
        words = str(values["q"]).lower()
        found.append(or_(*(func.lower(c).contains(words, autoescape=True) for c in what.texts)))
    return found


def page(
    session: Session,
    statement: Select[R],
    what: Searchable,
    sort: str,
    limit: int,
    cursor: str | None,
) -> tuple[list[R], str | None]:
    """At most `limit` rows and the cursor of the next page, or None at the end."""
    descending = sort.startswith("-")
    name = sort.removeprefix("-")
    column = what.sorts[name]
    key: InstrumentedAttribute[UUID] = column.class_.id
    if cursor is not None:
        statement = statement.where(_after(column, key, descending, _decode(cursor, sort, column.type.python_type)))
    order = (column.desc(), key.desc()) if descending else (column.asc(), key.asc())
    rows = list(session.scalars(statement.order_by(*order).limit(limit + 1)))
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], _encode(sort, getattr(rows[limit - 1], column.key), rows[limit - 1].id)


def _after(column: Column, key: Column, descending: bool, position: tuple[Any, UUID]) -> ColumnElement[bool]:
    value, row_id = position
    if descending:
        return or_(column < value, and_(column == value, key < row_id))
    return or_(column > value, and_(column == value, key > row_id))


def _encode(sort: str, value: Any, row_id: UUID) -> str:
    text = value.isoformat() if isinstance(value, date) else str(value)
    return base64.urlsafe_b64encode(json.dumps([sort, text, str(row_id)]).encode()).decode().rstrip("=")


def _decode(cursor: str, sort: str, kind: type[Any]) -> tuple[Any, UUID]:
    """The position a cursor holds. One that this list did not give out names no page: 404."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        given, text, row_id = json.loads(raw)
        if given != sort or "\x00" in text:
            raise ValueError("another list's cursor")
        return _value(kind, text), UUID(row_id)
    except (ValueError, TypeError, AttributeError, InvalidOperation, binascii.Error, RecursionError) as error:
        raise not_found("page") from error


def _value(kind: type[Any], text: str) -> Any:
    text.encode()
    if kind is datetime:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None or not 2 < moment.year < 9998:
            raise ValueError("not a moment")
        return moment
    if kind is date:
        return date.fromisoformat(text)
    if kind is int:
        number = int(text[:20])
        if abs(number) >= 2**53:
            raise ValueError("not a stored number")
        return number
    if kind is Decimal:
        amount = Decimal(text)
        if not amount.is_finite() or abs(amount) >= 10**16:
            raise ValueError("not a stored number")
        return amount
    return text
