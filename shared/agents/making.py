"""The agents `backend`, `database` and `api`: the application's code, its migrations, and its OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator

from shared.agents.columns import unbuilt_field
from shared.agents.context import context
from shared.agents.design import AppDesign, EntityDesign, design
from shared.agents.references import relations_of
from shared.agents.rights import role_value
from shared.blueprints import render_tree
from shared.model import AgentRequest, AgentResult, EntityField, GeneratedFile, Symbol, Trace

MIGRATION = "migrations/versions/0001_initial.py"


def make_backend(request: AgentRequest) -> AgentResult:
    """`src/<package>/`: models, schemas, services, routes and what surrounds them."""
    app = design(request.ir)
    return AgentResult(files=render_tree("fastapi/backend", context(app)), traces=_merged(_backend_traces(app)))


def make_database(request: AgentRequest) -> AgentResult:
    """Alembic's settings and the first migration."""
    app = design(request.ir)
    initial = [Symbol(file=MIGRATION, symbol="upgrade")]
    paths = (
        [f"entities.{e.ir.name}" for e in app.entities]
        + [f"relations.{r.source}.{r.to}" for r in relations_of(app.ir)]
        + ["stack.database"]
    )
    return AgentResult(
        files=render_tree("fastapi/database", context(app)), traces=[Trace(ir_path=p, built_by=initial) for p in dict.fromkeys(paths)]
    )


def make_api(request: AgentRequest) -> AgentResult:
    """`openapi.json`: the contract, as a client's generator reads it."""
    text = json.dumps(request.contract.openapi, indent=2, sort_keys=True, ensure_ascii=True) + "\n"
    document = [Symbol(file="openapi.json")]
    traces = [Trace(ir_path=path, built_by=document) for path in ("name", "stack.api")]
    return AgentResult(files=[GeneratedFile(path="openapi.json", content=text)], traces=traces)


def _merged(found: Iterator[tuple[str, str, str]]) -> list[Trace]:
    """One trace per IR path, its symbols in the order they were named."""
    by_path: dict[str, dict[tuple[str, str], Symbol]] = {}
    for ir_path, file, symbol in found:
        by_path.setdefault(ir_path, {})[file, symbol] = Symbol(file=file, symbol=symbol)
    return [Trace(ir_path=p, built_by=list(symbols.values())) for p, symbols in by_path.items()]


def _backend_traces(app: AppDesign) -> Iterator[tuple[str, str, str]]:
    src = f"src/{app.package}"
    for entity in app.entities:
        yield from _entity_traces(src, entity)
    yield from _relation_traces(src, app)
    members = {value: member for member, value in app.roles}
    for role in app.ir.roles:
        member = members[role_value(role.name)]
        yield f"roles.{role.name}", f"{src}/core/roles.py", f"Role.{member}"
        for permission in role.permissions:
            if any(permission.entity == e.ir.name for e in app.entities):
                yield f"roles.{role.name}.{permission.entity}", f"{src}/core/roles.py", "RIGHTS"
    yield "stack.backend", f"{src}/main.py", "create_app"
    yield "stack.database", f"{src}/db/session.py", "make_engine"
    yield from _operation_traces(src, app)


def _entity_traces(src: str, entity: EntityDesign) -> Iterator[tuple[str, str, str]]:
    path, module = f"entities.{entity.ir.name}", entity.module
    yield path, f"{src}/models/{module}.py", str(entity.cls)
    yield path, f"{src}/services/{module}.py", ""
    yield path, f"{src}/api/{module}.py", ""
    by_name = {f.ir.name: f for f in entity.fields}
    for item in (f for f in entity.ir.fields if not unbuilt_field(f)):
        here = f"{path}.fields.{item.name}"
        yield here, f"{src}/models/{module}.py", f"{entity.cls}.{_attribute(entity, item)}"
        if item.name in by_name and not by_name[item.name].state:
            yield here, f"{src}/schemas/{module}.py", f"{entity.cls}Create.{by_name[item.name].attr}"
    if entity.states:
        yield f"{path}.states", f"{src}/services/{module}.py", "MOVES"
        yield f"{path}.states", f"{src}/services/{module}.py", "move"
        yield f"{path}.states", f"{src}/api/{module}.py", str(entity.ops["move"])
        yield f"{path}.states", f"{src}/models/{module}.py", str(entity.states.cls)


def _attribute(entity: EntityDesign, item: EntityField) -> str:
    """Where a field is kept: its own column, a column of every table, or a foreign key of the same name."""
    own = next((f for f in entity.fields if f.ir.name == item.name), None)
    return str(own.attr) if own else item.name


def _relation_traces(src: str, app: AppDesign) -> Iterator[tuple[str, str, str]]:
    for entity in app.entities:
        for parent in entity.parents:
            path = f"relations.{parent.ir.source}.{parent.ir.to}"
            yield path, f"{src}/models/{entity.module}.py", f"{entity.cls}.{parent.column}"
        for nested in entity.nested:
            other = app.entity(nested.entity)
            relation = (
                nested.link.ir if nested.link else next(p.ir for p in other.parents if p.column == nested.column and p.target == entity.cls)
            )
            verb = "get" if nested.one else "list"
            yield f"relations.{relation.source}.{relation.to}", f"{src}/api/{entity.module}.py", str(nested.ops[verb])
    for link in app.links:
        yield f"relations.{link.ir.source}.{link.ir.to}", f"{src}/models/{link.module}.py", str(link.cls)


def _operation_traces(src: str, app: AppDesign) -> Iterator[tuple[str, str, str]]:
    by_name = {e.ir.name: e for e in app.entities}
    for operation in app.ir.operations:
        entity = by_name.get(operation.entity or "")
        if entity is not None and operation.kind == "search":
            yield f"operations.{operation.name}", f"{src}/services/{entity.module}.py", "search"
        if entity is not None and operation.kind == "transition" and entity.states:
            yield f"operations.{operation.name}", f"{src}/services/{entity.module}.py", "move"
