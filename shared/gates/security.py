"""bandit for dangerous calls, detect-secrets for keys in the tree, and rules for what the project installs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.gates import layout
from shared.gates.bench import Bench, tail
from shared.gates.records import Judgement, MissingToolError
from shared.model import Finding

if TYPE_CHECKING:
    from shared.runner import Outcome

_SEVERITY = {"HIGH": "blocker", "MEDIUM": "major", "LOW": "major"}
_NOT_SECRETS = r"(^|/)(requirements[^/]*\.txt|openapi\.json)$"
_REQUIREMENT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[A-Za-z0-9,._-]+\])?==[^\s;]+(?:\s*;[^#]*)?$")
_HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")


def judge(bench: Bench) -> Judgement:
    """Run both tools over the tree and read its locks."""
    findings = dependency_findings(bench.tree, whole=bench.context.scope == "project")
    reports: list[bytes] = []
    has_python = any(bench.tree.rglob("*.py"))
    if has_python:
        bandit = bench.run(bench.tool("bandit"), "-r", ".", "-f", "json", "-q", "--skip", "B101", "-x", "./tests")
        findings += _bandit(bandit)
        reports.append(bandit.stdout)
    secrets = bench.run(
        bench.tool("detect-secrets"), "scan", "--all-files", "--no-verify", "--exclude-files", _NOT_SECRETS,
        "--disable-plugin", "KeywordDetector",
        "--disable-filter", "detect_secrets.filters.allowlist.is_line_allowlisted", ".",
    )  # fmt: skip
    findings += _secrets(secrets)
    reports.append(secrets.stdout)
    return Judgement(findings, {"findings": len(findings)}, report=b"\n".join(reports))


def _load(outcome: Outcome, tool: str) -> dict[str, Any]:
    try:
        loaded = json.loads(outcome.stdout)
    except ValueError:
        loaded = None
    if not isinstance(loaded, dict):
        raise MissingToolError(f"{tool} ended with {outcome.exit_code} {outcome.limits_hit}: {tail(outcome.stderr, 300)}")
    return loaded


def _bandit(outcome: Outcome) -> list[Finding]:
    report = _load(outcome, "bandit")
    unread = [
        Finding(code="security.bandit.unread", message=e["reason"], file=e["filename"].removeprefix("./"), replay="bandit -r .")
        for e in report["errors"]
    ]
    return unread + [
        Finding.model_validate(
            {"code": f"security.bandit.{row['test_id']}", "message": row["issue_text"], "severity": _SEVERITY[row["issue_severity"]],
             "file": row["filename"].removeprefix("./"), "line": row["line_number"], "advice": row.get("more_info", ""),
             "replay": f"bandit -t {row['test_id']} {row['filename']}"}
        )
        for row in report["results"]
    ]  # fmt: skip


def _secrets(outcome: Outcome) -> list[Finding]:
    report = _load(outcome, "detect-secrets")
    return [
        Finding(
            code="security.secret", message=f"looks like a secret ({row['type']})", severity="blocker", file=name.removeprefix("./"),
            line=row["line_number"], advice="Read it from the environment.", replay=f"detect-secrets scan --all-files {name}",
        )
        for name, rows in sorted(report["results"].items())
        for row in rows
    ]  # fmt: skip


def dependency_findings(tree: Path, *, whole: bool) -> list[Finding]:
    """Every requirement of every lock is pinned to one version and carries hashes; a whole project has its locks."""
    found = []
    for name in layout.LOCKS:
        path = tree / name
        if path.is_file():
            found += lock_findings(name, path.read_text(encoding="utf-8", errors="replace"))
        elif whole:
            found.append(_finding(name, None, "is missing", "missing"))
    return found


def lock_findings(name: str, text: str) -> list[Finding]:
    """What is wrong with one lock, line by line (a requirement may continue over several)."""
    found = []
    number = 0
    rows = text.splitlines()
    while number < len(rows):
        start, line = number + 1, rows[number].split(" #")[0].strip()
        while line.endswith("\\") and number + 1 < len(rows):
            number += 1
            line = f"{line[:-1].rstrip()} {rows[number].split(' #')[0].strip()}"
        number += 1
        if not line or line.startswith("#"):
            continue
        words = line.split(" --hash=")
        hashes = [f"--hash={word.strip()}" for word in words[1:]]
        if not _REQUIREMENT.match(words[0].strip()):
            found.append(_finding(name, start, f"not one exact version from an index: {words[0][:80]}", "unpinned"))
        elif not hashes or not all(_HASH.match(h) for h in hashes):
            found.append(_finding(name, start, f"carries no SHA-256: {words[0][:80]}", "unhashed"))
    return found


def _finding(name: str, line: int | None, message: str, kind: str) -> Finding:
    return Finding(
        code=f"security.dependency.{kind}", message=f"{name}: {message}", severity="blocker", file=name, line=line,
        advice="Compile the lock with `uv pip compile --generate-hashes`.", replay=f"uv pip install --dry-run --require-hashes -r {name}",
    )  # fmt: skip
