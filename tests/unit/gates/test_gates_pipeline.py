"""The register, the order, keys, scores, and what the gates leave alone."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.gates import COMPONENT_STAGES, GATES, STAGES, GateContext, better, gate_key, order, run_gate, score, tool_versions
from shared.model import Finding, InputError, Verdict
from shared.runner import Profile


def test_every_gate_has_its_place() -> None:
    assert sorted(name for stage in STAGES for name in stage) == sorted(GATES)
    assert all(gate.required for gate in GATES.values())
    assert {name for stage in COMPONENT_STAGES for name in stage} == {g.name for g in GATES.values() if "component" in g.scopes}
    assert {g.name for g in GATES.values() if not g.heavy} == {"placeholder"}


def test_order_keeps_the_stages_of_the_gates_asked_for() -> None:
    assert order(["unit", "placeholder", "migration"]) == [["placeholder"], ["unit", "migration"]]
    assert order([]) == []


@pytest.mark.parametrize("name", ["", "Placeholder", "../unit", "lint"])
def test_an_unknown_gate(context: GateContext, tmp_path: Path, name: str) -> None:
    for call in (lambda: order([name]), lambda: run_gate(name, tmp_path, context), lambda: gate_key(name, "a" * 64)):
        with pytest.raises(InputError, match="QLF4006"):
            call()


def test_the_key_covers_all_that_decides_a_verdict(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("ruff==0.1 --hash=sha256:0\n")
    keys = [
        gate_key("static", "a" * 64),
        gate_key("static", "b" * 64),
        gate_key("security", "a" * 64),
        gate_key("static", "a" * 64, scope="component"),
        gate_key("static", "a" * 64, profile=Profile(processes=3)),
        gate_key("static", "a" * 64, gates_lock=lock),
    ]
    assert len(set(keys)) == len(keys)
    assert keys[0] == gate_key("static", "a" * 64)


def test_tool_versions_come_from_the_lock() -> None:
    versions = tool_versions()
    assert {"ruff", "mypy", "bandit", "detect-secrets", "schemathesis"} <= set(versions)
    assert list(versions) == sorted(versions)


def test_a_link_in_the_tree_is_refused(context: GateContext, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(InputError, match="QLF4005"):
        run_gate("placeholder", tmp_path / "t", context)


def fingerprint(tree: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(p for p in tree.rglob("*") if p.is_file()):
        whole.update(path.as_posix().encode() + path.read_bytes())
    return whole.hexdigest()


def test_a_gate_leaves_the_tree_and_nothing_else_behind(context: GateContext, tree: Path) -> None:
    (tree / "tests" / "test_vandal.py").write_text(
        "from pathlib import Path\n\n\ndef test_vandal() -> None:\n    Path('src/sample/main.py').write_text('gone')\n"
        "    Path('planted.txt').write_text('x')\n"
    )
    before = fingerprint(tree)
    run_gate("unit", tree, context)
    assert fingerprint(tree) == before
    assert list(context.work_root.iterdir()) == []


def test_an_environment_that_cannot_be_made_is_an_error_with_its_code(context: GateContext, tree: Path) -> None:
    (tree / "requirements-dev.txt").write_text("nothing>=1\n")
    verdict = run_gate("unit", tree, context).verdict
    assert verdict.outcome == "error"
    assert verdict.reason.startswith("QLF3012")
    assert verdict.blocks


def verdict(gate: str, outcome: str, findings: int = 0, **more: object) -> Verdict:
    rows = [Finding(code="x", message="x")] * findings
    return Verdict.model_validate({"gate": gate, "outcome": outcome, "findings": [row.to_json() for row in rows], **more})


def test_all_passed_is_an_a() -> None:
    result = score([verdict("static", "pass"), verdict("unit", "pass", metrics={"coverage": 98.0})])
    assert (result.grade, result.components) == ("A", {"coverage": 98.0, "static": 100.0, "unit": 100.0})


def test_a_blocker_caps_the_grade() -> None:
    passed = [verdict(name, "pass") for name in GATES]
    for outcome in ("fail", "error", "skip"):
        assert score([*passed, verdict("compliance", outcome)]).grade == "F"


def test_what_was_not_measured_is_not_scored() -> None:
    result = score([verdict("static", "pass"), verdict("exploit", "skip", required=False), verdict("load", "error", required=False)])
    assert (result.grade, result.components) == ("A", {"static": 100.0})
    assert score([]).grade == "F"


def test_warnings_cost_something() -> None:
    assert score([verdict("static", "warn", 1)]).grade == "B"


outcomes = st.sampled_from(["pass", "warn", "fail", "skip", "error"])
verdicts = st.lists(st.builds(verdict, st.sampled_from(sorted(GATES)), outcomes, st.integers(0, 5)), max_size=6)


@given(a=verdicts, b=verdicts)
def test_better_is_a_strict_order_and_the_score_stays_in_bounds(a: list[Verdict], b: list[Verdict]) -> None:
    assert not (better(a, b) and better(b, a))
    assert not better(a, a)
    assert 0 <= score(a).value <= 100
    assert (score(a).grade == "F") == (score(a).value < 50)


def test_fewer_blockers_beat_fewer_findings() -> None:
    one_blocker = [verdict("static", "fail", 9), verdict("unit", "pass")]
    two_blockers = [verdict("static", "fail", 1), verdict("unit", "fail", 1)]
    assert better(one_blocker, two_blockers)
    assert better([verdict("static", "fail", 1)], [verdict("static", "fail", 2)])


def test_component_scope_reaches_the_gate(context: GateContext, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.md").write_text("# A\n")
    assert run_gate("security", tmp_path / "t", replace(context, scope="component")).verdict.outcome == "pass"
