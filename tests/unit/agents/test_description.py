"""The API's description as a client reads it: sentences about things, and examples that the service would take."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from shared.agents import build_contract, generate
from shared.model import IR, AgentRequest
from tests.unit.agents import irs, random_irs

CLINIC = build_contract(irs.clinic()).openapi


def bodies(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """(schema name, schema) of every request body."""
    schemas = document["components"]["schemas"]
    found = set()
    for item in document["paths"].values():
        for operation in item.values():
            if "requestBody" in operation:
                found.add(operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1])
    return [(name, schemas[name]) for name in sorted(found)]


def fits(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    """The value is valid against the schema, formats included."""
    whole = {"components": document["components"], **schema}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(value)


@settings(max_examples=40, suppress_health_check=list(HealthCheck), derandomize=True, phases=[Phase.generate])
@given(random_irs.irs())
def test_every_example_is_valid_against_its_schema(ir: IR) -> None:
    document = build_contract(ir).openapi
    for _, schema in bodies(document):
        for example in schema.get("examples", []):
            fits(document, schema, example)


@pytest.mark.parametrize(("name", "schema"), bodies(CLINIC))
def test_every_body_of_an_ordinary_application_has_an_example(name: str, schema: dict[str, Any]) -> None:
    assert len(schema["examples"]) == 1, name
    fits(CLINIC, schema, schema["examples"][0])
    assert set(schema.get("required", [])) <= set(schema["examples"][0])


def test_a_value_too_long_for_a_line_of_source_leaves_the_example_out() -> None:
    ir = irs.ir("Long", [irs.entity("Essay", "essays", irs.f("body", "text", min=400))])
    assert "examples" not in build_contract(ir).openapi["components"]["schemas"]["EssayCreate"]


def test_operations_and_tags_speak_of_the_things() -> None:
    operations = {o["operationId"]: o["description"] for item in CLINIC["paths"].values() for o in item.values()}
    assert operations["list_owners"] == "List owners: search, filter, sort and page through them."
    assert operations["create_appointment"] == "Create an appointment."
    assert operations["list_visits_of_pet"] == "List the visits of a pet."
    assert operations["list_transitions_of_appointment"].startswith("List the moves that an appointment has made")
    tags = {tag["name"]: tag["description"] for tag in CLINIC["tags"]}
    assert tags["pets"].startswith("Pets, with ")
    assert {tag for item in CLINIC["paths"].values() for o in item.values() for tag in o["tags"]} == set(tags)
    assert CLINIC["info"]["description"].startswith("A REST API that keeps owners, pets, vets, visits and appointments, for the roles ")


def test_a_path_alone_is_never_refused_as_unprocessable() -> None:
    for path, item in CLINIC["paths"].items():
        for method, operation in item.items():
            asks = "requestBody" in operation or any(p["in"] == "query" for p in operation.get("parameters", []))
            assert ("422" in operation["responses"]) == asks, (method, path)


def test_the_code_configures_the_same_example() -> None:
    files = generate(AgentRequest(component="backend", ir=irs.clinic(), contract=build_contract(irs.clinic()))).files
    source = next(f.content for f in files if f.path.endswith("schemas/owner.py"))
    assert 'model_config = example(\n        ("name", "Example name"),' in source
