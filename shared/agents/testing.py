"""The agent `test`: the generated app's own tests, and which of them prove which part of the brief.

The tests are data (`tests/resources.py`, written here from the design) and code that goes through it (the blueprint), so every
entity, field, relation, role and state machine meets the same demands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.agents.columns import FieldDesign, system_field, unbuilt_field
from shared.agents.design import AppDesign, EntityDesign, design
from shared.agents.literals import literal
from shared.agents.naming import snake
from shared.agents.proofs import RIGHTS, EntityProofs, entity_proofs, links, moves, resources
from shared.agents.references import ParentDesign
from shared.agents.rights import role_value
from shared.blueprints import Code, render_tree
from shared.model import IR, AgentRequest, AgentResult, EntityField, Trace

WHOLE = (
    "test_create_returns_201_and_location",
    "test_read_returns_what_was_created",
    "test_patch_without_fields_changes_nothing",
    "test_delete_returns_204_and_then_the_row_is_gone",
    "test_unknown_and_malformed_ids_are_404",
    "test_unknown_field_is_refused",
    "test_pages_hold_every_row_once_in_a_stable_order",
)
BY_FIELD = {
    "fields": (
        "test_value_comes_back_as_it_was_sent",
        "test_patch_changes_one_value_and_no_other",
        "test_value_that_does_not_fit_is_refused",
    ),
    "needed": ("test_required_value_cannot_be_missing",),
    "required": ("test_required_value_cannot_be_null",),
    "optional": ("test_optional_value_can_be_left_out_and_cleared",),
    "defaults": ("test_default_is_taken_where_no_value_is_sent",),
    "unique": ("test_unique_value_is_taken_only_once",),
    "sorts": ("test_list_can_be_sorted_both_ways",),
    "searched": ("test_search_finds_a_part_of_the_text",),
}
BY_PARENT = (
    "test_reference_is_kept_and_can_be_filtered",
    "test_reference_to_nothing_is_refused",
    "test_required_reference_is_needed_and_optional_one_is_not",
    "test_deleting_the_other_row_does_what_was_agreed",
    "test_rows_are_listed_under_the_row_they_refer_to",
)
BY_LINK = (
    "test_linked_rows_are_listed_from_both_ends",
    "test_unlinked_rows_are_listed_no_more",
    "test_link_needs_rows_at_both_ends",
    "test_deleting_a_row_ends_its_links",
)
BY_MACHINE = ("test_new_row_is_in_the_initial_state", "test_state_cannot_be_written_directly")
BY_MOVE = ("test_legal_move_is_made_and_remembered", "test_move_is_made_by_the_allowed_roles_only")
RIGHT = "tests/test_permissions.py::test_role_may_do_exactly_what_its_right_says"
LISTS = "tests/test_permissions.py::test_list_shows_only_rows_that_the_role_may_read"


@dataclass(frozen=True)
class Tests:
    """What the templates of the tests see besides the design."""

    app: AppDesign
    of: dict[str, EntityProofs]

    @property
    def roles(self) -> Code:
        """Every role's name."""
        return literal([value for _, value in self.app.roles])

    @property
    def resources(self) -> Code:
        """The dictionary of resources."""
        return resources(self.app)

    @property
    def links(self) -> Code:
        """The list of many-to-many relations."""
        return links(self.app)

    @property
    def parents(self) -> Code:
        """`Child.reference` for every foreign key; empty where there is none."""
        return _list([parent_name(e, p) for e in self.app.entities for p in e.parents], 0)

    @property
    def singles(self) -> Code:
        """`Child.reference` for every one-to-one relation."""
        return _list([parent_name(e, p) for e in self.app.entities for p in e.parents if p.one], 1)

    @property
    def has_secrets(self) -> bool:
        """True when rows hold values that are stored as hashes."""
        return any(f.secret for e in self.app.entities for f in e.fields)

    @property
    def state_keys(self) -> Code:
        """The entities with a state machine."""
        return _list([str(e.cls) for e in self.app.entities if e.states], 0)

    @property
    def legal(self) -> Code:
        """(entity, state, next state) for every legal move."""
        return _list(list(moves(self.app, True)), 0)

    @property
    def illegal(self) -> Code:
        """(entity, state, next state) for every move that is not legal."""
        return _list(list(moves(self.app, False)), 0)


def _list(values: list[str] | list[tuple[str, str, str]], depth: int) -> Code:
    return literal(values, depth) if values else Code("")


def generate(request: AgentRequest) -> AgentResult:
    """The folder `tests/` of the app, and for each path of the IR the node ids of the tests that prove it."""
    app = design(request.ir)
    tests = Tests(app, {str(e.cls): entity_proofs(app, e) for e in app.entities})
    files = render_tree("fastapi/test", {"app": app, "package": app.package, "tests": tests})
    return AgentResult(files=files, traces=_traces(request.ir, tests))


def parent_name(entity: EntityDesign, parent: ParentDesign) -> str:
    """How the tests call a foreign key."""
    return f"{entity.cls}.{parent.column}"


def case(*parts: str) -> str:
    """The id that pytest gives a case that is named by these parts."""
    return "-".join(parts).encode("unicode_escape").decode("ascii")


def _traces(ir: IR, tests: Tests) -> list[Trace]:
    found: dict[str, list[str]] = {}
    for path, ids in _proofs(ir, tests):
        found.setdefault(path, []).extend(ids)
    return [Trace(ir_path=path, built_by=[], tests=list(dict.fromkeys(ids))) for path, ids in found.items() if ids]


def _proofs(ir: IR, tests: Tests) -> Iterator[tuple[str, Iterable[str]]]:
    for entity in tests.app.entities:
        yield from _entity(entity, tests)
        yield from _relations(entity)
    for link in tests.app.links:
        yield f"relations.{link.ir.source}.{link.ir.to}", [f"tests/test_links.py::{test}[{link.cls}]" for test in BY_LINK]
    yield from _roles(ir, tests.app)
    yield from _operations(ir, tests)
    yield "stack.backend", ["tests/test_openapi.py::test_served_document_is_the_committed_file"]
    yield "name", ["tests/test_openapi.py::test_served_document_is_the_committed_file"]
    yield "stack.api", ["tests/test_openapi.py::test_served_document_is_the_committed_file"]
    yield "stack.database", ["tests/test_migrations.py::test_upgrade_downgrade_upgrade_ends_at_the_models"]


def _entity(entity: EntityDesign, tests: Tests) -> Iterator[tuple[str, Iterable[str]]]:
    path, file = f"entities.{entity.ir.name}", f"tests/entities/test_{entity.module}.py"
    yield path, [f"{file}::{test}" for test in WHOLE]
    for field in entity.fields:
        yield f"{path}.fields.{field.ir.name}", _field(entity, field, tests.of[entity.cls], file)
    own = {field.ir.name for field in entity.fields}
    for item in (i for i in entity.ir.fields if i.name not in own and not unbuilt_field(i)):
        yield f"{path}.fields.{item.name}", _column_of_the_service(entity, item)
    if entity.states is not None:
        yield f"{path}.states", _machine(entity, tests.app)
        yield f"{path}.fields.{entity.states.field.ir.name}", _machine(entity, tests.app)


def _field(entity: EntityDesign, field: FieldDesign, proofs: EntityProofs, file: str) -> Iterator[str]:
    wire = str(field.json)
    for group, names in BY_FIELD.items():
        if wire in proofs.names[group]:
            yield from (f"{file}::{test}[{wire}]" for test in names)
    for rule in entity.filters:
        if rule.column == field.attr:
            yield f"{file}::test_filter_keeps_the_rows_that_match[{rule.json}]"


def _column_of_the_service(entity: EntityDesign, item: EntityField) -> list[str]:
    """The tests of a field that is a column of every table, or a reference that a relation brings."""
    parents = [p for p in entity.parents if str(p.column) == snake(item.name)]
    if parents and not system_field(item):
        return [f"tests/test_relations.py::{test}[{parent_name(entity, parents[0])}]" for test in BY_PARENT]
    file = f"tests/entities/test_{entity.module}.py"
    return [f"{file}::test_id_and_timestamps_cannot_be_written", f"{file}::test_read_returns_what_was_created"]


def _machine(entity: EntityDesign, app: AppDesign) -> Iterator[str]:
    yield from (f"tests/test_states.py::{test}[{entity.cls}]" for test in BY_MACHINE)
    for legal, names in ((True, BY_MOVE), (False, ("test_illegal_move_is_a_conflict",))):
        own = [move for move in moves(app, legal) if move[0] == entity.cls]
        yield from (f"tests/test_states.py::{test}[{case(*move)}]" for test in names for move in own)


def _relations(entity: EntityDesign) -> Iterator[tuple[str, Iterable[str]]]:
    for parent in entity.parents:
        name = parent_name(entity, parent)
        names = (*BY_PARENT, "test_one_to_one_reference_is_taken_only_once") if parent.one else BY_PARENT
        yield f"relations.{parent.ir.source}.{parent.ir.to}", [f"tests/test_relations.py::{test}[{name}]" for test in names]


def _operations(ir: IR, tests: Tests) -> Iterator[tuple[str, Iterable[str]]]:
    by_name = {e.ir.name: e for e in tests.app.entities}
    for operation in ir.operations:
        entity = by_name.get(operation.entity or "")
        if entity is not None and operation.kind == "search":
            file, names = f"tests/entities/test_{entity.module}.py", tests.of[entity.cls].names
            yield f"operations.{operation.name}", [f"{file}::test_search_finds_a_part_of_the_text[{name}]" for name in names["searched"]]
            yield f"operations.{operation.name}", [f"{file}::test_filter_keeps_the_rows_that_match[{name}]" for name in names["filters"]]
        if entity is not None and operation.kind == "transition" and entity.states is not None:
            yield f"operations.{operation.name}", _machine(entity, tests.app)


def _roles(ir: IR, app: AppDesign) -> Iterator[tuple[str, Iterable[str]]]:
    by_name = {e.ir.name: e for e in app.entities}
    for role in ir.roles:
        value = role_value(role.name)
        yield f"roles.{role.name}", ["tests/test_accounts.py::test_role_is_given_by_the_administrator[" + value + "]"]
        for name in dict.fromkeys(p.entity for p in role.permissions if p.entity in by_name):
            cls = str(by_name[name].cls)
            proofs = [*(f"{RIGHT}[{case(cls, operation, value)}]" for operation in RIGHTS), f"{LISTS}[{cls}]"]
            yield f"roles.{role.name}", proofs
            yield f"roles.{role.name}.{name}", proofs
