"""State machines: the states of an entity, the legal moves between them, and the table that remembers moves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.agents.closed_lists import EnumDesign, value_of
from shared.agents.columns import FieldDesign
from shared.agents.entities import EntityNames, Spaces
from shared.agents.naming import cut
from shared.agents.rights import role_value
from shared.blueprints import Code, name


@dataclass(frozen=True)
class MoveDesign:
    """A legal move and the roles that may make it besides the administrator."""

    source: str
    to: str
    by: tuple[str, ...]


@dataclass(frozen=True)
class StatesDesign:
    """The state machine of an entity and the table that remembers its moves."""

    field: FieldDesign
    initial: str
    moves: tuple[MoveDesign, ...]
    cls: Code
    table: Code

    @property
    def enum(self) -> EnumDesign:
        """The states."""
        assert self.field.enum is not None  # noqa: S101  (a state field always has its list)
        return self.field.enum


def machine(entity: EntityNames, fields: Iterable[FieldDesign], roles: Iterable[str], spaces: Spaces) -> StatesDesign | None:
    """The machine of an entity; None where no built field holds its states."""
    states = entity.ir.states
    holder = next((f for f in fields if f.state), None)
    if states is None or holder is None or holder.enum is None:
        return None
    known = frozenset(roles)
    by: dict[tuple[str, str], list[str]] = {}
    for move in states.transitions:
        key = (value_of(move.source), value_of(move.to))
        if key[0] != key[1]:
            by.setdefault(key, []).extend(r for r in map(role_value, move.by) if r in known)
    moves = tuple(MoveDesign(s, t, tuple(dict.fromkeys(r))) for (s, t), r in by.items())
    table = name(spaces.tables.take(cut(f"{entity.module}_transitions", 44), "_log"))
    return StatesDesign(holder, value_of(states.initial), moves, name(f"{entity.cls}Transition"), table)
