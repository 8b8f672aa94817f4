"""What holds for every compiled brief, whatever its words are."""

from __future__ import annotations

import re

from shared.brief import Compilation
from shared.model import IR, Ledger

_PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*")
_SNAKE = re.compile(r"[a-z][a-z0-9_]*")


def check(text: str, done: Compilation) -> None:
    tiles(text, done.ledger)
    buildable(done.ir)
    resolvable(done)


def tiles(text: str, ledger: Ledger) -> None:
    at = 0
    for clause in ledger.clauses:
        assert clause.start == at
        assert clause.end > clause.start
        assert clause.text == text[clause.start : clause.end]
        at = clause.end
        assert (clause.fate == "built") == bool(clause.ir_paths)
        assert (clause.fate == "refused") == bool(clause.reason_code and clause.reason)
        assert (clause.fate == "assumed") == bool(clause.default and clause.advice)
    assert at == len(text)
    assert [c.id for c in ledger.clauses] == [f"c{n}" for n in range(1, len(ledger.clauses) + 1)]


def buildable(ir: IR) -> None:
    names = [e.name for e in ir.entities]
    assert names
    assert len(set(names)) == len(names)
    assert all(_PASCAL.fullmatch(n) for n in names)
    assert len({e.plural for e in ir.entities}) == len(names)
    for entity in ir.entities:
        fields = [f.name for f in entity.fields]
        assert len(set(fields)) == len(fields)
        assert all(_SNAKE.fullmatch(f) for f in fields)
        assert any(f.type != "enum" for f in entity.fields)
        assert set(entity.searchable) <= set(fields)
        for field in entity.fields:
            assert (field.type == "enum") == bool(field.enum)
            assert field.min is None or field.max is None or field.min <= field.max
        _states(ir, entity.name)
    _relations(ir, set(names))
    _roles(ir, set(names))
    assert re.fullmatch(r"[a-z][a-z0-9-]{0,39}", ir.slug)
    assert ir.name.strip()
    assert 0 <= ir.confidence <= 1


def _states(ir: IR, name: str) -> None:
    entity = next(e for e in ir.entities if e.name == name)
    if entity.states is None:
        return
    values = next(f.enum for f in entity.fields if f.name == entity.states.field) or []
    moves = [(t.source, t.to) for t in entity.states.transitions]
    assert entity.states.initial in values
    assert len(set(moves)) == len(moves)
    assert {n for move in moves for n in move} <= set(values)
    assert {r for t in entity.states.transitions for r in t.by} <= {r.name for r in ir.roles}


def _relations(ir: IR, names: set[str]) -> None:
    pairs = [frozenset((r.source, r.to)) for r in ir.relations]
    assert all(len(pair) == 2 for pair in pairs)
    assert len(set(pairs)) == len(pairs)
    assert set().union(*pairs) <= names if pairs else True


def _roles(ir: IR, names: set[str]) -> None:
    roles = [r.name for r in ir.roles]
    assert roles
    assert len(set(roles)) == len(roles)
    assert all(_SNAKE.fullmatch(r) for r in roles)
    reached: dict[str, set[str]] = {}
    for role in ir.roles:
        entities = [p.entity for p in role.permissions]
        assert len(set(entities)) == len(entities)
        for permission in role.permissions:
            assert permission.operations
            reached.setdefault(permission.entity, set()).update(permission.operations)
    assert set(reached) == names
    assert all(operations == {"create", "read", "update", "delete"} for operations in reached.values())
    assert {r for o in ir.operations for r in o.roles} <= set(roles)
    assert {o.entity for o in ir.operations if o.entity} <= names


def resolvable(done: Compilation) -> None:
    """Every IR path of the ledger points at something in the IR."""
    ir = done.ir
    known = (
        {"name"}
        | {f"stack.{p}" for p in ("backend", "frontend", "database", "cache", "api")}
        | {f"quality.{q}" for q in type(ir.quality).model_fields}
    )
    known |= {f"overlays.{o.name}" for o in ir.overlays} | {f"operations.{o.name}" for o in ir.operations}
    known |= {f"integrations.{i['name']}" for i in ir.integrations} | {f"relations.{r.source}.{r.to}" for r in ir.relations}
    for entity in ir.entities:
        known |= {f"entities.{entity.name}"} | {f"entities.{entity.name}.fields.{f.name}" for f in entity.fields}
        known |= {f"entities.{entity.name}.states"} if entity.states else set()
    for role in ir.roles:
        known |= {f"roles.{role.name}"} | {f"roles.{role.name}.{p.entity}" for p in role.permissions}
    assert {path for clause in done.ledger.clauses for path in clause.ir_paths} <= known
