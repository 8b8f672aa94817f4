"""Lint, format and types, with our configuration: what the tree configures for these tools is not read.

For mypy a cache of the environment's own libraries is kept per environment. It is made from a seed of ours and copied for
each run, so that nothing a generated tree brings along ever gets into it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.gates import layout, warm
from shared.gates.bench import Bench, tail
from shared.gates.records import Judgement, MissingToolError
from shared.model import Finding

if TYPE_CHECKING:
    from shared.runner import Outcome

RUFF_RULES = "E,W,F,I,B,C4,UP,ARG,T20,S"
RUFF_CONFIG = (
    "--isolated", "--no-cache", "--line-length", "120", "--target-version", "py311",
    "--config", 'src = ["src", "."]',
)  # fmt: skip
_LINT = (*RUFF_CONFIG, "--select", RUFF_RULES, "--per-file-ignores", "tests/**:S101,tests/**:S105,tests/**:S106,tests/**:S311")
_MYPY = (
    "--config-file=", "--strict", "--explicit-package-bases", "--no-error-summary", "--no-pretty", "--show-error-codes",
    "--show-column-numbers", "--no-color-output", "--python-version=3.11", "--sqlite-cache",
)  # fmt: skip
_MYPY_LINE = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+)(?::\d+)?: error: (?P<message>.*?)(?:\s+\[(?P<code>[a-z0-9-]+)\])?$", re.M)
_BLANKET = re.compile(r"#\s*(?:noqa(?!\s*:\s*[A-Z])|nosec(?!\s*:?\s*B\d)|type:\s*ignore(?!\[)|pragma:\s*no\s*cover|ruff:\s*noqa)")
_SEED = (
    "alembic", "alembic.config", "argon2", "argon2.exceptions", "collections.abc", "contextlib", "csv", "fastapi", "fastapi.exceptions",
    "fastapi.openapi.utils", "fastapi.responses", "fastapi.security", "fastapi.testclient", "httpx2", "hypothesis", "hypothesis.strategies",
    "jwt", "prometheus_client", "pydantic", "pydantic_settings", "pytest", "sqlalchemy", "sqlalchemy.exc", "sqlalchemy.ext.asyncio",
    "sqlalchemy.orm", "sqlalchemy.pool", "starlette.exceptions", "starlette.middleware", "starlette.testclient", "starlette.types",
    "uvicorn",
)  # fmt: skip


def judge(bench: Bench) -> Judgement:
    """ruff check, ruff format and, for a whole project, mypy --strict against the app's environment."""
    if not any(bench.tree.rglob("*.py")):
        return Judgement(outcome="skip", reason="no Python in the tree")
    whole = bench.context.scope == "project"
    ruff = bench.tool("ruff")
    if whole:
        bench.app_env  # noqa: B018  the sandbox must see it
    lint = bench.run(ruff, "check", *lint_config(bench.tree), "--output-format", "json", ".")
    form = bench.run(ruff, "format", *RUFF_CONFIG, "--check", "--output-format", "json", ".")
    findings = [*_lint(lint), *_format(form), *blanket_suppressions(bench.tree)]
    reports = [lint.stdout, form.stdout]
    if whole:
        types = _types(bench)
        findings += _type_errors(types)
        reports.append(types.stdout)
    return Judgement(findings, {"findings": len(findings)}, report=b"\n".join(reports))


def lint_config(tree: Path) -> list[str]:
    """ruff's arguments for this tree: its own package is first-party, `tests` is local. Without `src/` import order cannot be judged."""
    names = layout.first_party(tree)
    if not names:
        return [*_LINT, "--ignore", "I"]
    first = f"lint.isort.known-first-party = {json.dumps(names)}"
    return [*_LINT, "--config", first, "--config", 'lint.isort.known-local-folder = ["tests"]']


def _lint(outcome: Outcome) -> list[Finding]:
    return [
        _finding(f"ruff.{row['code'] or 'syntax'}", row, f"ruff rule {row['code']}", f"ruff check --select {RUFF_RULES}")
        for row in _rows(outcome, "ruff check")
    ]


def _format(outcome: Outcome) -> list[Finding]:
    """One finding per file; a file that does not parse is the linter's to report."""
    rows = {row["filename"]: row for row in _rows(outcome, "ruff format") if row["code"] == "unformatted"}
    return [_finding("format", row, "Run `ruff format`.", "ruff format --check") for row in rows.values()]


def _rows(outcome: Outcome, tool: str) -> list[dict[str, Any]]:
    """The findings ruff printed as JSON. Its exit code and its words must agree."""
    try:
        rows = json.loads(outcome.stdout)
    except ValueError:
        rows = None
    if not isinstance(rows, list) or bool(rows) != (outcome.exit_code != 0):
        raise MissingToolError(f"{tool} ended with {outcome.exit_code} {outcome.limits_hit}: {tail(outcome.stderr, 300)}")
    return rows


def _finding(kind: str, row: dict[str, Any], advice: str, command: str) -> Finding:
    name = _relative(row["filename"])
    return Finding(
        code=f"static.{kind}", message=row["message"], file=name, line=row["location"]["row"], advice=advice, replay=f"{command} {name}"
    )


def _relative(name: str) -> str:
    return name.rpartition("/tree/")[2]


def blanket_suppressions(tree: Path) -> list[Finding]:
    """A comment that silences every rule of a tool silences the gate: only one with a rule's code is allowed."""
    found = []
    for path in sorted(tree.rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if _BLANKET.search(line):
                name = path.relative_to(tree).as_posix()
                found.append(
                    Finding(code="static.suppression", message="silences a whole tool", file=name, line=number,
                            advice="Name the rule, for example `# noqa: S105`, or mend the line.", replay=f"sed -n {number}p {name}")
                )  # fmt: skip
    return found


def _types(bench: Bench) -> Outcome:
    cache = warm.copy_of(bench, "mypy", [bench.app_env.name, bench.tools.name, list(_MYPY), list(_SEED)], _check_seed)
    targets = [name for name in ("src", "tests", "migrations") if any((bench.tree / name).rglob("*.py"))]
    return _mypy(bench, cache, targets)


def _check_seed(own: Bench, folder: Path) -> None:
    (own.tree / "seed.py").write_text("".join(f"import {name}\n" for name in _SEED), encoding="utf-8")
    _mypy(own, folder, ["seed.py"])


def _mypy(bench: Bench, cache: Path, targets: list[str]) -> Outcome:
    return bench.run(
        bench.tool("mypy"), *_MYPY, f"--cache-dir={cache}", f"--python-executable={bench.python}", *targets,
        env={"MYPYPATH": "src:."}, cpu_seconds=300, memory_bytes=4 * bench.context.profile.memory_bytes,
    )  # fmt: skip


def _type_errors(outcome: Outcome) -> list[Finding]:
    text = outcome.stdout.decode(errors="replace")
    found = [
        Finding(
            code=f"static.mypy.{m['code'] or 'error'}", message=m["message"], severity="major", file=m["file"], line=int(m["line"]),
            advice="mypy --strict", replay=f"mypy --strict {m['file']}",
        )
        for m in _MYPY_LINE.finditer(text)
    ]  # fmt: skip
    if outcome.exit_code != 0 and not found:
        raise MissingToolError(f"mypy ended with {outcome.exit_code} {outcome.limits_hit}: {tail(outcome.stdout + outcome.stderr, 500)}")
    return found
