"""The one contract of a run: an OpenAPI 3.1 document, made from the IR by rule before any code is.

The generated app derives its served document from its code. Both are brought to the same normal form (no generated titles, no
null defaults, whole numbers without a point, sorted keys), so equality of the two is a real check of the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.agents.design import AppDesign, EntityDesign, design
from shared.agents.links import NestedDesign
from shared.agents.schemas import UUID, entity_schemas, own_schemas, ref, text
from shared.agents.wording import GUIDE
from shared.model import IR, Contract

PROBLEM = "application/problem+json"
_DESCRIPTIONS = {
    400: "The request cannot be read",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    409: "Conflict with the stored data",
    413: "The body is too large",
    422: "The request is not valid",
    429: "Too many requests",
    503: "Not available right now",
}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "How to authenticate", "schema": {"type": "string"}, "required": True}},
    429: {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}, "required": True}},
}
_LOCATION = {"Location": {"description": "Where the new row is", "schema": {"type": "string"}, "required": True}}
_LIST, _WRITE = (401, 403, 404, 422, 429, 503), (400, 401, 403, 404, 409, 413, 422, 429, 503)
_CREATE, _DELETE = (400, 401, 403, 409, 413, 422, 429, 503), (401, 403, 404, 409, 429, 503)
_OPEN, _READ = (400, 401, 413, 422, 429, 503), (401, 403, 404, 429, 503)
_LIMIT, _CURSOR = "How many at most", "The `next_cursor` of the page before; the first page has none"
_SORT, _SEARCH = "By what to sort; a minus sign before it turns the order round", "Only those whose texts contain this, in any case"
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
        "openapi": "3.1.0",
        "info": {"title": app.title, "version": str(app.version), "description": " ".join([app.about, *GUIDE])},
        "tags": [{"name": tag, "description": words} for tag, words in app.tags],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"bearer": bearer}},
    }
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


@dataclass(frozen=True)
class _Section:
    """The operations of one tag."""

    paths: Paths
    tag: str

    def add(self, where: str, op: str, description: str, *, errors: tuple[int, ...], open_: bool = False, **parts: Any) -> None:
        """Document the operation at `where` (`get /pets`). Parts: gives, takes (schema names), status, parameters, links."""
        method, path = where.split(" ")
        made: dict[str, Any] = {"tags": [self.tag], "operationId": op, "summary": op.replace("_", " ").title(), "description": description}
        if parts.get("parameters"):
            made["parameters"] = parts["parameters"]
        if "takes" in parts:
            made["requestBody"] = {"required": True, "content": {"application/json": {"schema": ref(parts["takes"])}}}
        if not open_:
            made["security"] = [{"bearer": []}]
        made["responses"] = {str(parts.get("status", 200)): _success(parts)} | {str(code): problem(code) for code in errors}
        self.paths.setdefault(path, {})[method] = made


def _success(parts: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"description": "Successful Response"}
    if "gives" in parts:
        made["content"] = {"application/json": {"schema": ref(parts["gives"])}}
    if "links" in parts:
        key, operations = parts["links"]
        made["headers"] = _LOCATION
        made["links"] = {op: {"operationId": op, "parameters": {key: "$response.body#/id"}} for op in operations}
    return made


def _parameter(where: str, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def _described(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    """A query parameter as FastAPI documents it: the description stands beside the schema and in it."""
    return _parameter("query", name, schema | {"description": description}) | {"description": description}


def _page_parameters() -> list[dict[str, Any]]:
    limit = _parameter("query", "limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 50})
    return [limit | {"description": _LIMIT}, _described("cursor", text(1, 1000, "^[A-Za-z0-9_-]+$"), _CURSOR)]


def _sort_parameter(names: list[str]) -> dict[str, Any]:
    choices = [c for n in names for c in (n, "-" + n)]
    return _described("sort", {"type": "string", "enum": choices, "default": "created_at"}, _SORT)


def _list_parameters(entity: EntityDesign) -> list[dict[str, Any]]:
    found = [*_page_parameters(), _sort_parameter([wire for wire, _ in entity.sorts])]
    if entity.searched:
        found.append(_described("q", text(1, 200), _SEARCH))
    return found + [_parameter("query", f.json, f.schema) for f in entity.filters]


def _account_paths(paths: Paths) -> None:
    auth, health = _Section(paths, "auth"), _Section(paths, "health")
    register, logout = (400, 403, 409, 413, 422, 429, 503), (400, 413, 422, 429, 503)
    auth.add(
        "post /auth/register",
        "register",
        "Make an account for oneself.",
        errors=register,
        takes="Register",
        gives="AccountRead",
        status=201,
        open_=True,
    )
    auth.add("post /auth/login", "login", "Sign in with e-mail and password.", errors=_OPEN, takes="Login", gives="TokenPair", open_=True)
    renewed = "Exchange a refresh token for a new pair. Each token works once."
    auth.add("post /auth/refresh", "refresh", renewed, errors=_OPEN, takes="Refresh", gives="TokenPair", open_=True)
    ended = "End the session that a refresh token belongs to."
    auth.add("post /auth/logout", "logout", ended, errors=logout, takes="Refresh", status=204, open_=True)
    auth.add("get /auth/me", "get_me", "The account that is signed in.", errors=(401, 429, 503), gives="AccountRead")
    changed = (400, 401, 403, 413, 422, 429, 503)
    auth.add("post /auth/password", "change_password", "Set a new password.", errors=changed, takes="PasswordChange", status=204)
    health.add("get /livez", "livez", "The process answers.", errors=(429,), gives="Status", open_=True)
    health.add("get /readyz", "readyz", "The database answers within two seconds.", errors=(429, 503), gives="Status", open_=True)
    health.add("get /metrics", "metrics", "Metrics in the Prometheus text format.", errors=(429,), open_=True)
    paths["/metrics"]["get"]["responses"]["200"] = {
        "description": "Prometheus text",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
    _admin_paths(_Section(paths, "accounts"))


def _admin_paths(section: _Section) -> None:
    base, one = "/admin/accounts", "/admin/accounts/{account_id}"
    key = [_parameter("path", "account_id", UUID)]
    listed = [
        *_page_parameters(),
        _sort_parameter(["created_at", "email"]),
        _described("q", text(1, 200), _SEARCH),
        _parameter("query", "role", ref("Role")),
        _parameter("query", "is_active", {"type": "boolean"}),
    ]
    links = ("account_id", ["admin_get_account", "admin_update_account", "admin_delete_account"])
    made, changed = "Make an account with a role.", "Change role, activity or password of someone else's account."
    section.add(f"get {base}", "admin_list_accounts", "List accounts.", errors=_LIST, gives="AccountPage", parameters=listed)
    section.add(
        f"post {base}", "admin_create_account", made, errors=_CREATE, takes="AccountCreate", gives="AccountRead", status=201, links=links
    )
    section.add(f"get {one}", "admin_get_account", "Get one account.", errors=_READ, gives="AccountRead", parameters=key)
    section.add(f"patch {one}", "admin_update_account", changed, errors=_WRITE, takes="AccountUpdate", gives="AccountRead", parameters=key)
    deleted = "Delete someone else's account. What it made stays."
    section.add(f"delete {one}", "admin_delete_account", deleted, errors=_DELETE, status=204, parameters=key)


def _entity_paths(paths: Paths, app: AppDesign, entity: EntityDesign) -> None:
    section, cls, base, one = _Section(paths, entity.tag), entity.cls, str(entity.path), f"{entity.path}{entity.item}"
    key = [_parameter("path", entity.key, UUID)]
    links = (str(entity.key), [str(op) for op in entity.linked_ops])
    listed = _list_parameters(entity)
    section.add(f"get {base}", entity.ops["list"], entity.says["list"], errors=_LIST, gives=f"{cls}Page", parameters=listed)
    made: dict[str, Any] = {"takes": f"{cls}Create", "gives": f"{cls}Read", "status": 201, "links": links}
    section.add(f"post {base}", entity.ops["create"], entity.says["create"], errors=_CREATE, **made)
    section.add(f"get {one}", entity.ops["get"], entity.says["get"], errors=_READ, gives=f"{cls}Read", parameters=key)
    changed = entity.says["update"]
    section.add(f"patch {one}", entity.ops["update"], changed, errors=_WRITE, takes=f"{cls}Update", gives=f"{cls}Read", parameters=key)
    section.add(f"delete {one}", entity.ops["delete"], entity.says["delete"], errors=_DELETE, status=204, parameters=key)
    for nested in entity.nested:
        _nested_paths(section, app, entity, nested)
    if entity.states:
        _state_paths(section, entity, one, key)


def _state_paths(section: _Section, entity: EntityDesign, one: str, key: list[dict[str, Any]]) -> None:
    assert entity.states is not None  # noqa: S101  (the caller asked)
    state = _parameter("path", "state", ref(entity.states.enum.cls))
    moved, listed = entity.says["move"], entity.says["moves"]
    there = f"post {one}/transitions/{{state}}"
    section.add(there, entity.ops["move"], moved, errors=_DELETE, gives=f"{entity.cls}Read", parameters=[*key, state])
    found = [*key, *_page_parameters()]
    section.add(f"get {one}/transitions", entity.ops["moves"], listed, errors=_LIST, gives=f"{entity.states.cls}Page", parameters=found)


def _nested_paths(section: _Section, app: AppDesign, entity: EntityDesign, nested: NestedDesign) -> None:
    other = app.entity(nested.entity)
    path = f"{entity.path}{entity.item}{nested.path}"
    key = _parameter("path", entity.key, UUID)
    if nested.one:
        described = nested.says["get"]
        section.add(f"get {path}", nested.ops["get"], described, errors=_READ, gives=f"{other.cls}Read", parameters=[key])
        return
    described = nested.says["list"]
    found = [key, *_list_parameters(other)]
    section.add(f"get {path}", nested.ops["list"], described, errors=_LIST, gives=f"{other.cls}Page", parameters=found)
    if nested.link and nested.forward:
        both = [key, _parameter("path", nested.far, UUID)]
        for verb, method, errors in (("link", "put", _DELETE), ("unlink", "delete", _READ)):
            op, words = nested.ops[verb], nested.says[verb]
            section.add(f"{method} {path}/{{{nested.far}}}", op, words, errors=errors, status=204, parameters=both)
