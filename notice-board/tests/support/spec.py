"""The words in which `tests/resources.py` says what the service stores and who may do what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Role = str
Scope = str


@dataclass(frozen=True)
class Field:
    """A field as callers see it: its name in JSON, its kind and its limits (length for text, value for numbers)."""

    name: str
    kind: str
    required: bool
    unique: bool
    secret: bool
    choices: Sequence[str]
    minimum: float | None
    maximum: float | None
    default: str | int | float | bool | None


@dataclass(frozen=True)
class Filter:
    """A query parameter of a list: it compares `field` by equality (`equal`) or as a bound (`lower`, `upper`)."""

    name: str
    field: str
    how: str


@dataclass(frozen=True)
class Parent:
    """A reference to another resource: the field with its id, and what deleting the other one does to this row."""

    field: str
    target: str
    required: bool
    one: bool
    on_delete: str
    nested: str


@dataclass(frozen=True)
class Move:
    """A legal transition and the roles that may make it; none named: whoever may update the row."""

    source: str
    to: str
    roles: Sequence[Role]


@dataclass(frozen=True)
class Machine:
    """A state machine: the field that shows the state, the state of a new row, every state, and the legal moves."""

    field: str
    initial: str
    states: Sequence[str]
    moves: Sequence[Move]

    def way_to(self, state: str) -> list[str] | None:
        """The states on the shortest way from the initial one to `state`; None where no way leads there."""
        ways: dict[str, list[str]] = {self.initial: []}
        waiting = [self.initial]
        while waiting:
            here = waiting.pop(0)
            for move in self.moves:
                if move.source == here and move.to not in ways:
                    ways[move.to] = [*ways[here], move.to]
                    waiting.append(move.to)
        return ways.get(state)

    def allows(self, source: str, to: str) -> bool:
        """True where a move leads from `source` to `to`."""
        return any(move.source == source and move.to == to for move in self.moves)


@dataclass(frozen=True)
class Link:
    """A many-to-many relation: `path` lists the right-hand rows of a left-hand row, `back` the other way round."""

    name: str
    left: str
    right: str
    path: str
    back: str


@dataclass(frozen=True)
class Resource:
    """A collection of the API. `rights` maps an operation to the roles that may do it and their scope: `all`, `own`."""

    key: str
    path: str
    fields: Sequence[Field]
    parents: Sequence[Parent]
    filters: Sequence[Filter]
    rights: Mapping[str, Mapping[Role, Scope]]
    machine: Machine | None

    def scope(self, role: Role, operation: str) -> Scope | None:
        """How far the role reaches: `all` rows, its `own`, or None where it may not do this at all."""
        return self.rights[operation].get(role)

    def field(self, name: str) -> Field:
        """The field of that name in JSON."""
        return next(field for field in self.fields if field.name == name)
