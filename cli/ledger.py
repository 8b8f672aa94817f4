"""The IR and the ledger for people."""

from __future__ import annotations

import textwrap

from cli.output import Output
from cli.progress import noun
from cli.result import width
from shared.model import IR, Clause, Entity, Ledger


def show_compilation(output: Output, ir: IR, ledger: Ledger) -> None:
    """What a brief asks for, clause by clause."""
    stack = ", ".join(f"{key} {value}" for key, value in ir.stack.to_json().items() if isinstance(value, str))
    output.data(f"{ir.name} ({ir.domain}; {stack})")
    for entity in ir.entities:
        output.data(wrapped(f"{entity.name}: {fields(entity)}", "  "))
        if entity.states is not None:
            output.data(wrapped(f"{entity.name} moves {moves(entity)}", "  "))
    for relation in ir.relations:
        output.data(wrapped(f"{relation.source} {relation.kind.replace('_', ' ')} {relation.to}", "  "))
    for role in ir.roles:
        rights = "; ".join(f"{'own ' if p.scope == 'own' else ''}{p.entity} {'/'.join(p.operations)}" for p in role.permissions)
        output.data(wrapped(f"role {role.name}: {rights or 'no rights stated'}", "  "))
    for operation in ir.operations:
        output.data(wrapped(f"{operation.kind} {operation.name}", "  "))
    counts = ledger.counts()
    output.data(f"\n{noun(len(ledger.clauses), 'clause')}: {', '.join(f'{n} {fate}' for fate, n in counts.items())}")
    for clause in ledger.clauses:
        if clause.fate != "context":
            output.data(wrapped(f"{clause.fate:<8} {clause.text.strip()}{told(clause)}", "  "))
    for warning in ir.warnings:
        output.data(wrapped(f"warning  {warning}", "  "))
    for question in ir.questions:
        output.data(wrapped(f"question {question.text} (default: {question.default})", "  "))


def fields(entity: Entity) -> str:
    return ", ".join(f"{field.name} {field.type}{'' if field.required else '?'}" for field in entity.fields)


def moves(entity: Entity) -> str:
    """The moves of an entity's state machine, each with who may make it."""
    found = entity.states.transitions if entity.states else []
    return ", ".join(f"{move.source} to {move.to}{' by ' + ' or '.join(move.by) if move.by else ''}" for move in found) or "nowhere"


def told(clause: Clause) -> str:
    why = clause.reason or clause.default
    return f": {why}" if why else ""


def wrapped(text: str, indent: str) -> str:
    return textwrap.fill(" ".join(text.split()), width(), initial_indent=indent, subsequent_indent=f"{indent}         ")
