"""The requirement ledger: every clause of the brief with its one fate. Its spans tile the brief."""

from __future__ import annotations

from typing import Literal

from shared.model.base import Record

Fate = Literal["built", "assumed", "refused", "context"]


class Symbol(Record):
    """A place in the generated app that builds something: `symbol` is a class, function or route, empty for a whole file."""

    file: str
    symbol: str = ""


class Clause(Record):
    """A span `[start, end)` of the brief, in characters, and what became of it.

    `ir_paths` are dotted and name-based: `entities.Pet`, `entities.Pet.fields.name`, `entities.Pet.states`,
    `relations.Owner.Pet`, `roles.vet`, `roles.vet.Visit`, `operations.score_fraud`, `stack.backend`, `overlays.hipaa`.
    """

    id: str
    start: int
    end: int
    text: str
    fate: Fate
    ir_paths: list[str] = []
    built_by: list[Symbol] = []
    tests: list[str] = []
    default: str = ""
    advice: str = ""
    reason_code: str = ""
    reason: str = ""


class Assumption(Record):
    """A default that no clause mentions (for example: the database), and how to state otherwise."""

    ir_path: str
    default: str
    advice: str


class Ledger(Record):
    """All clauses in the brief's order, and the defaults taken where the brief is silent."""

    clauses: list[Clause]
    assumptions: list[Assumption] = []

    def counts(self) -> dict[Fate, int]:
        """How many clauses met each fate."""
        fates: tuple[Fate, ...] = ("built", "assumed", "refused", "context")
        return {fate: sum(c.fate == fate for c in self.clauses) for fate in fates}


class Trace(Record):
    """What an agent says about one IR path: where it is built and which generated tests prove it (pytest node ids)."""

    ir_path: str
    built_by: list[Symbol]
    tests: list[str] = []
