"""Repairs by rule: what they mend, what they leave, and who gets the next try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from shared.gates import REPAIRERS, GateContext, Repairer, better, repair_tree, run_gate
from shared.model import Finding, Verdict


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """A component's tree."""
    folder = tmp_path / "part"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "good.py").write_text('"""Good."""\n\nVALUE = 1\n')
    return folder


@pytest.fixture
def component(context: GateContext) -> GateContext:
    return replace(context, scope="component")


def judge(part: Path, context: GateContext) -> list[Verdict]:
    return [run_gate(name, part, context).verdict for name in ("placeholder", "static")]


def test_nothing_to_repair(part: Path, component: GateContext) -> None:
    verdicts = judge(part, component)
    assert all(v.passed for v in verdicts)
    assert repair_tree(part, verdicts, component).changed == []


def test_lint_and_format_are_mended(part: Path, component: GateContext) -> None:
    bad = part / "src" / "bad.py"
    bad.write_text('"""Bad."""\nimport os\nimport sys\nprint_me = {  "a":sys.path }\n')
    before = judge(part, component)
    result = repair_tree(part, before, component)
    assert (result.changed, result.repairer, result.unrepairable) == (["src/bad.py"], "ruff", [])
    after = judge(part, component)
    assert all(v.passed for v in after)
    assert better(after, before)
    assert "import os" not in bad.read_text()


def test_only_files_with_findings_are_touched(part: Path, component: GateContext) -> None:
    (part / "src" / "bad.py").write_text("x = {  }\n")
    other = part / "src" / "good.py"
    kept = other.read_bytes()
    repair_tree(part, judge(part, component), component)
    assert other.read_bytes() == kept


def test_an_altered_file_is_restored(part: Path, component: GateContext) -> None:
    pristine = {"src/good.py": (part / "src" / "good.py").read_bytes()}
    context = replace(component, pristine=pristine)
    (part / "src" / "good.py").write_text("def f():\n    pass\n")
    result = repair_tree(part, judge(part, context), context)
    assert (result.changed, result.repairer) == (["src/good.py"], "restore")
    assert all(v.passed for v in judge(part, context))


def test_a_deleted_file_is_restored(part: Path, component: GateContext) -> None:
    data = (part / "src" / "good.py").read_bytes()
    context = replace(component, pristine={"src/good.py": data, "src/deep/er/more.py": b"X = 1\n"})
    (part / "src" / "good.py").unlink()
    failed = Verdict(gate="boot", outcome="fail", findings=[Finding(code="boot.start", message="ModuleNotFoundError")])
    assert repair_tree(part, [failed], context).changed == ["src/deep/er/more.py", "src/good.py"]
    assert (part / "src" / "good.py").read_bytes() == data


def test_a_file_that_a_finding_names_comes_first(part: Path, component: GateContext) -> None:
    context = replace(component, pristine={"a.py": b"A = 1\n", "b.py": b"B = 1\n"})
    failed = Verdict(gate="unit", outcome="fail", findings=[Finding(code="unit.test", message="x", file="b.py")])
    assert repair_tree(part, [failed], context).changed == ["b.py"]


def test_the_second_round_goes_to_the_next_repairer(part: Path, component: GateContext) -> None:
    """The agent's own file is faulty: restoring it does not help, so the formatter has its turn."""
    faulty = b'"""Faulty."""\nimport os\n'
    context = replace(component, pristine={"src/faulty.py": faulty})
    (part / "src" / "faulty.py").write_text("def f():\n    pass\n")
    first = repair_tree(part, judge(part, context), context)
    assert first.repairer == "restore"
    verdicts = judge(part, context)
    assert not all(v.passed for v in verdicts)
    second = repair_tree(part, verdicts, context, tried=[first.repairer])
    assert second.repairer == "ruff"
    assert all(v.passed for v in judge(part, context))


def test_what_nobody_can_repair_is_said(part: Path, component: GateContext) -> None:
    (part / "src" / "bad.py").write_text('"""Bad."""\n\n\ndef f(rate: int) -> int:\n    """Answer."""\n    return 5\n')
    verdicts = judge(part, component)
    assert not verdicts[0].passed
    result = repair_tree(part, verdicts, component)
    assert (result.changed, result.repairer) == ([], "")
    assert {f.code for f in result.unrepairable} >= {"placeholder.constant"}


def test_findings_of_gates_that_passed_are_left_alone(part: Path, component: GateContext) -> None:
    warned = Verdict(gate="static", outcome="warn", findings=[Finding(code="static.format", message="x", file="src/good.py")])
    assert repair_tree(part, [warned], component).changed == []


class Fails:
    """A repairer that never helps."""

    name = "fails"

    def can_repair(self, finding: Finding) -> bool:
        return finding.code == "unit.test"

    def repair(self, tree_dir: Path, findings: Sequence[Finding], context: GateContext) -> set[str]:
        assert findings
        return set()


def test_any_repairer_can_stand_in_the_line(part: Path, component: GateContext) -> None:
    line: list[Repairer] = [Fails(), *REPAIRERS]
    failed = Verdict(gate="unit", outcome="fail", findings=[Finding(code="unit.test", message="x", file="src/good.py")])
    context = replace(component, pristine={"src/good.py": b"GOOD = 2\n"})
    assert repair_tree(part, [failed], context, repairers=line).repairer == "restore"


def test_a_finding_cannot_lead_a_repairer_out_of_the_tree(part: Path, component: GateContext, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("x = {  }\n")
    failed = Verdict(gate="static", outcome="fail", findings=[Finding(code="static.format", message="x", file="../outside.py")])
    assert repair_tree(part, [failed], component).changed == []
    assert outside.read_text() == "x = {  }\n"
