"""JSON schemas of the contract: the app's own ones, and those of every entity."""

from __future__ import annotations

from typing import Any

from shared.agents.closed_lists import EnumDesign
from shared.agents.columns import FieldDesign
from shared.agents.design import AppDesign, EntityDesign
from shared.agents.examples import Body, create_example, update_example
from shared.agents.fields import EMAIL, NO_NUL, Schema

UUID: Schema = {"type": "string", "format": "uuid"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
NULLABLE_STRING: Schema = {"anyOf": [{"type": "string"}, {"type": "null"}]}
_EMAIL: Schema = {"type": "string", "format": "email", "minLength": 3, "maxLength": 254, "pattern": EMAIL}

_ADA: Body = {"email": "ada@example.org", "password": "a long enough password"}


def ref(name: str) -> Schema:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def text(low: int, high: int, pattern: str = NO_NUL) -> Schema:
    """A string of so many characters."""
    return {"type": "string", "minLength": low, "maxLength": high, "pattern": pattern}


def optional(schema: Schema) -> Schema:
    """The schema, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def record(description: str, properties: dict[str, Schema], required: list[str], closed: bool = False) -> Schema:
    """An object; a `closed` one takes no other properties."""
    made: Schema = {"type": "object", "description": description, "properties": properties}
    if required:
        made["required"] = required
    return made | {"additionalProperties": False} if closed else made


def _closed(description: str, properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    return record(description, properties, list(properties) if required is None else required, True)


def _open(description: str, properties: dict[str, Schema]) -> Schema:
    return record(description, properties, list(properties))


def _page(description: str, items: str) -> Schema:
    return _open(description, {"items": {"type": "array", "items": ref(items)}, "next_cursor": NULLABLE_STRING})


def own_schemas(app: AppDesign) -> dict[str, Schema]:
    """Schemas of accounts, tokens, probes and problems."""
    password, role = text(12, 128), optional(ref("Role"))
    string: Schema = {"type": "string"}
    return {
        "Role": {"type": "string", "description": "A kind of user.", "enum": [v for _, v in app.roles]},
        "FieldProblem": _open("One thing that is wrong with a request, and where.", {"pointer": string, "detail": string}),
        "Problem": record(
            "An RFC 9457 problem.",
            {
                "type": string, "title": string, "status": {"type": "integer"}, "detail": string,
                "errors": {"type": "array", "items": ref("FieldProblem")},
            },
            ["type", "title", "status", "detail"],
        ),
        "Status": _open("An answer of a probe.", {"status": string}),
        "Register": _shown(_closed("A new account.", {"email": _EMAIL, "password": password}), _ADA),
        "Login": _shown(_closed("Who signs in.", {"email": _EMAIL, "password": text(1, 128)}), _ADA),
        "Refresh": _shown(
            _closed("A refresh token, as it was given out.", {"refresh_token": text(1, 200)}),
            {"refresh_token": "the refresh token that came last"},
        ),
        "PasswordChange": _shown(
            _closed("The old and the new password.", {"current_password": text(1, 128), "new_password": password}),
            {"current_password": _ADA["password"], "new_password": "a longer and newer password"},
        ),
        "TokenPair": _open(
            "A short access token and the refresh token that follows it. `expires_in` counts seconds.",
            {
                "access_token": string, "refresh_token": string, "token_type": {"type": "string", "const": "bearer"},
                "expires_in": {"type": "integer"},
            },
        ),
        "AccountRead": _open(
            "An account, without its password.",
            {"id": UUID, "email": string, "role": role, "is_active": {"type": "boolean"}, "created_at": MOMENT, "updated_at": MOMENT},
        ),
        "AccountCreate": _shown(
            _closed(
                "An account that an administrator makes.", {"email": _EMAIL, "password": password, "role": role}, ["email", "password"]
            ),
            _ADA | {"role": app.example_role},
        ),
        "AccountUpdate": _shown(
            _closed(
                "What an administrator may change. Without a role an account has no rights.",
                {"role": role, "is_active": {"type": "boolean"}, "password": password}, [],
            ),
            {"role": app.example_role, "is_active": True},
        ),
        "AccountPage": _page("A page of accounts.", "AccountRead"),
    }  # fmt: skip


def entity_schemas(entity: EntityDesign) -> dict[str, Schema]:
    """Create, Update, Read and Page of an entity, its closed lists, and its moves."""
    found = {str(e.cls): _enum(e) for e in entity.enums}
    found[f"{entity.cls}Create"] = _create(entity)
    found[f"{entity.cls}Update"] = _update(entity)
    found[f"{entity.cls}Read"] = _read(entity)
    found[f"{entity.cls}Page"] = _page(entity.says["Page"], f"{entity.cls}Read")
    if entity.states:
        cls, state = entity.states.cls, ref(entity.states.enum.cls)
        moved: dict[str, Any] = {"id": UUID, "source": state, "target": state, "created_at": MOMENT, "created_by_id": optional(UUID)}
        found[f"{cls}Read"] = _open(entity.says["MoveRead"], moved)
        found[f"{cls}Page"] = _page(entity.says["MovePage"], f"{cls}Read")
    return found


def _shown(schema: Schema, example: Body | None) -> Schema:
    return schema if example is None else schema | {"examples": [example]}


def _enum(enum: EnumDesign) -> Schema:
    return {"type": "string", "description": enum.says, "enum": list(enum.values)}


def _input(item: FieldDesign) -> Schema:
    return item.kind.schema if item.required else optional(item.kind.schema)


def _create(entity: EntityDesign) -> Schema:
    properties: dict[str, Schema] = {p.column: UUID if p.required else optional(UUID) for p in entity.parents}
    required = [str(p.column) for p in entity.parents if p.required]
    for item in entity.writable:
        properties[item.json] = _input(item) if item.default is None else _input(item) | {"default": item.default_value}
        required += [str(item.json)] if item.required and item.default is None else []
    return _shown(_closed(entity.says["Create"], properties, required), create_example(entity))


def _update(entity: EntityDesign) -> Schema:
    properties: dict[str, Schema] = {p.column: UUID if p.required else optional(UUID) for p in entity.parents}
    closed = _closed(entity.says["Update"], properties | {f.json: _input(f) for f in entity.writable}, [])
    return _shown(closed, update_example(entity))


def _read(entity: EntityDesign) -> Schema:
    properties: dict[str, Schema] = {"id": UUID}
    properties |= {p.column: UUID if p.required else optional(UUID) for p in entity.parents}
    properties |= {f.json: f.kind.output if f.required else optional(f.kind.output) for f in entity.fields if not f.secret}
    return _open(entity.says["Read"], properties | {"created_at": MOMENT, "updated_at": MOMENT, "created_by_id": optional(UUID)})
