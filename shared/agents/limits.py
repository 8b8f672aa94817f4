"""What the blueprint cannot build yet, said before anything is built, so that nothing is left out in silence."""

from __future__ import annotations

from collections.abc import Iterator

from shared.agents.columns import unbuilt_field
from shared.model import IR, Operation

Reason = tuple[str, str]
BACKENDS = frozenset({"fastapi"})
DATABASES = frozenset({"postgresql", "sqlite"})
NOT_YET = "not_built_yet"
NEEDS_MODEL = "needs_model"
_KINDS = {
    "booking": "Bookings without overlap",
    "upload": "File uploads",
    "notification": "Notifications",
    "report": "Reports",
    "export": "Exports",
}


def unbuilt(ir: IR) -> dict[str, Reason]:
    """IR path -> (reason code, human reason) of every part that is not built: `not_built_yet` or `needs_model`."""
    return dict([*_stack(ir), *_fields(ir), *_relations(ir), *_operations(ir), *_around(ir)])


def _stack(ir: IR) -> Iterator[tuple[str, Reason]]:
    stack = ir.stack
    if stack.backend not in BACKENDS:
        yield "stack.backend", (NOT_YET, f"A {stack.backend} backend is not built yet; FastAPI is.")
    if stack.frontend is not None:
        yield "stack.frontend", (NOT_YET, f"A {stack.frontend} frontend is not built yet; the API and its OpenAPI document are.")
    if stack.database not in DATABASES:
        yield "stack.database", (NOT_YET, f"{stack.database} is not supported yet; PostgreSQL and SQLite are.")
    if stack.cache is not None:
        yield "stack.cache", (NOT_YET, f"A {stack.cache} cache is not built yet.")
    if stack.api != "rest":
        yield "stack.api", (NOT_YET, "A GraphQL API is not built yet; a REST API is.")


def _fields(ir: IR) -> Iterator[tuple[str, Reason]]:
    for entity in ir.entities:
        for item in filter(unbuilt_field, entity.fields):
            what = "Files and uploads are" if item.type == "file" else "Card data is never stored, and payments through a provider are"
            yield f"entities.{entity.name}.fields.{item.name}", (NOT_YET, f"{what} not built yet.")


def _relations(ir: IR) -> Iterator[tuple[str, Reason]]:
    known = {e.name for e in ir.entities}
    for relation in ir.relations:
        if not {relation.source, relation.to} <= known:
            yield f"relations.{relation.source}.{relation.to}", (NOT_YET, "One side of this relation is no entity of the application.")


def _operations(ir: IR) -> Iterator[tuple[str, Reason]]:
    stateful = {e.name for e in ir.entities if e.states is not None}
    known = {e.name for e in ir.entities}
    for operation in ir.operations:
        reason = _operation(operation, stateful, known)
        if reason is not None:
            yield f"operations.{operation.name}", reason


def _operation(operation: Operation, stateful: set[str], known: set[str]) -> Reason | None:
    if operation.kind == "custom":
        return NEEDS_MODEL, "This needs logic of its own, which a model writes; no model is configured."
    if operation.kind in _KINDS:
        return NOT_YET, f"{_KINDS[operation.kind]} are not built yet."
    if operation.kind == "transition" and operation.entity not in stateful:
        return NOT_YET, "There are no states that this could move between."
    if operation.kind == "search" and operation.entity not in known:
        return NOT_YET, "There is no entity to search."
    return None


def _around(ir: IR) -> Iterator[tuple[str, Reason]]:
    for target, value in ir.quality.to_json().items():
        if value is not None:
            yield f"quality.{target}", (NOT_YET, "Targets for load, latency and availability are noted, and not measured yet.")
    for index, page in enumerate(ir.pages):
        yield f"pages.{page.get('name', index)}", (NOT_YET, "Pages are not built yet; the API is.")
    for index, integration in enumerate(ir.integrations):
        yield f"integrations.{integration.get('name', index)}", (NOT_YET, "Integrations with other systems are not built yet.")
    for overlay in ir.overlays:
        if overlay.decision != "ignored":
            yield f"overlays.{overlay.name}", (NOT_YET, f"The {overlay.name} overlay is not built yet, so nothing of it is claimed.")
