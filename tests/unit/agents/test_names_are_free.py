"""Names of generated code: whatever two things are called, no two of them meet."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from shared.agents import build_contract, generate
from shared.model import IR, AgentRequest
from tests.unit.agents import irs, random_irs


def app_of(*names: str, relations: list[dict[str, Any]] | None = None, **fields: list[dict[str, Any]]) -> IR:
    """An application of entities with these names."""
    return irs.ir("Names", [irs.entity(n, n.lower() + "s", *fields.get(n, [irs.f("note")])) for n in names], relations or [])


def backend(ir: IR) -> dict[str, str]:
    """Path -> source of the code."""
    return {f.path: f.content for f in generate(AgentRequest(component="backend", ir=ir, contract=build_contract(ir))).files}


def operation_ids(ir: IR) -> list[str]:
    """Every operation id of the contract."""
    return [operation["operationId"] for item in build_contract(ir).openapi["paths"].values() for operation in item.values()]


def bound(source: str) -> list[str]:
    """The names that a module binds at its top: imports, classes, functions and constants."""
    found: list[str] = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found += [alias.asname or alias.name for alias in node.names]
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.append(node.name)
        elif isinstance(node, ast.Assign):
            found += [t.id for t in node.targets if isinstance(t, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.append(node.target.id)
    return found


def clashes(ir: IR) -> dict[str, set[str]]:
    """Path -> names that a module binds twice."""
    names = {path: bound(source) for path, source in backend(ir).items() if path.endswith(".py")}
    return {path: twice for path, found in names.items() if (twice := {n for n in found if found.count(n) > 1})}


@settings(max_examples=40, suppress_health_check=list(HealthCheck), derandomize=True, phases=[Phase.generate])
@given(random_irs.irs())
def test_no_module_binds_a_name_twice_and_no_operation_has_anothers_id(ir: IR) -> None:
    assert clashes(ir) == {}
    ids = operation_ids(ir)
    assert len(ids) == len(set(ids))


MANY = [{"from": "Row", "to": "Pet", "kind": "many_to_many"}, {"from": "Pet", "to": "PetStatus", "kind": "many_to_many"}]


def test_entities_named_like_helpers_and_like_derived_names_are_told_apart() -> None:
    ir = app_of(
        "Row", "Rows", "Pet", "PetStatus", "PetCreate", "PetService", relations=MANY, Pet=[irs.f("status", "enum", enum=["a", "b"])]
    )
    assert clashes(ir) == {}
    files = backend(ir)
    assert {"row_entity.py", "rows_entity.py", "pet_status.py"} <= {path.rsplit("/", 1)[1] for path in files}
    assert "class PetStatusChoice(StrEnum)" in files["src/names/models/enums.py"]


@pytest.mark.parametrize(
    ("names", "relations"),
    [
        (("Me",), []),
        (("BillOfMaterial", "Material", "Bill"), [{"from": "Material", "to": "Bill", "kind": "one_to_one"}]),
        (("TransitionsOfIssue", "Issue"), []),
    ],
)
def test_an_entity_whose_route_sounds_like_another_one_gets_an_id_of_its_own(
    names: tuple[str, ...], relations: list[dict[str, Any]]
) -> None:
    ids = operation_ids(app_of(*names, relations=relations))
    assert len(ids) == len(set(ids))
    assert clashes(app_of(*names, relations=relations)) == {}


def test_a_field_called_any_brings_no_import_that_is_not_used() -> None:
    source = backend(app_of("Company", Company=[irs.f("Any", "enum", enum=["x", "y"])]))["src/names/models/company.py"]
    assert "from typing" not in source
