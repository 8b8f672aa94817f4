"""A project's own tests must run, pass and reach its code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from shared.model import Verdict, metric

Judge = Callable[..., Verdict]
Plant = Callable[[Path, str, str], None]


def test_the_sample_passes(judge: Judge, tree: Path) -> None:
    verdict = judge("unit", tree)
    assert (verdict.outcome, verdict.findings) == ("pass", [])
    assert metric(verdict, "coverage") >= 95
    assert verdict.tests["tests/test_notes.py::test_probes"] == "passed"
    assert verdict.tests["tests/test_notes.py::test_default_secret[staging]"] == "passed"
    assert metric(verdict, "tests") == len(verdict.tests) == 5


def test_a_failing_and_a_skipped_test(judge: Judge, tree: Path) -> None:
    (tree / "tests" / "test_more.py").write_text(
        "import pytest\n\n\nclass TestMore:\n    def test_wrong(self) -> None:\n        assert 1 == 2\n\n\n"
        "@pytest.mark.skip(reason='later')\ndef test_skipped() -> None:\n    assert False\n"
    )
    verdict = judge("unit", tree)
    assert verdict.tests["tests/test_more.py::TestMore::test_wrong"] == "failed"
    assert verdict.tests["tests/test_more.py::test_skipped"] == "skipped"
    (finding,) = [f for f in verdict.findings if f.code == "unit.test"]
    assert (finding.file, finding.severity) == ("tests/test_more.py", "blocker")
    assert "assert 1 == 2" in finding.message
    assert finding.replay == "python -m pytest 'tests/test_more.py::TestMore::test_wrong'"
    assert verdict.blocks


def test_code_that_no_test_reaches(judge: Judge, tree: Path) -> None:
    lines = "".join(f"    if x == {n}:\n        return {n}\n" for n in range(20))
    (tree / "src" / "sample" / "unused.py").write_text(f"def f(x: int) -> int:\n{lines}    return x\n")
    verdict = judge("unit", tree)
    assert [f.code for f in verdict.findings] == ["unit.coverage"]
    assert metric(verdict, "coverage") < 95
    assert "unused.py" in verdict.findings[0].advice


def test_no_test_at_all(judge: Judge, tree: Path) -> None:
    (tree / "tests" / "test_notes.py").unlink()
    verdict = judge("unit", tree)
    assert "unit.none" in {f.code for f in verdict.findings}
    assert verdict.tests == {}


def test_leaving_with_success_half_way_is_no_pass(judge: Judge, tree: Path) -> None:
    (tree / "tests" / "test_a_first.py").write_text("import os\n\n\ndef test_leave() -> None:\n    os._exit(0)\n")
    verdict = judge("unit", tree)
    assert verdict.outcome == "fail"
    assert {"unit.none", "unit.coverage"} <= {f.code for f in verdict.findings}


def test_a_module_that_cannot_be_imported(judge: Judge, tree: Path) -> None:
    (tree / "tests" / "test_broken.py").write_text("import nowhere\n")
    verdict = judge("unit", tree)
    assert verdict.outcome == "fail"
    assert any("nowhere" in f.message or "collection" in f.message for f in verdict.findings)


def test_tests_that_never_end_are_ended(judge: Judge, tree: Path, context: object) -> None:
    from shared.runner import Profile

    (tree / "tests" / "test_a_first.py").write_text("import time\n\n\ndef test_wait() -> None:\n    time.sleep(600)\n")
    verdict = judge("unit", tree, profile=Profile(wall_seconds=12))
    assert verdict.outcome == "fail"
    assert "unit.none" in {f.code for f in verdict.findings}
