"""What the ledger calls built, the agents build and their tests prove: for every brief that the compiler is tested with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.agents import build_contract, generate, make_plan, prove, refuse_unbuilt, unbuilt
from shared.brief import compile_brief
from shared.model import AgentRequest, Ledger, QlfError

BRIEFS = yaml.safe_load((Path(__file__).parents[1] / "brief" / "briefs.yaml").read_text(encoding="utf-8"))


def proved(brief: str) -> tuple[Ledger, list[Any]]:
    """The ledger of a brief when all generated tests pass, and its unproved clauses."""
    compiled = compile_brief(brief)
    stack = compiled.ir.stack.model_copy(update={"backend": "fastapi"})
    ir = compiled.ir.model_copy(update={"stack": stack})
    contract = build_contract(ir)
    made = [generate(AgentRequest(component=part.name, ir=ir, contract=contract)) for part in make_plan(ir).components]
    traces = [trace for result in made for trace in result.traces]
    outcomes = {test: "passed" for trace in traces for test in trace.tests}
    return prove(refuse_unbuilt(compiled.ledger, unbuilt(ir)), traces, outcomes)


@pytest.mark.parametrize("case", BRIEFS, ids=[case["id"] for case in BRIEFS])
def test_every_built_clause_is_proved(case: dict[str, Any]) -> None:
    try:
        ledger, unproved = proved(case["brief"])
    except QlfError as error:
        if error.exit_code != 5 or not case["expect"].keys() & {"refuse", "refuse_or_entities"}:
            raise
        return
    assert [(clause.text, clause.ir_paths) for clause in unproved] == []
    assert all(clause.built_by and clause.tests for clause in ledger.clauses if clause.fate == "built")


def test_a_clause_whose_test_failed_is_not_proved() -> None:
    ledger, unproved = proved("Create a REST API for a shelf: a book has a title.")
    built = next(clause for clause in ledger.clauses if clause.fate == "built")
    again, missing = prove(ledger, [], dict.fromkeys(built.tests, "failed"))
    assert unproved == []
    assert built.id in {clause.id for clause in missing}
    assert again.counts() == ledger.counts()
