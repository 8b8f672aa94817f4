"""The columns that a brief names: their names on the wire and in Python, their types and their defaults."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.agents.closed_lists import EnumDesign, closed_list, is_state, value_of
from shared.agents.entities import EntityNames, Spaces
from shared.agents.fields import Kind, kind_of
from shared.agents.naming import Names, attribute, looks_secret, snake, symbol
from shared.agents.reserved import ATTRIBUTES, SYSTEM_COLUMNS
from shared.blueprints import LINE_LENGTH, Code, lit, name, path
from shared.model import Entity, EntityField

_UNIQUE_KINDS = frozenset({"str", "int", "dt.date", "dt.datetime", "dt.time", "UUID", "Decimal"})
_LONGEST_WIRE, _LONGEST_DEFAULT = 48, 60


@dataclass(frozen=True)
class FieldDesign:
    """A column that the brief names. `json` is its name on the wire and in the database, `attr` its name in Python."""

    ir: EntityField
    json: Code
    attr: Code
    kind: Kind
    enum: EnumDesign | None
    required: bool
    unique: bool
    default: Code | None
    default_value: str | int | bool | None
    state: bool

    @property
    def secret(self) -> bool:
        """True for a value that is hashed and never given out."""
        return self.ir.sensitivity == "secret" and self.kind.python == "str"

    @property
    def renamed(self) -> bool:
        """True when Python needs another name than the wire."""
        return self.attr != self.json

    @property
    def amount(self) -> Code | None:
        """The constant that holds a decimal's allowed values. Not a plain text: some names of texts look like secrets to linters."""
        if str(self.kind.python) != "Decimal":
            return None
        start, text = f"{self.attr.upper()}_AMOUNT: Final = types.amount(", str(self.kind.schema["pattern"])
        if len(line := f"{start}{lit(text)})") <= LINE_LENGTH:
            return Code(line)
        chunks = [lit(text)]
        if len(chunks[0]) > LINE_LENGTH - 4:
            chunks = [lit(text[i : i + 90]) for i in range(0, len(text), 90)]
        return Code(f"{start}\n" + "".join(f"    {c}\n" for c in chunks) + ")")

    @property
    def explicit(self) -> bool:
        """True when the input schema spells the field out: for its other name, or for a text that a linter takes for a secret."""
        return self.renamed or (looks_secret(self.attr) and self.default is not None and self.enum is None)

    @property
    def column(self) -> Code:
        """The SQLAlchemy type; a secret is stored as its hash."""
        return Code("String(255)") if self.secret else self.kind.sql

    @property
    def filterable(self) -> bool:
        """True when lists can be narrowed by it."""
        return not self.secret and self.kind.search != "none"


def unbuilt_field(item: EntityField) -> bool:
    """True for what rules cannot store yet: files, and card numbers, which are never stored."""
    return item.type == "file" or item.sensitivity == "card"


def system_field(item: EntityField) -> bool:
    """True when the app's own column is the field that the brief asks for."""
    wire = snake(item.name)
    return (wire in ("created_at", "updated_at") and item.type in ("datetime", "date")) or (wire == "id" and item.type == "uuid")


def built_fields(entity: Entity) -> list[EntityField]:
    """The fields that get a column of their own; `created_at` and its like are columns of every table."""
    return [f for f in entity.fields if not unbuilt_field(f) and not system_field(f)]


def columns(entity: EntityNames, keys: Iterable[str], spaces: Spaces) -> tuple[FieldDesign, ...]:
    """The columns of an entity beside its foreign `keys`; a field that only repeats a key is that key."""
    taken = list(keys)
    wires, attrs = Names([*SYSTEM_COLUMNS, *taken]), Names(taken)
    found: dict[str, FieldDesign] = {}
    for item in built_fields(entity.ir):
        wire = snake(item.name, _LONGEST_WIRE)
        if item.name in found or (wire in taken and item.type in ("uuid", "integer", "string")):
            continue
        wire = wires.take(wire if wire not in SYSTEM_COLUMNS else f"{entity.module}_{wire}", "_value")
        attr = name(attrs.take(str(attribute(symbol(wire), ATTRIBUTES))))
        found[item.name] = _column(item, wire, attr, closed_list(item, entity, spaces), is_state(item, entity.ir))
    return tuple(found.values())


def _column(item: EntityField, wire: str, attr: Code, enum: EnumDesign | None, state: bool) -> FieldDesign:
    kind = kind_of(item, attr, enum.cls if enum else None)
    default = _default(item, enum, kind)
    return FieldDesign(
        ir=item,
        json=path(wire),
        attr=attr,
        kind=kind,
        enum=enum,
        required=item.required or state,
        default=default,
        default_value=_default_value(item.default, enum) if default is not None else None,
        unique=item.unique and not state and str(kind.python) in _UNIQUE_KINDS and kind.search != "none",
        state=state,
    )


def _default(item: EntityField, enum: EnumDesign | None, kind: Kind) -> Code | None:
    """The literal a client gets for a value it leaves out; one that does not fit the type is no default."""
    value, schema = item.default, kind.schema
    if value is None:
        return None
    if enum is not None:
        return enum.member(value_of(value)) if isinstance(value, str) and value_of(value) in enum.values else None
    if item.type == "boolean" and isinstance(value, bool):
        return lit(value)
    if item.type == "integer" and isinstance(value, int) and not isinstance(value, bool):
        return lit(value) if schema["minimum"] <= value <= schema["maximum"] else None
    fits = item.type in ("string", "text") and isinstance(value, str) and value.isprintable() and len(lit(value)) <= _LONGEST_DEFAULT
    return lit(str(value)) if fits and schema["minLength"] <= len(str(value)) <= schema["maxLength"] else None


def _default_value(value: str | float | bool | None, enum: EnumDesign | None) -> str | int | bool | None:
    """The default as JSON data."""
    if isinstance(value, float):
        return None
    return value_of(value) if enum is not None and isinstance(value, str) else value
