"""IRs by hand: what the agents are tested on, from the plain to the nasty."""

from __future__ import annotations

from typing import Any

from shared.model import IR

_ALL = ["create", "read", "update", "delete"]


def ir(
    name: str,
    entities: list[dict[str, Any]],
    relations: list[dict[str, Any]] | None = None,
    roles: list[dict[str, Any]] | None = None,
    **more: Any,
) -> IR:
    """An IR from plain data."""
    slug = name.lower().replace(" ", "-")
    return IR.model_validate(
        {
            "name": name,
            "slug": slug,
            "summary": f"{name} application",
            "entities": entities,
            "relations": relations or [],
            "roles": roles or [],
            **more,
        }
    )


def entity(name: str, plural: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An entity from plain data."""
    return {"name": name, "plural": plural, "fields": list(fields), **more}


def f(name: str, type: str = "string", **more: Any) -> dict[str, Any]:
    """A field from plain data."""
    return {"name": name, "type": type, **more}


def grant(entity: str, *operations: str, scope: str = "all") -> dict[str, Any]:
    """A permission; without operations, all of them."""
    return {"entity": entity, "operations": list(operations or _ALL), "scope": scope}


def clinic() -> IR:
    """Five entities, three roles, one owner rule, a state machine and every plain type."""
    return ir(
        "Pet Clinic",
        [
            entity(
                "Owner",
                "owners",
                f("name"),
                f("email", "email", unique=True, sensitivity="personal"),
                f("phone", "phone", required=False, sensitivity="personal"),
                f("newsletter", "boolean", required=False, default=False),
                searchable=["name"],
            ),
            entity(
                "Pet",
                "pets",
                f("name"),
                f("species", "enum", enum=["cat", "dog", "rabbit"]),
                f("date_of_birth", "date", required=False),
                f("chip", "uuid", required=False, unique=True),
                f("weight", "decimal", required=False, min=0, max=2000),
                searchable=["name"],
            ),
            entity(
                "Vet",
                "vets",
                f("name"),
                f("homepage", "url", required=False),
                f("extra", "json", required=False),
                f("pin", sensitivity="secret", required=False),
            ),
            entity(
                "Visit",
                "visits",
                f("reason", "text"),
                f("cost", "money", min=0),
                f("starts_on", "date"),
                f("minutes", "integer", min=1, max=480, default=30),
            ),
            entity(
                "Appointment",
                "appointments",
                f("at", "datetime"),
                f("slot", "time", required=False),
                f("status", "enum", enum=["booked", "checked_in", "done", "cancelled"]),
                states={
                    "field": "status",
                    "initial": "booked",
                    "transitions": [
                        {"from": "booked", "to": "checked_in", "by": ["receptionist"]},
                        {"from": "checked_in", "to": "done", "by": ["vet"]},
                        {"from": "booked", "to": "cancelled", "by": []},
                    ],
                },
            ),
        ],
        [
            {"from": "Owner", "to": "Pet", "kind": "one_to_many", "required": True},
            {"from": "Pet", "to": "Visit", "kind": "one_to_many", "required": True, "on_delete": "cascade"},
            {"from": "Vet", "to": "Visit", "kind": "one_to_many", "required": False, "on_delete": "set_null"},
            {"from": "Pet", "to": "Appointment", "kind": "one_to_many", "required": True},
            {"from": "Vet", "to": "Appointment", "kind": "one_to_many"},
        ],
        [
            {"name": "receptionist", "permissions": [grant("Owner"), grant("Pet"), grant("Appointment"), grant("Vet", "read")]},
            {"name": "vet", "permissions": [grant("Visit"), grant("Pet", "read"), grant("Owner", "read"), grant("Appointment", "read")]},
            {
                "name": "customer",
                "permissions": [grant("Appointment", "create", "read", "update", scope="own"), grant("Pet", "create", "read", scope="own")],
            },
        ],
        domain="healthcare",
    )


def helpdesk() -> IR:
    """A state machine with moves back, enums, comments."""
    new, busy, solved, closed = "New", "In Progress", "Resolved", "Closed"
    moves = [(new, busy, ["technician"]), (busy, solved, ["technician"]), (solved, busy, ["technician", "employee"]), (solved, closed, [])]
    return ir(
        "Help Desk",
        [
            entity(
                "Ticket",
                "tickets",
                f("title", min=3, max=120),
                f("description", "text"),
                f("priority", "enum", enum=["low", "normal", "high"], default="normal"),
                f("status", "enum", enum=[new, busy, solved, closed]),
                searchable=["title", "description"],
                states={"field": "status", "initial": new, "transitions": [{"from": a, "to": b, "by": by} for a, b, by in moves]},
            ),
            entity("Comment", "comments", f("body", "text"), f("internal", "boolean", default=False)),
        ],
        [{"from": "Ticket", "to": "Comment", "kind": "one_to_many", "required": True, "on_delete": "cascade"}],
        [
            {
                "name": "employee",
                "permissions": [grant("Ticket", "create", "read", scope="own"), grant("Comment", "create", "read", scope="own")],
            },
            {"name": "technician", "permissions": [grant("Ticket", "read", "update"), grant("Comment")]},
            {"name": "manager", "permissions": [grant("Ticket", "read")]},
        ],
    )


def cookbook() -> IR:
    """Many-to-many, one-to-one, a tree, and no roles."""
    return ir(
        "Cookbook",
        [
            entity(
                "Recipe", "recipes", f("title"), f("servings", "integer", min=1, max=100), f("preparation_time", "integer", required=False)
            ),
            entity("Step", "steps", f("text", "text"), f("position", "integer", min=1)),
            entity("Ingredient", "ingredients", f("name", unique=True), f("unit")),
            entity("Nutrition", "nutritions", f("calories", "integer", min=0)),
            entity("Category", "categories", f("name")),
        ],
        [
            {"from": "Recipe", "to": "Step", "kind": "one_to_many", "required": True, "on_delete": "cascade"},
            {"from": "Recipe", "to": "Ingredient", "kind": "many_to_many"},
            {"from": "Recipe", "to": "Nutrition", "kind": "one_to_one", "required": True, "on_delete": "cascade"},
            {"from": "Category", "to": "Category", "kind": "one_to_many", "required": True},
            {"from": "Recipe", "to": "Recipe", "kind": "many_to_many"},
        ],
    )


def nasty() -> IR:
    """Names that Python, SQL, the framework and the app itself have taken, circles, and text that tries to become code."""
    hostile = 'x"""\n{{ 7 * 7 }} {% raw %} \\" ); DROP TABLE users; -- \u202e'
    return ir(
        "Class; import os #",
        [
            entity(
                "User",
                "users",
                f("id"),
                f("class"),
                f("order", "integer"),
                f("metadata", "json", required=False),
                f("select", unique=True),
                f("type", "enum", enum=["a", hostile, "None", "1"]),
            ),
            entity(
                "Role",
                "roles",
                f("created_at"),
                f("updated_at", "datetime"),
                f("date", "date"),
                f("datetime", "datetime", required=False),
                f("str", "text"),
            ),
            entity(
                "Token",
                "tokens",
                f("2fa", "boolean"),
                f("limit", "integer"),
                f("q"),
                f("cursor", required=False),
                f("sort", "decimal", min=-3.5, max=2.25),
            ),
            entity(
                "Order",
                "orders",
                f("model_config"),
                f("json", "json"),
                f("copy"),
                f("self"),
                f("password", sensitivity="secret"),
                f("created_by_id", "uuid", required=False),
            ),
            entity("3DModel", "3d_models", f("größe", "money", min=0.01, max=99999.99), f("名前"), f("a" * 90), f("model_dump")),
            entity("Account", "accounts", f("balance", "money"), f("state"), description=hostile),
            entity("Metric", "metrics", f("value", "integer", min=-5_000_000_000, max=5_000_000_000), f("note", default=hostile)),
            entity(
                "Class",
                "classes",
                f("name", min=5, max=2),
                f("status", "enum"),
                states={"field": "status", "initial": "on", "transitions": [{"from": "on", "to": "off"}]},
            ),
        ],
        [
            {"from": "User", "to": "Order", "kind": "one_to_many", "required": True},
            {"from": "Order", "to": "User", "kind": "one_to_many", "required": True},
            {"from": "User", "to": "Role", "kind": "many_to_many"},
            {"from": "User", "to": "Account", "kind": "one_to_one", "required": True, "on_delete": "set_null"},
            {"from": "Class", "to": "Class", "kind": "many_to_many"},
            {"from": "Nobody", "to": "User", "kind": "one_to_many"},
        ],
        [
            {"name": "class", "permissions": [grant("Order", scope="own"), grant("User", "read"), grant("Ghost")]},
            {"name": "1st line", "permissions": [grant("Class", "read")]},
        ],
        summary=hostile,
    )


def all_irs() -> dict[str, IR]:
    """Every IR of this module by name."""
    return {"clinic": clinic(), "helpdesk": helpdesk(), "cookbook": cookbook(), "nasty": nasty()}
