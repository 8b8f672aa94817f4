"""How the rows of an entity are listed: what they can be filtered, sorted and searched by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.agents.columns import FieldDesign
from shared.agents.fields import Schema
from shared.agents.naming import Names, attribute, symbol
from shared.agents.reserved import QUERY_PARAMETERS
from shared.blueprints import Code, name, path

How = Literal["equal", "lower", "upper"]
_SORTABLE = frozenset({"str", "int", "dt.date", "dt.datetime", "Decimal"})
_TAKEN = (*QUERY_PARAMETERS, "created_at_min", "created_at_max")


@dataclass(frozen=True)
class FilterDesign:
    """A query parameter of a list: `attr` compares with a column by equality or as a bound."""

    json: Code
    attr: Code
    column: Code
    annotation: Code
    schema: Schema
    how: How


def filters(keys: Iterable[Code], fields: Iterable[FieldDesign]) -> tuple[FilterDesign, ...]:
    """A filter for every foreign key and filterable column; what has an order gets a lower and an upper bound."""
    wires, attrs = Names(_TAKEN), Names(_TAKEN)
    identity: tuple[Code, Schema] = (Code("Annotated[UUID, types.reference()]"), {"type": "string", "format": "uuid"})
    found: list[FilterDesign] = []

    def add(column: Code, kind: tuple[Code, Schema], how: How, wire: str, attr: str) -> None:
        found.append(FilterDesign(path(wires.take(wire, "_is")), name(attrs.take(attr, "_is")), column, *kind, how))

    for key in keys:
        add(key, identity, "equal", key, key)
    for f in (f for f in fields if f.filterable):
        kind, stem = (f.kind.asks, f.kind.schema), symbol(f.json)
        if f.kind.search == "equal":
            add(f.attr, kind, "equal", f.json, f.attr)
        else:
            add(f.attr, kind, "lower", f"{f.json}_min", attribute(f"{stem}_min", ()))
            add(f.attr, kind, "upper", f"{f.json}_max", attribute(f"{stem}_max", ()))
    return tuple(found)


def sorts(fields: Iterable[FieldDesign]) -> tuple[tuple[str, Code], ...]:
    """(wire name, attribute) of every column that lists can be sorted by."""
    own = [(str(f.json), f.attr) for f in fields if f.required and f.filterable and str(f.kind.python) in _SORTABLE and f.enum is None]
    return (("created_at", name("created_at")), ("updated_at", name("updated_at")), *own)


def searched(fields: Iterable[FieldDesign], wanted: Sequence[str]) -> tuple[Code, ...]:
    """The columns that `q` looks into: those the brief names, else every string and text."""
    texts = [f for f in fields if str(f.kind.python) == "str" and not f.secret and f.enum is None]
    return tuple(f.attr for f in [f for f in texts if f.ir.name in wanted] or texts)
