"""The public surface of the agents: plan, contract, selection, refusals and traces."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from shared.agents import AGENTS, BLUEPRINT_VERSION, Agent, build_contract, generate, make_plan, select_agent, unbuilt
from shared.model import IR, AgentRequest, AgentResult, InternalError, RefusedError
from tests.unit.agents import irs

CLINIC = irs.clinic()
CONTRACT = build_contract(CLINIC).openapi


def made(component: Any, ir: IR = CLINIC) -> AgentResult:
    """What an agent makes."""
    return generate(AgentRequest(component=component, ir=ir, contract=build_contract(ir)))


def with_stack(**stack: Any) -> IR:
    """The clinic on another stack."""
    return CLINIC.model_copy(update={"stack": CLINIC.stack.model_copy(update=stack)})


def test_the_plan_names_an_agent_for_every_part_after_what_it_needs() -> None:
    seen: set[str] = set()
    for component in make_plan(CLINIC).components:
        assert set(component.after) <= seen
        seen.add(component.name)
    assert seen == {"api", "backend", "database", "test", "devops", "documentation"}
    assert BLUEPRINT_VERSION


@pytest.mark.parametrize("backend", ["django", "express", "gin", "spring"])
def test_another_backend_is_refused(backend: str) -> None:
    ir = with_stack(backend=backend, stated=["backend"])
    for call in (lambda: make_plan(ir), lambda: made("backend", ir)):
        with pytest.raises(RefusedError) as raised:
            call()
        assert raised.value.code == "QLF2001"
    assert unbuilt(ir)["stack.backend"][0] == "not_built_yet"


def test_an_ir_without_entities_is_refused() -> None:
    with pytest.raises(RefusedError) as raised:
        build_contract(CLINIC.model_copy(update={"entities": []}))
    assert raised.value.code == "QLF2003"


def test_a_huge_ir_is_refused() -> None:
    many = irs.ir("Many", [irs.entity(f"E{n}", f"e{n}s") for n in range(101)])
    with pytest.raises(RefusedError) as raised:
        build_contract(many)
    assert raised.value.code == "QLF2002"


def test_selection_goes_by_score() -> None:
    close = AGENTS[1]
    generalist = Agent("any", frozenset({"database", "api", "backend"}), frozenset({"fastapi"}), close.work)
    assert select_agent("database", CLINIC, [generalist, close]) is close
    assert select_agent("backend", CLINIC, [generalist, close]) is generalist
    with pytest.raises(InternalError, match="QLF2004"):
        select_agent("frontend", CLINIC)
    with pytest.raises(InternalError, match="QLF2004"):
        select_agent("api", with_stack(backend="rails"))


def test_what_is_not_built_says_so() -> None:
    operations = [
        {"name": k, "kind": k, "entity": "Pet"}
        for k in ("booking", "upload", "notification", "report", "export", "custom", "search", "transition")
    ]
    ir = irs.ir(
        "Shop",
        [irs.entity("Pet", "pets", irs.f("photo", "file"), irs.f("card", sensitivity="card"), irs.f("name"))],
        [{"from": "Ghost", "to": "Pet", "kind": "one_to_many"}],
        stack={"frontend": "react", "cache": "redis", "api": "graphql", "database": "mongodb"},
        operations=operations,
        integrations=[{"name": "stripe"}],
        overlays=[{"name": "hipaa", "confidence": 1, "decision": "required"}, {"name": "pci", "confidence": 1, "decision": "ignored"}],
    )
    found = unbuilt(ir)
    assert found.pop("operations.custom")[0] == "needs_model"
    assert {code for code, _ in found.values()} == {"not_built_yet"}
    assert set(found) == {
        *(f"stack.{s}" for s in ("frontend", "cache", "api", "database")),
        *(f"operations.{o}" for o in ("booking", "upload", "notification", "report", "export", "transition")),
        *("entities.Pet.fields.photo", "entities.Pet.fields.card", "relations.Ghost.Pet", "integrations.stripe", "overlays.hipaa"),
    }
    assert all(reason.endswith(".") for _, reason in found.values())
    pet = build_contract(ir).openapi["components"]["schemas"]["PetRead"]["properties"]
    assert "name" in pet
    assert not {"photo", "card"} & set(pet)


def test_all_of_the_clinic_is_built() -> None:
    assert unbuilt(CLINIC) == {}


def test_every_path_of_the_ir_is_traced_to_code_that_exists() -> None:
    files: dict[str, str] = {}
    traces: dict[str, set[tuple[str, str]]] = {}
    for component in make_plan(CLINIC).components:
        result = made(component.name)
        files |= {f.path: f.content for f in result.files}
        for trace in result.traces:
            traces.setdefault(trace.ir_path, set()).update((s.file, s.symbol) for s in trace.built_by)
    wanted = {f"entities.{e.name}" for e in CLINIC.entities} | {
        f"entities.{e.name}.fields.{f.name}" for e in CLINIC.entities for f in e.fields
    }
    wanted |= {f"relations.{r.source}.{r.to}" for r in CLINIC.relations} | {f"roles.{r.name}" for r in CLINIC.roles}
    wanted |= {f"roles.{r.name}.{p.entity}" for r in CLINIC.roles for p in r.permissions}
    wanted |= {"entities.Appointment.states", "stack.backend", "stack.database", "stack.api"}
    assert wanted <= set(traces)
    for path in wanted:
        for file, symbol in traces[path]:
            assert file in files, (path, file)
            assert not symbol or not file.endswith(".py") or symbol.split(".")[-1] in names(files[file]), (path, file, symbol)


def names(source: str) -> set[str]:
    """Every name that a module defines, at any depth."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        elif isinstance(node, ast.Assign):
            found |= {t.id for t in node.targets if isinstance(t, ast.Name)}
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of a document."""
    return [(method, path, operation) for path, methods in document["paths"].items() for method, operation in methods.items()]


@pytest.mark.parametrize("name", irs.all_irs())
def test_operation_ids_and_references_are_sound(name: str) -> None:
    document = build_contract(irs.all_irs()[name]).openapi
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    schemas, links = set(document["components"]["schemas"]), set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                assert node["$ref"].rsplit("/", 1)[1] in schemas
            links.update(v["operationId"] for v in node.get("links", {}).values() if isinstance(v, dict))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(document)
    assert links <= set(ids)


@pytest.mark.parametrize(("method", "path", "operation"), operations(CONTRACT))
def test_every_error_is_a_documented_problem(method: str, path: str, operation: dict[str, Any]) -> None:
    errors = {code: r for code, r in operation["responses"].items() if code >= "400"}
    assert all(list(r["content"]) == ["application/problem+json"] for r in errors.values())
    assert "429" in errors
    assert ("401" in errors and "WWW-Authenticate" in errors["401"]["headers"]) or "security" not in operation
    assert ("404" in errors) or "{" not in path
    assert ("413" in errors and "422" in errors) or "requestBody" not in operation
    assert method != "delete" or "204" in operation["responses"]


def test_the_state_is_read_and_moved_but_never_written() -> None:
    schemas = CONTRACT["components"]["schemas"]
    assert "status" in schemas["AppointmentRead"]["properties"]
    assert "status" not in schemas["AppointmentCreate"]["properties"]
    assert "status" not in schemas["AppointmentUpdate"]["properties"]
    assert "/appointments/{appointment_id}/transitions/{state}" in CONTRACT["paths"]


def test_a_secret_goes_in_and_never_out() -> None:
    schemas = CONTRACT["components"]["schemas"]
    assert "pin" in schemas["VetCreate"]["properties"]
    assert "pin" not in schemas["VetRead"]["properties"]
    assert "pin" not in [p["name"] for p in CONTRACT["paths"]["/vets"]["get"]["parameters"]]


def test_relations_become_nested_routes() -> None:
    paths = build_contract(irs.cookbook()).openapi["paths"]
    assert {"get"} == set(paths["/recipes/{recipe_id}/steps"])
    assert {"put", "delete"} == set(paths["/recipes/{recipe_id}/ingredients/{ingredient_id}"])
    assert {"get"} == set(paths["/ingredients/{ingredient_id}/recipes"])
    assert paths["/recipes/{recipe_id}/nutrition"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "NutritionRead"
    )


def test_inputs_are_closed_and_bounded() -> None:
    for name, schema in CONTRACT["components"]["schemas"].items():
        if name.endswith(("Create", "Update")):
            assert schema["additionalProperties"] is False
            for value in schema["properties"].values():
                for part in value.get("anyOf", [value]):
                    if part.get("type") == "string" and "format" not in part:
                        assert "pattern" in part, (name, part)
                    if part.get("type") == "integer":
                        assert {"minimum", "maximum"} <= set(part)
