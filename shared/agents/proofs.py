"""What the generated tests prove: their data, which tests an app gets, and the node ids that the ledger cites.

The lists that parametrise a generated test and the ids of its cases come from the same place, so an id that is cited is an id
that pytest collects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from shared.agents.closed_lists import value_of
from shared.agents.columns import FieldDesign
from shared.agents.design import AppDesign, EntityDesign
from shared.agents.fields import decimal_bounds
from shared.agents.links import LinkDesign
from shared.agents.literals import Call, Literal, literal
from shared.agents.machines import StatesDesign
from shared.agents.references import ParentDesign
from shared.blueprints import Code

ROWS, FEW = 7, 3
WIDE = 10_000
NUMBERS = {"integer": 0, "decimal": 4, "money": 2}
RIGHTS = ("create", "read", "update", "delete")


@dataclass(frozen=True)
class EntityProofs:
    """Names of fields and parameters that the tests of one entity go through; `rows` and `few` are how many rows they make."""

    title: str
    names: dict[str, tuple[str, ...]]
    rows: int
    few: int

    def __getitem__(self, group: str) -> Code:
        """The names of a group as source, at the depth of a decorator's argument; nothing for an empty group."""
        return literal(list(self.names[group]), 1) if self.names[group] else Code("")


def entity_proofs(app: AppDesign, entity: EntityDesign) -> EntityProofs:
    """Which cases the tests of `entity` have."""
    writable = entity.writable
    plain = [f for f in writable if f.default is None]
    wire = {str(f.attr): str(f.json) for f in entity.fields}
    names = {
        "fields": _wires(writable),
        "needed": _wires(f for f in plain if f.required),
        "required": _wires(f for f in writable if f.required),
        "optional": _wires(f for f in plain if not f.required),
        "defaults": _wires(f for f in writable if f.default is not None and not f.secret),
        "unique": _wires(f for f in writable if f.unique and not f.secret and capacity(f) >= FEW),
        "filters": tuple(str(f.json) for f in entity.filters),
        "sorts": tuple(wire for wire, _ in entity.sorts),
        "searched": tuple(wire[str(attr)] for attr in entity.searched),
    }
    most = room(app, entity)
    return EntityProofs(entity.title, names, min(ROWS, most), min(FEW, most))


def _wires(fields: Iterable[FieldDesign]) -> tuple[str, ...]:
    return tuple(str(f.json) for f in fields)


def room(app: AppDesign, entity: EntityDesign) -> int:
    """How many rows can exist at once, at least: unique columns and one-to-one references set the limit."""
    own = [capacity(f) for f in entity.writable if f.unique]
    above = [room(app, app.entity(p.target)) for p in entity.parents if p.required]
    return min([ROWS, *own, *above])


def capacity(field: FieldDesign) -> int:
    """How many distinct values the tests can make for a field, counted up to ROWS."""
    if field.enum is not None:
        return min(ROWS, len(field.enum.values))
    low, high = limits(field)
    if field.ir.type in NUMBERS and low is not None and high is not None:
        return int(min(ROWS, (high - low) * 10 ** NUMBERS[field.ir.type] + 1))
    return 2 if field.ir.type == "boolean" else ROWS


def limits(field: FieldDesign) -> tuple[float | None, float | None]:
    """Least and greatest length of a text, or value of a number; None where nothing is said."""
    schema = field.kind.schema
    if field.ir.type in ("string", "text"):
        return schema["minLength"], schema["maxLength"]
    if field.ir.type == "integer":
        return schema["minimum"], schema["maximum"]
    if field.ir.type in NUMBERS:
        low, high = (float(Decimal(b).scaleb(-NUMBERS[field.ir.type])) for b in decimal_bounds(field.ir))
        narrow = high - low < WIDE
        return low if narrow or field.ir.min is not None else None, high if narrow or field.ir.max is not None else None
    return None, None


def resources(app: AppDesign) -> Code:
    """The dictionary `RESOURCES` of `tests/resources.py`."""
    return literal({str(e.cls): _resource(app, e) for e in app.entities})


def _resource(app: AppDesign, entity: EntityDesign) -> Call:
    return Call("Resource", {
        "key": str(entity.cls),
        "path": str(entity.path),
        "fields": [_field(f) for f in entity.writable],
        "parents": [_parent(app, entity, p) for p in entity.parents],
        "filters": [Call("Filter", {"name": str(f.json), "field": _wire_of(entity, f.column), "how": f.how}) for f in entity.filters],
        "rights": {operation: _roles_with(app, entity, operation) for operation in RIGHTS},
        "machine": _machine(entity.states) if entity.states else None,
    })  # fmt: skip


def _wire_of(entity: EntityDesign, column: Code) -> str:
    return next((str(f.json) for f in entity.fields if f.attr == column), str(column))


def _field(field: FieldDesign) -> Call:
    low, high = (None, None) if field.enum else limits(field)
    return Call("Field", {
        "name": str(field.json),
        "kind": "enum" if field.enum else field.ir.type,
        "required": field.required,
        "unique": field.unique,
        "secret": field.secret,
        "choices": list(field.enum.values) if field.enum else [],
        "minimum": low,
        "maximum": high,
        "default": _default(field),
    })  # fmt: skip


def _default(field: FieldDesign) -> Literal:
    if field.default is None:
        return None
    return value_of(str(field.ir.default)) if field.enum else field.ir.default


def nested_path(app: AppDesign, entity: EntityDesign, parent: ParentDesign) -> str:
    """Where the rows of `entity` that refer to one row by `parent` are listed; `{id}` is that row's."""
    target = app.entity(parent.target)
    return next(
        f"{target.path}/{{id}}{n.path}" for n in target.nested if n.link is None and n.entity == entity.cls and n.column == parent.column
    )


def link_path(app: AppDesign, link: LinkDesign, forward: bool) -> str:
    """Where the linked rows are listed, seen from one of the two ends; empty where there is no such route."""
    near = app.entity(link.left if forward else link.right)
    found = (n.path for n in near.nested if n.link is not None and n.link.cls == link.cls and n.forward is forward)
    return next((f"{near.path}/{{id}}{tail}" for tail in found), "")


def _parent(app: AppDesign, entity: EntityDesign, parent: ParentDesign) -> Call:
    return Call("Parent", {
        "field": str(parent.column),
        "target": str(parent.target),
        "required": parent.required,
        "one": parent.one,
        "on_delete": parent.on_delete,
        "nested": nested_path(app, entity, parent),
    })  # fmt: skip


def _roles_with(app: AppDesign, entity: EntityDesign, operation: str) -> dict[str, Literal]:
    found: dict[str, Literal] = {}
    for _, role in app.roles:
        table = {str(o): s for o, s in app.rights.get(role, {}).get(str(entity.cls), {}).items()}
        scope = "all" if role == "admin" else table.get(operation)
        if scope:
            found[role] = scope
    return found


def _machine(states: StatesDesign) -> Call:
    moves = [Call("Move", {"source": m.source, "to": m.to, "roles": list(m.by)}) for m in states.moves]
    return Call("Machine", {"field": str(states.field.json), "initial": states.initial, "states": list(states.enum.values), "moves": moves})


def links(app: AppDesign) -> Code:
    """The list `LINKS` of `tests/resources.py`."""
    return literal([
        Call("Link", {
            "name": str(k.cls),
            "left": str(k.left),
            "right": str(k.right),
            "path": link_path(app, k, True),
            "back": link_path(app, k, False),
        })
        for k in app.links
    ])  # fmt: skip


def reachable(states: StatesDesign) -> set[str]:
    """The states that moves lead to, the initial one included."""
    found, waiting = {states.initial}, [states.initial]
    while waiting:
        here = waiting.pop()
        for move in states.moves:
            if move.source == here and move.to not in found:
                found.add(move.to)
                waiting.append(move.to)
    return found


def moves(app: AppDesign, legal: bool) -> Iterator[tuple[str, str, str]]:
    """(entity, state, next state) for every pair of states that the tests can reach."""
    for entity in app.entities:
        if entity.states is None:
            continue
        allowed = {(m.source, m.to) for m in entity.states.moves}
        starts = [s for s in entity.states.enum.values if s in reachable(entity.states)]
        yield from ((str(entity.cls), s, t) for s in starts for t in entity.states.enum.values if ((s, t) in allowed) is legal)
