"""What several tests ask of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from httpx2 import Response

from tests.support.spec import Field, Filter, Resource
from tests.support.values import Json
from tests.support.world import World


def problem(answer: Response, status: int) -> dict[str, Any]:
    """The problem document of a refused request, checked for its form (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["title"]
    return document


def comparable(kind: str, value: Any) -> Any:
    """A value in a form in which equal values are equal, however they were written."""
    if value is None or kind not in ("decimal", "money", "datetime"):
        return value
    return Decimal(value) if kind != "datetime" else datetime.fromisoformat(value)


def same(field: Field, sent: Json, got: Any) -> bool:
    """True when `got` is the value that was sent for `field`."""
    assert comparable(field.kind, got) == comparable(field.kind, sent), (sent, got)
    return True


def page_through(
    world: World,
    path: str,
    *,
    limit: int,
    params: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Every row of a list, fetched page by page with the administrator's rights."""
    rows: list[dict[str, Any]] = []
    cursor = None
    for _ in range(50):
        sent = {**(params or {}), "limit": limit} | ({"cursor": cursor} if cursor else {})
        answer = world.call("GET", path, params=sent)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit
        rows.extend(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return rows
    raise AssertionError(f"{path} has no last page")


def kind_of(resource: Resource, name: str) -> str:
    """The kind of a column, the service's own and references included."""
    if name in ("created_at", "updated_at"):
        return "datetime"
    return next((field.kind for field in resource.fields if field.name == name), "uuid")


def matches(resource: Resource, rule: Filter, value: Any, bound: Any) -> bool:
    """True when a row with `value` passes the filter `rule` with `bound`."""
    kind = kind_of(resource, rule.field)
    left, right = comparable(kind, value), comparable(kind, bound)
    if rule.how == "equal":
        return bool(left == right)
    return bool(left >= right if rule.how == "lower" else left <= right)


def as_query(value: Any) -> str:
    """A JSON value as a query parameter."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def in_order(resource: Resource, name: str, values: list[Any]) -> list[Any]:
    """The values as a list sorted by `name` shows them."""
    kind = kind_of(resource, name)
    return sorted(values, key=lambda value: comparable(kind, value))
