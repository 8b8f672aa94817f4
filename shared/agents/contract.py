"""The one contract of a run: an OpenAPI 3.1 document, made from the IR by rule before any code is.

The generated app derives its served document from its code. Both are brought to the same normal form (no generated titles, no
null defaults, whole numbers without a point, sorted keys), so equality of the two is a real check of the code.
"""

from __future__ import annotations

from typing import Any

from shared.agents.builder import design
from shared.agents.design import AppDesign, EntityDesign, NestedDesign
from shared.agents.schemas import UUID, entity_schemas, own_schemas, ref, text
from shared.model import IR, Contract

PROBLEM = "application/problem+json"
_DESCRIPTIONS = {
    400: "The request cannot be read", 401: "Not authenticated", 403: "Not allowed", 404: "Not found", 409: "Conflict with the stored data",
    413: "The body is too large", 422: "The request is not valid", 429: "Too many requests", 503: "Not available right now",
}  # fmt: skip
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "How to authenticate", "schema": {"type": "string"}, "required": True}},
    429: {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}, "required": True}},
}
_LOCATION = {"Location": {"description": "Where the new row is", "schema": {"type": "string"}, "required": True}}
_READ, _WRITE = (401, 403, 404, 422, 429, 503), (400, 401, 403, 404, 409, 413, 422, 429, 503)
_CREATE, _DELETE = (400, 401, 403, 409, 413, 422, 429, 503), (401, 403, 404, 409, 422, 429, 503)
_OPEN, _LINK = (400, 401, 413, 422, 429, 503), (401, 403, 404, 422, 429, 503)
Paths = dict[str, dict[str, Any]]


def build_contract(ir: IR) -> Contract:
    """The contract of an IR. `types` holds each entity's schema names. Errors: QLF2002, QLF2003."""
    app = design(ir)
    types = {
        e.ir.name: {k: f"{e.cls}{k.title()}" for k in ("create", "update", "read", "page")} | {"path": str(e.path)} for e in app.entities
    }
    return Contract(openapi=document(app), types=types)


def document(app: AppDesign) -> dict[str, Any]:
    """The OpenAPI document of an app, keys sorted."""
    paths: Paths = {}
    _account_paths(paths)
    schemas = own_schemas(app)
    for entity in app.entities:
        _entity_paths(paths, app, entity)
        schemas |= entity_schemas(entity)
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    made = {
        "openapi": "3.1.0", "info": {"title": app.title, "version": str(app.version)}, "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"bearer": bearer}},
    }  # fmt: skip
    ordered: dict[str, Any] = _ordered(made)
    return ordered


def _ordered(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(k): _ordered(node[k]) for k in sorted(node)}
    return [_ordered(v) for v in node] if isinstance(node, list) else str(node) if isinstance(node, str) else node


def problem(status: int) -> dict[str, Any]:
    """A documented error."""
    made: dict[str, Any] = {"description": _DESCRIPTIONS[status], "content": {PROBLEM: {"schema": ref("Problem")}}}
    return made | {"headers": _HEADERS[status]} if status in _HEADERS else made


def _operation(
    paths: Paths, method: str, path: str, tag: str, op: str, description: str, errors: tuple[int, ...], *,
    gives: str | None = None, takes: str | None = None, status: int = 200, parameters: list[dict[str, Any]] | None = None, open_: bool = False,
) -> None:  # fmt: skip
    success: dict[str, Any] = {"description": "Successful Response"}
    if gives:
        success["content"] = {"application/json": {"schema": ref(gives)}}
    made: dict[str, Any] = {"tags": [tag], "operationId": op, "summary": op.replace("_", " ").title(), "description": description}
    if parameters:
        made["parameters"] = parameters
    if takes:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": ref(takes)}}}
    if not open_:
        made["security"] = [{"bearer": []}]
    made["responses"] = {str(status): success} | {str(code): problem(code) for code in errors}
    paths.setdefault(path, {})[method] = made


def _parameter(where: str, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def _page_parameters() -> list[dict[str, Any]]:
    limit = {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}
    return [_parameter("query", "limit", limit), _parameter("query", "cursor", text(1, 1000, "^[A-Za-z0-9_-]+$"))]


def _sort_parameter(names: list[str]) -> dict[str, Any]:
    choices = [c for n in names for c in (n, "-" + n)]
    return _parameter("query", "sort", {"type": "string", "enum": choices, "default": "created_at"})


def _list_parameters(entity: EntityDesign) -> list[dict[str, Any]]:
    found = [*_page_parameters(), _sort_parameter([wire for wire, _ in entity.sorts])]
    if entity.searched:
        found.append(_parameter("query", "q", text(1, 200)))
    return found + [_parameter("query", f.json, f.schema) for f in entity.filters]


def _account_paths(paths: Paths) -> None:
    def auth(op: str, path: str, description: str, errors: tuple[int, ...], **more: Any) -> None:
        _operation(paths, more.pop("method", "post"), "/auth/" + path, "auth", op, description, errors, **more)

    auth(
        "register",
        "register",
        "Make an account for oneself.",
        (400, 403, 409, 413, 422, 429, 503),
        takes="Register",
        gives="AccountRead",
        status=201,
        open_=True,
    )
    auth("login", "login", "Sign in with e-mail and password.", _OPEN, takes="Login", gives="TokenPair", open_=True)
    auth(
        "refresh",
        "refresh",
        "Exchange a refresh token for a new pair. Each token works once.",
        _OPEN,
        takes="Refresh",
        gives="TokenPair",
        open_=True,
    )
    auth(
        "logout",
        "logout",
        "End the session that a refresh token belongs to.",
        (400, 413, 422, 429, 503),
        takes="Refresh",
        status=204,
        open_=True,
    )
    auth("get_me", "me", "The account that is signed in.", (401, 429, 503), method="get", gives="AccountRead")
    auth("change_password", "password", "Set a new password.", (400, 401, 403, 413, 422, 429, 503), takes="PasswordChange", status=204)

    for path, description, errors in (
        ("livez", "The process answers.", (429,)),
        ("readyz", "The database answers within two seconds.", (429, 503)),
    ):
        _operation(paths, "get", "/" + path, "health", path, description, errors, gives="Status", open_=True)
    _operation(paths, "get", "/metrics", "health", "metrics", "Metrics in the Prometheus text format.", (429,), open_=True)
    paths["/metrics"]["get"]["responses"]["200"] = {
        "description": "Prometheus text",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
    _admin_paths(paths)


def _admin_paths(paths: Paths) -> None:
    base, one = "/admin/accounts", "/admin/accounts/{account_id}"
    key = [_parameter("path", "account_id", UUID)]
    listed = [
        *_page_parameters(), _sort_parameter(["created_at", "email"]), _parameter("query", "q", text(1, 200)),
        _parameter("query", "role", ref("Role")), _parameter("query", "is_active", {"type": "boolean"}),
    ]  # fmt: skip

    def admin(method: str, path: str, op: str, description: str, errors: tuple[int, ...], **more: Any) -> None:
        _operation(paths, method, path, "accounts", op, description, errors, **more)

    admin("get", base, "admin_list_accounts", "List accounts.", _READ, gives="AccountPage", parameters=listed)
    admin(
        "post",
        base,
        "admin_create_account",
        "Make an account with a role.",
        _CREATE,
        takes="AccountCreate",
        gives="AccountRead",
        status=201,
    )
    paths[base]["post"]["responses"]["201"]["headers"] = _LOCATION
    admin("get", one, "admin_get_account", "Get one account.", _READ, gives="AccountRead", parameters=key)
    changed = "Change role, activity or password of someone else's account."
    admin("patch", one, "admin_update_account", changed, _WRITE, takes="AccountUpdate", gives="AccountRead", parameters=key)
    admin("delete", one, "admin_delete_account", "Delete someone else's account. What it made stays.", _DELETE, status=204, parameters=key)


def _entity_paths(paths: Paths, app: AppDesign, entity: EntityDesign) -> None:
    cls, base, one = entity.cls, str(entity.path), f"{entity.path}{entity.item}"
    key = [_parameter("path", entity.key, UUID)]

    def route(method: str, path: str, op: str, description: str, errors: tuple[int, ...], **more: Any) -> None:
        _operation(paths, method, path, str(entity.plural), op, description, errors, **more)

    route("get", base, entity.op("list"), "List, search and filter.", _READ, gives=f"{cls}Page", parameters=_list_parameters(entity))
    route("post", base, entity.op("create"), "Make one.", _CREATE, takes=f"{cls}Create", gives=f"{cls}Read", status=201)
    paths[base]["post"]["responses"]["201"]["headers"] = _LOCATION
    route("get", one, entity.op("get"), "Get one.", _READ, gives=f"{cls}Read", parameters=key)
    route(
        "patch",
        one,
        entity.op("update"),
        "Change the fields that are sent.",
        _WRITE,
        takes=f"{cls}Update",
        gives=f"{cls}Read",
        parameters=key,
    )
    route("delete", one, entity.op("delete"), "Delete one.", _DELETE, status=204, parameters=key)
    for nested in entity.nested:
        _nested_paths(paths, app, entity, nested)
    if entity.states:
        state = _parameter("path", "to", ref(entity.states.enum.cls))
        route(
            "post",
            one + "/transitions/{to}",
            entity.op("move"),
            "Move it to another state.",
            _DELETE,
            gives=f"{cls}Read",
            parameters=[*key, state],
        )
        moves = [*key, *_page_parameters()]
        route(
            "get",
            one + "/transitions",
            entity.op("moves"),
            "List the moves that it has made.",
            _READ,
            gives=f"{entity.states.cls}Page",
            parameters=moves,
        )


def _nested_paths(paths: Paths, app: AppDesign, entity: EntityDesign, nested: NestedDesign) -> None:
    other = app.entity(nested.entity)
    path, tag = f"{entity.path}{entity.item}{nested.path}", str(entity.plural)
    key = _parameter("path", entity.key, UUID)
    if nested.one:
        op, description = entity.nested_op("get", nested), "Get the one that belongs to this row."
        _operation(paths, "get", path, tag, op, description, _READ, gives=f"{other.cls}Read", parameters=[key])
        return
    description = f"List those that {'are linked' if nested.link else 'belong'} to this row."
    found = [key, *_list_parameters(other)]
    _operation(paths, "get", path, tag, entity.nested_op("list", nested), description, _READ, gives=f"{other.cls}Page", parameters=found)
    if nested.link and nested.forward:
        both = [key, _parameter("path", nested.far, UUID)]
        for verb, method, errors in (("link", "put", _DELETE), ("unlink", "delete", _LINK)):
            words = f"{verb.title()} two rows."
            _operation(
                paths, method, f"{path}/{{{nested.far}}}", tag, entity.nested_op(verb, nested), words, errors, status=204, parameters=both
            )
