"""Foreign keys: which entity refers to which, and in what order tables can be made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.agents.entities import EntityNames
from shared.agents.naming import Names, cut
from shared.agents.reserved import QUERY_PARAMETERS, SYSTEM_COLUMNS
from shared.blueprints import Code, name
from shared.model import IR, Relation

OnDelete = Literal["restrict", "cascade", "set_null"]


@dataclass(frozen=True)
class ParentDesign:
    """A foreign key of an entity, called `column` everywhere."""

    ir: Relation
    target: Code
    column: Code
    required: bool
    one: bool
    on_delete: OnDelete
    late: bool
    index: Code
    constraint: Code


@dataclass(frozen=True)
class _Needs:
    required: bool
    late: bool


def relations_of(ir: IR) -> list[Relation]:
    """The relations between known entities, each once."""
    known = {e.name for e in ir.entities}
    return list({(r.source, r.to, r.kind): r for r in reversed(ir.relations) if r.source in known and r.to in known}.values())[::-1]


def references(ir: IR, names: Mapping[str, EntityNames]) -> dict[str, tuple[ParentDesign, ...]]:
    """Foreign keys by model class. A required key that closes a circle becomes optional: no first row could be made."""
    found: dict[str, list[ParentDesign]] = {}
    needs: dict[str, set[str]] = {}
    points: dict[str, set[str]] = {}
    for relation in (r for r in relations_of(ir) if r.kind != "many_to_many"):
        child, target = names[relation.to], names[relation.source]
        required = relation.required and not _reaches(needs, target.cls, child.cls)
        late = _reaches(points, target.cls, child.cls) and child is not target
        if required:
            needs.setdefault(child.cls, set()).add(target.cls)
        if not late and child is not target:
            points.setdefault(child.cls, set()).add(target.cls)
        rows = found.setdefault(child.cls, [])
        rows.append(_reference(relation, child, target, [str(p.column) for p in rows], _Needs(required, late)))
    return {cls: tuple(rows) for cls, rows in found.items()}


def _reference(relation: Relation, child: EntityNames, target: EntityNames, taken: list[str], needs: _Needs) -> ParentDesign:
    stem = target.module if child is not target else f"parent_{target.module}"
    column = Names([*taken, *SYSTEM_COLUMNS, *QUERY_PARAMETERS]).take(cut(f"{stem}_id", 40), "", "_")
    one = relation.kind == "one_to_one"
    return ParentDesign(
        ir=relation,
        target=target.cls,
        column=name(column),
        required=needs.required,
        one=one,
        on_delete="restrict" if relation.on_delete == "set_null" and needs.required else relation.on_delete,
        late=needs.late,
        index=name(cut(f"{'uq' if one else 'ix'}_{child.table}_{column}", 60)),
        constraint=name(cut(f"fk_{child.table}_{column}", 60)),
    )


def _reaches(graph: dict[str, set[str]], start: str, goal: str) -> bool:
    seen, stack = {start}, [start]
    while stack:
        for following in sorted(graph.get(stack.pop(), ()), key=str):
            if following not in seen:
                seen.add(following)
                stack.append(following)
    return goal in seen
