"""The intermediate representation: what a brief asks for, as data. `qlf compile --json` prints it under `ir`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from shared.model.base import Record

FieldType = Literal[
    "string",
    "text",
    "integer",
    "decimal",
    "money",
    "boolean",
    "date",
    "datetime",
    "time",
    "uuid",
    "email",
    "phone",
    "url",
    "enum",
    "json",
    "file",
]
Sensitivity = Literal["none", "personal", "health", "card", "secret"]
RelationKind = Literal["one_to_many", "many_to_many", "one_to_one"]
OperationName = Literal["create", "read", "update", "delete"]
OperationKind = Literal["transition", "report", "booking", "upload", "notification", "export", "search", "custom"]


class EntityField(Record):
    """A column: snake_case name, type and constraints."""

    name: str
    type: FieldType = "string"
    required: bool = True
    unique: bool = False
    enum: list[str] | None = None
    min: float | None = None
    max: float | None = None
    default: str | int | float | bool | None = None
    sensitivity: Sensitivity = "none"


class Transition(Record):
    """A legal move of a state machine and the roles that may make it (empty: whoever may update)."""

    source: str = Field(alias="from")
    to: str
    by: list[str] = []


class States(Record):
    """The state machine of an entity. `field` names one of its enum fields."""

    field: str
    initial: str
    transitions: list[Transition]


class Entity(Record):
    """A thing the app stores: PascalCase singular name, snake_case plural."""

    name: str
    plural: str
    description: str = ""
    searchable: list[str] = []
    fields: list[EntityField] = []
    states: States | None = None


class Relation(Record):
    """`source` has (many) `to`. For one_to_many the foreign key lies on `to`."""

    source: str = Field(alias="from")
    to: str
    kind: RelationKind
    required: bool = False
    on_delete: Literal["restrict", "cascade", "set_null"] = "restrict"


class Permission(Record):
    """What a role may do with an entity. Scope `own` holds for rows that the user owns."""

    entity: str
    operations: list[OperationName]
    scope: Literal["all", "own"] = "all"


class Role(Record):
    """A kind of user: snake_case name."""

    name: str
    permissions: list[Permission] = []


class Operation(Record):
    """What the app does beyond create, read, update and delete."""

    name: str
    kind: OperationKind
    entity: str | None = None
    description: str = ""
    roles: list[str] = []
    params: dict[str, Any] = {}


class Stack(Record):
    """The chosen stack; `stated` lists the keys that the brief names, all others are defaults."""

    backend: str = "fastapi"
    frontend: str | None = None
    database: str = "postgresql"
    cache: str | None = None
    api: Literal["rest", "graphql"] = "rest"
    stated: list[str] = []


class OverlayChoice(Record):
    """An overlay that the brief calls for, with the character spans that say so."""

    name: str
    confidence: float
    decision: Literal["required", "suggested", "explicit", "ignored"]
    evidence: list[tuple[int, int]] = []


class Question(Record):
    """Something the brief leaves open. A blocking one stops the run until it is answered or its default accepted."""

    id: str
    text: str
    blocking: bool = False
    default: str


class Quality(Record):
    """Stated targets; null where the brief is silent."""

    users: int | None = None
    latency_ms: int | None = None
    availability: float | None = None


class IR(Record):
    """A whole brief."""

    schema_version: Literal["1"] = "1"
    name: str
    slug: str
    summary: str = ""
    domain: str = "general"
    stack: Stack = Stack()
    roles: list[Role] = []
    entities: list[Entity] = []
    relations: list[Relation] = []
    operations: list[Operation] = []
    pages: list[dict[str, Any]] = []
    integrations: list[dict[str, Any]] = []
    quality: Quality = Quality()
    overlays: list[OverlayChoice] = []
    confidence: float = 0.0
    warnings: list[str] = []
    questions: list[Question] = []
