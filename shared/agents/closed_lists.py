"""Closed lists of words: the enums of an app."""

from __future__ import annotations

from dataclasses import dataclass

from shared.agents.entities import EntityNames, Spaces
from shared.agents.naming import Names, cut, member, pascal, snake
from shared.agents.wording import article
from shared.blueprints import Code, doc, lit, name
from shared.model import Entity, EntityField

LONGEST, LONGEST_LITERAL = 60, 78


@dataclass(frozen=True)
class EnumDesign:
    """A closed list of words: its class, what it is, and (member, value) pairs."""

    cls: Code
    says: Code
    members: tuple[tuple[Code, str], ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The values in the brief's order."""
        return tuple(value for _, value in self.members)

    @property
    def length(self) -> int:
        """The longest value's length."""
        return max(len(v) for v in self.values)

    def member(self, value: str) -> Code:
        """`TicketStatus.OPEN` for a value of the list."""
        return next(Code(f"{self.cls}.{m}") for m, v in self.members if v == value)


def closed_list(item: EntityField, entity: EntityNames, spaces: Spaces) -> EnumDesign | None:
    """The list of a field, if it has one; a state field's list holds every state that is named."""
    if item.type != "enum" and not item.enum and not is_state(item, entity.ir):
        return None
    states = entity.ir.states if is_state(item, entity.ir) else None
    named = [s for t in states.transitions for s in (t.source, t.to)] if states else []
    values = list(dict.fromkeys(value_of(v) for v in [*(item.enum or []), *([states.initial] if states else []), *named]))
    if not values:
        return None
    members = Names()
    pairs = tuple((name(members.take(member(v, "V_"))), v) for v in values)
    says = doc(f"The {' '.join(snake(item.name).split('_'))} of {article(entity.title)}.")
    return EnumDesign(name(spaces.classes.take(cut(f"{entity.cls}{pascal(item.name, 24)}", 32, ""), "Choice", "")), says, pairs)


def is_state(item: EntityField, entity: Entity) -> bool:
    """True for the field that the entity's state machine moves."""
    return entity.states is not None and entity.states.field == item.name


def value_of(value: str) -> str:
    """A word of a closed list as the app stores it: printable, at most 60 characters and a line's worth of source."""
    plain = "".join(c for c in value if c.isprintable() and not "\ud800" <= c <= "\udfff").strip() or "empty"
    limit = min(LONGEST, len(plain))
    while len(lit(cut(plain, limit))) > LONGEST_LITERAL:
        limit -= 1
    return cut(plain, limit)
