"""Lint, format and types: each planted fault is found, and the tree cannot talk its way out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.gates import GateContext, run_gate
from shared.model import Verdict

Judge = Callable[..., Verdict]
Plant = Callable[[Path, str, str], None]


def test_the_sample_passes(judge: Judge, tree: Path) -> None:
    verdict = judge("static", tree)
    assert (verdict.outcome, verdict.findings) == ("pass", [])
    assert verdict.tool == "ruff, mypy"
    assert verdict.tool_version.startswith("ruff 0.")


def test_planted_faults_are_found_where_they_are(judge: Judge, tree: Path) -> None:
    (tree / "src" / "sample" / "bad.py").write_text('"""Bad."""\n\nimport os\n\n\ndef double(x: int) -> str:\n    return x * 2\n')
    (tree / "src" / "sample" / "ugly.py").write_text("x = {  'a':1 }\n")
    found = {(f.code, f.file, f.line) for f in judge("static", tree).findings}
    assert ("static.ruff.F401", "src/sample/bad.py", 3) in found
    assert ("static.mypy.return-value", "src/sample/bad.py", 7) in found
    assert ("static.format", "src/sample/ugly.py", 1) in found


@pytest.mark.parametrize(
    "line",
    ["import os  # noqa", "import os  # ruff: noqa", "x: int = 'a'  # type: ignore", "eval('1')  # nosec", "x = 1  # pragma: no cover"],
)
def test_a_blanket_suppression_is_a_finding(judge: Judge, tree: Path, line: str) -> None:
    (tree / "src" / "sample" / "quiet.py").write_text(f"{line}\n")
    verdict = judge("static", tree, scope="component")
    assert "static.suppression" in {f.code for f in verdict.findings if f.file == "src/sample/quiet.py"}


def test_a_suppression_of_one_rule_is_allowed(judge: Judge, tree: Path) -> None:
    (tree / "src" / "sample" / "quiet.py").write_text('password = "b"  # noqa: S105\n')
    assert judge("static", tree, scope="component").findings == []


def test_what_the_tree_configures_is_not_read(judge: Judge, tree: Path) -> None:
    (tree / "ruff.toml").write_text('[lint]\nignore = ["ALL"]\n')
    (tree / "mypy.ini").write_text("[mypy]\nignore_errors = True\nplugins = plugin.py\n")
    (tree / "plugin.py").write_text('raise SystemExit("a plugin of the tree ran")\n')
    (tree / "src" / "sample" / "bad.py").write_text('"""Bad."""\n\nimport os\n\nx: int = "a"\n')
    verdict = judge("static", tree)
    assert {"static.ruff.F401", "static.mypy.assignment"} <= {f.code for f in verdict.findings}


def test_a_component_is_not_type_checked_alone(judge: Judge, tmp_path: Path) -> None:
    part = tmp_path / "part"
    (part / "src").mkdir(parents=True)
    (part / "src" / "a.py").write_text('"""Part."""\n\nfrom elsewhere import thing\n\nx: int = thing\n')
    assert judge("static", part, scope="component").outcome == "pass"


def test_no_python_is_skipped(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert judge("static", tmp_path / "empty").outcome == "skip"


def test_a_module_that_is_not_python(judge: Judge, tree: Path) -> None:
    (tree / "src" / "sample" / "broken.py").write_text("def f(:\n")
    verdict = judge("static", tree, scope="component")
    assert verdict.outcome == "fail"
    assert any(f.file == "src/sample/broken.py" for f in verdict.findings)


def test_without_a_lock_there_is_no_environment_and_no_pass(judge: Judge, tree: Path) -> None:
    (tree / "requirements-dev.txt").unlink()
    verdict = judge("static", tree)
    assert verdict.outcome == "error"
    assert verdict.blocks
    assert "requirements-dev.txt" in verdict.reason


def test_a_missing_tool_is_an_error(context: GateContext, tree: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    lock = tmp_path / "empty.txt"
    lock.write_text("# no tools\n")
    verdict = run_gate("static", tree, replace(context, gates_lock=lock)).verdict
    assert verdict.outcome == "error"
    assert "ruff" in verdict.reason
    assert verdict.blocks


def test_the_warm_cache_holds_nothing_of_a_tree(judge: Judge, context: GateContext, tree: Path) -> None:
    """What was checked before must not answer for what is checked now: the same module, good, then bad."""
    module = tree / "src" / "sample" / "value.py"
    module.write_text('"""Value."""\n\nVALUE: int = 1\n')
    assert judge("static", tree).outcome == "pass"
    module.write_text('"""Value."""\n\nVALUE: int = ""\n')
    assert judge("static", tree).outcome == "fail"
    assert not [path for path in (context.cache_root / "mypy").rglob("*") if "sample" in path.name]
