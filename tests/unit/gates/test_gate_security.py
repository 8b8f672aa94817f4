"""Dangerous calls, secrets and loose dependencies are found; ordinary code is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.model import Verdict

Judge = Callable[..., Verdict]
HASH = "--hash=sha256:" + "a" * 64


def codes(verdict: Verdict) -> set[str]:
    return {finding.code for finding in verdict.findings}


def test_the_sample_passes(judge: Judge, tree: Path) -> None:
    verdict = judge("security", tree)
    assert (verdict.outcome, verdict.findings) == ("pass", [])
    assert verdict.tool_version.startswith("bandit ")
    assert "detect-secrets" in verdict.tool_version


def test_planted_faults_are_found(judge: Judge, tree: Path) -> None:
    (tree / "src" / "sample" / "bad.py").write_text(
        '"""Bad."""\n\nimport subprocess\n\n\ndef f(name: str) -> None:\n    """Run."""\n    subprocess.call("ls " + name, shell=True)\n'
    )
    key = "AKIA" + "IOSFODNN7" + "EXAMPLQ"
    (tree / "settings.env").write_text(f"aws={key}  # pragma: allowlist secret\n")
    verdict = judge("security", tree)
    assert {"security.bandit.B602", "security.secret"} <= codes(verdict)
    secret = next(finding for finding in verdict.findings if finding.code == "security.secret")
    assert (secret.file, secret.line, secret.severity) == ("settings.env", 1, "blocker")
    assert key not in verdict.model_dump_json()


@pytest.mark.parametrize(
    ("lock", "code"),
    [
        (f"a==1.0 {HASH}\n", None),
        (f"# made by uv\na[b]==1.0 ; python_version < '3.13' \\\n    {HASH} \\\n    {HASH}\n    # via c\n", None),
        ("a==1.0\n", "unhashed"),
        (f"a==1.0 {HASH}\nb==2.0\n", "unhashed"),
        (f"a>=1.0 {HASH}\n", "unpinned"),
        ("a\n", "unpinned"),
        (f"git+https://example.com/a.git {HASH}\n", "unpinned"),
        ("-e .\n", "unpinned"),
        ("--index-url https://example.com\n", "unpinned"),
        ("a==1.0 --hash=md5:" + "a" * 32 + "\n", "unhashed"),
    ],
)
def test_every_requirement_is_pinned_and_hashed(judge: Judge, tmp_path: Path, lock: str, code: str | None) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "requirements.txt").write_text(lock)
    found = codes(judge("security", tmp_path / "t", scope="component"))
    assert found == ({f"security.dependency.{code}"} if code else set())


def test_a_project_has_its_locks(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.txt").write_text("a\n")
    verdict = judge("security", tmp_path / "t")
    assert [f.code for f in verdict.findings] == ["security.dependency.missing"] * 2
    assert verdict.blocks
