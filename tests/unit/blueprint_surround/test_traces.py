"""Every part of a brief that is built names the generated tests that prove it."""

from __future__ import annotations

import re

import pytest
from surround import IRS, files_of, made

from shared.agents import unbuilt
from shared.model import IR, Operation


@pytest.fixture(params=IRS)
def brief(request: pytest.FixtureRequest) -> IR:
    return IRS[request.param]


def traced(brief: IR) -> dict[str, list[str]]:
    return {trace.ir_path: trace.tests for trace in made("test", brief).traces}


def test_every_entity_and_state_machine_is_proved(brief: IR) -> None:
    found = traced(brief)
    for entity in brief.entities:
        assert found[f"entities.{entity.name}"]
        if entity.states is not None:
            assert found[f"entities.{entity.name}.states"]


def test_every_field_that_is_built_is_proved(brief: IR) -> None:
    found, refused = traced(brief), unbuilt(brief)
    for entity in brief.entities:
        for path in (f"entities.{entity.name}.fields.{field.name}" for field in entity.fields):
            assert found.get(path) or path in refused, path


def test_every_path_that_is_built_somewhere_is_proved(brief: IR) -> None:
    built = {trace.ir_path for component in ("backend", "database", "api") for trace in made(component, brief).traces if trace.built_by}
    assert built <= traced(brief).keys()


def test_operations_are_proved_by_the_tests_of_what_they_name() -> None:
    operations = [
        Operation(name="find_pets", kind="search", entity="Pet"),
        Operation(name="check_in", kind="transition", entity="Appointment"),
    ]
    found = traced(IRS["clinic"].model_copy(update={"operations": operations}))
    assert "tests/entities/test_pet.py::test_search_finds_a_part_of_the_text[name]" in found["operations.find_pets"]
    assert found["operations.check_in"] == found["entities.Appointment.states"]


def test_every_relation_is_proved(brief: IR) -> None:
    found = traced(brief)
    refused = unbuilt(brief)
    for path in (f"relations.{relation.source}.{relation.to}" for relation in brief.relations):
        assert found.get(path) or path in refused, path


def test_every_role_and_permission_is_proved(brief: IR) -> None:
    found = traced(brief)
    known = {entity.name for entity in brief.entities}
    for role in brief.roles:
        assert found[f"roles.{role.name}"]
        for permission in role.permissions:
            assert (f"roles.{role.name}.{permission.entity}" in found) is (permission.entity in known)


def test_stack_is_proved(brief: IR) -> None:
    assert traced(brief).keys() >= {"stack.backend", "stack.database", "stack.api"}


def test_no_path_is_traced_twice_and_no_test_cited_twice(brief: IR) -> None:
    traces = made("test", brief).traces
    paths = [trace.ir_path for trace in traces]
    assert len(paths) == len(set(paths))
    assert all(len(trace.tests) == len(set(trace.tests)) > 0 for trace in traces)


def test_cited_functions_are_written_in_the_cited_files(brief: IR) -> None:
    files = files_of("test", brief)
    for trace in made("test", brief).traces:
        for node in trace.tests:
            path, _, name = node.partition("::")
            assert re.search(rf"^def {re.escape(name.partition('[')[0])}\(", files[path], re.M), node


def test_every_generated_test_asserts_something(brief: IR) -> None:
    for path, content in files_of("test", brief).items():
        for body in re.split(r"^(?=def |class |@)", content, flags=re.M):
            if body.startswith("def test_"):
                assert re.search(r"\b(assert|problem\(|pytest\.raises)", body), f"{path}: {body[:80]}"


def test_field_is_proved_by_its_own_cases() -> None:
    found = traced(IRS["clinic"])["entities.Owner.fields.email"]
    file = "tests/entities/test_owner.py"
    assert f"{file}::test_unique_value_is_taken_only_once[email]" in found
    assert f"{file}::test_filter_keeps_the_rows_that_match[email]" in found
    assert f"{file}::test_required_value_cannot_be_null[email]" in found
    assert not any("[name]" in node for node in found)


def test_state_machine_is_proved_move_by_move() -> None:
    found = traced(IRS["clinic"])["entities.Appointment.states"]
    assert "tests/test_states.py::test_legal_move_is_made_and_remembered[Appointment-booked-checked_in]" in found
    assert "tests/test_states.py::test_illegal_move_is_a_conflict[Appointment-done-booked]" in found
