"""The design of an app: the IR with every name resolved and every column, route and right decided.

Templates, the contract and the tests all read this one structure, so none of them decides anything a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from shared.agents.fields import Kind, Schema
from shared.agents.naming import cut
from shared.blueprints import LINE_LENGTH, Code, lit
from shared.model import IR, Entity, EntityField, Relation

OnDelete = Literal["restrict", "cascade", "set_null"]
How = Literal["equal", "lower", "upper"]
Right = Literal["create", "read", "update", "delete"]


@dataclass(frozen=True)
class EnumDesign:
    """A closed list of words: its class and (member, value) pairs."""

    cls: Code
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
    def pattern(self) -> Code | None:
        """The constant that holds the pattern of a decimal's allowed values."""
        if str(self.kind.python) != "Decimal":
            return None
        constant, text = f"{self.attr.upper()}_PATTERN", str(self.kind.schema["pattern"])
        line = f"{constant}: Final = {lit(text)}"
        if len(line) <= LINE_LENGTH:
            return Code(line)
        chunks = [lit(text[i : i + 90]) for i in range(0, len(text), 90)]
        return Code(f"{constant}: Final = (\n" + "".join(f"    {c}\n" for c in chunks) + ")")

    @property
    def column(self) -> Code:
        """The SQLAlchemy type; a secret is stored as its hash."""
        return Code("String(255)") if self.secret else self.kind.sql

    @property
    def filterable(self) -> bool:
        """True when lists can be narrowed by it."""
        return not self.secret and self.kind.search != "none"


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
class FilterDesign:
    """A query parameter of a list: `attr` compares with a column by equality or as a bound."""

    json: Code
    attr: Code
    column: Code
    annotation: Code
    schema: Schema
    how: How


@dataclass(frozen=True)
class LinkDesign:
    """A many-to-many relation: a table of pairs. `left_key` and `right_key` are its columns."""

    ir: Relation
    module: Code
    cls: Code
    table: Code
    left: Code
    right: Code
    left_key: Code
    right_key: Code

    def name_of(self, kind: str, column: str) -> str:
        """The name of a constraint or index on a column."""
        return cut(f"{kind}_{self.table}_{column}", 60)


@dataclass(frozen=True)
class NestedDesign:
    """A route below a row: the rows of `entity` that refer to it through `column`, or that `link` ties to it.

    `path` ends the URL, `stem` the function names; `one` is a single row. A link may be changed on its left side (`forward`).
    """

    entity: Code
    column: Code
    path: Code
    stem: Code
    one: bool
    link: LinkDesign | None
    forward: bool

    @property
    def near(self) -> Code:
        """The link's column for this side's row."""
        assert self.link is not None  # noqa: S101
        return self.link.left_key if self.forward else self.link.right_key

    @property
    def far(self) -> Code:
        """The link's column for the other side's row."""
        assert self.link is not None  # noqa: S101
        return self.link.right_key if self.forward else self.link.left_key


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


@dataclass(frozen=True)
class EntityDesign:
    """A table, its schemas, its routes. `cls` is the model; `module` names its file in every folder."""

    ir: Entity
    cls: Code
    module: Code
    plural: Code
    table: Code
    path: Code
    key: Code
    title: str
    fields: tuple[FieldDesign, ...]
    parents: tuple[ParentDesign, ...]
    states: StatesDesign | None
    filters: tuple[FilterDesign, ...]
    sorts: tuple[tuple[str, Code], ...]
    searched: tuple[Code, ...]
    nested: tuple[NestedDesign, ...] = ()

    @property
    def item(self) -> Code:
        """The path of one row below the entity's own: `/{pet_id}`."""
        return Code(f"/{{{self.key}}}")

    @property
    def single(self) -> bool:
        """True when another entity has exactly one of these."""
        return any(p.one for p in self.parents)

    def name_of(self, kind: str, column: str) -> str:
        """The name of a constraint or index on a column of the table."""
        return cut(f"{kind}_{self.table}_{column}", 60)

    def state_name_of(self, kind: str, column: str) -> str:
        """The name of a constraint or index on a column of the table of moves."""
        return cut(f"{kind}_{self.states.table if self.states else ''}_{column}", 60)

    def column_type(self, item: FieldDesign) -> Code:
        """The SQLAlchemy type of a column."""
        if item.enum is None:
            return item.column
        return Code(f"choice({item.enum.cls}, {item.enum.length}, {lit(self.name_of('ck', item.json))})")

    def op(self, verb: str) -> Code:
        """The operation id, and function name, of a route of the entity."""
        if verb == "moves":
            return Code(f"list_transitions_of_{self.module}")
        return Code(f"{verb}_{self.plural if verb == 'list' else self.module}")

    def nested_op(self, verb: str, nested: NestedDesign) -> Code:
        """The operation id, and function name, of a route below a row."""
        return Code(f"{verb}_{nested.stem}_of_{self.module}")

    @property
    def linked_ops(self) -> tuple[Code, ...]:
        """Operations that take the id of a new row."""
        nested = [self.nested_op("get" if n.one else "list", n) for n in self.nested]
        return (*(self.op(v) for v in ("get", "update", "delete")), *nested, *((self.op("moves"),) if self.states else ()))

    def right(self, cls: str, operation: str) -> Code:
        """The dependency that lets only some roles pass."""
        return Code(f'Annotated[Access, Depends(allow("{cls}", "{operation}"))]')

    @property
    def writable(self) -> tuple[FieldDesign, ...]:
        """Fields that a client may set: all but the state."""
        return tuple(f for f in self.fields if not f.state)

    @property
    def enums(self) -> tuple[EnumDesign, ...]:
        """The closed lists this entity brings."""
        return tuple(f.enum for f in self.fields if f.enum is not None)


@dataclass(frozen=True)
class AppDesign:
    """A whole app. `rights[role][entity class][operation]` is `all` or `own`; `admin` may do everything and is not listed."""

    ir: IR
    title: str
    slug: Code
    package: Code
    description: str
    version: Code
    entities: tuple[EntityDesign, ...]
    links: tuple[LinkDesign, ...]
    roles: tuple[tuple[Code, str], ...]
    rights: dict[str, dict[str, dict[Right, str]]]
    registration_role: str | None
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def model_names(self) -> tuple[str, ...]:
        """Every model class, as `__all__` lists them."""
        return tuple(sorted(str(c) for _, classes in self.models for c in classes))

    @property
    def in_order(self) -> tuple[EntityDesign, ...]:
        """The entities, each after those that its foreign keys refer to (late keys aside)."""
        done: list[EntityDesign] = []
        left = list(self.entities)
        while left:
            made = {e.cls for e in done}
            ready = [e for e in left if all(p.late or p.target in made or p.target == e.cls for p in e.parents)]
            done += ready
            left = [e for e in left if e not in ready]
        return tuple(done)

    @property
    def enums(self) -> tuple[EnumDesign, ...]:
        """Every closed list of the app."""
        return tuple(e for entity in self.entities for e in entity.enums)

    @property
    def role_length(self) -> int:
        """The longest role's length."""
        return max(len(v) for _, v in self.roles)

    @property
    def models(self) -> tuple[tuple[Code, tuple[Code, ...]], ...]:
        """(module, classes) of every model module, sorted by module."""
        found: list[tuple[Code, tuple[Code, ...]]] = [(Code("account"), (Code("Account"), Code("RefreshToken")))]
        found += [(e.module, (e.cls, *((e.states.cls,) if e.states else ()))) for e in self.entities]
        found += [(k.module, (k.cls,)) for k in self.links]
        return tuple(sorted(found))

    @property
    def registration_member(self) -> Code:
        """`Role.X` for whoever registers, or `None`."""
        return next((Code(f"Role.{m}") for m, v in self.roles if v == self.registration_role), Code("None"))

    def member(self, role: str) -> Code:
        """`Role.X` for a role's value."""
        return next(Code(f"Role.{m}") for m, v in self.roles if v == role)

    def entity(self, cls: str) -> EntityDesign:
        """The entity with this model class."""
        return next(e for e in self.entities if e.cls == cls)
