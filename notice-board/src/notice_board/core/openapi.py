"""The served OpenAPI document in its normal form, which equals `openapi.json` in the project's root."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from notice_board.schemas.base import Problem

DESCRIPTION: Final = (
    "A REST API that keeps notices, for the role editor. Sign in with `POST /auth/login` and send the "
    "access token as `Authorization: Bearer ...`. Lists are paged: send `next_cursor` as `cursor` until "
    "it is null. Errors are problem details (RFC 9457, `application/problem+json`)."
)
TAGS: Final = [
    {
        "name": "auth",
        "description": "Registering, signing in and out, and the own account.",
    },
    {
        "name": "accounts",
        "description": "Everyone's accounts and roles, for administrators.",
    },
    {
        "name": "health",
        "description": "Probes and metrics.",
    },
    {
        "name": "notices",
        "description": "Notices, with title, text and state.",
    },
]
_ADDED: Final = "HTTPValidationError"
_SCHEMA_MAPS: Final = ("properties", "$defs")
_DATA: Final = ("examples", "enum", "const")


def document(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document without generated titles and null defaults, with the problem schema, in a stable order."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            openapi_version="3.1.0",
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs"))
        _drop_undocumented(made)
        schemas["Problem"] = problem
        app.openapi_schema = _ordered(_plain(made))
    return app.openapi_schema


def _drop_undocumented(made: dict[str, Any]) -> None:
    """Take out the 422 that FastAPI adds to routes whose path alone can be wrong: that is 404 here."""
    for operations in made["paths"].values():
        for operation in operations.values():
            if _ADDED in str(operation["responses"].get("422")):
                del operation["responses"]["422"]


def _plain(node: Any, names: bool = False) -> Any:
    """Drop generated titles and `default: null`; the keys of a map of names are no keywords."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return int(node) if isinstance(node, float) and node.is_integer() else node
    kept = node.items() if names else [(k, v) for k, v in node.items() if not _noise(k, v, node)]
    return {
        key: value if key in _DATA and not names else _plain(value, key in _SCHEMA_MAPS and not names)
        for key, value in kept
    }


def _noise(key: str, value: Any, node: dict[str, Any]) -> bool:
    if key == "title":
        return "version" not in node
    return key == "default" and value is None


def _ordered(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _ordered(node[key]) for key in sorted(node)}
    return [_ordered(item) for item in node] if isinstance(node, list) else node
