"""The register of gates, their order, and the one way to run one."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from shared.gates import boot, contract, layout, migration, placeholder, security, static, unit
from shared.gates.bench import Bench
from shared.gates.records import TOOLS_LOCK, Gate, GateContext, GateRun, Judgement, MissingToolError, Scope
from shared.model import Finding, InputError, QlfError, Verdict, digest, sha256
from shared.model import Outcome as Result
from shared.runner import Profile

GATES: dict[str, Gate] = {
    gate.name: gate
    for gate in (
        Gate("placeholder", "nothing unfinished", placeholder.judge, scopes=("component", "project")),
        Gate("static", "lint, format and types", static.judge, heavy=True, scopes=("component", "project"), tools=("ruff", "mypy")),
        Gate(
            "security",
            "dangerous calls, secrets, dependencies",
            security.judge,
            heavy=True,
            tools=("bandit", "detect-secrets"),
        ),
        Gate("boot", "starts and answers", boot.judge, heavy=True, app_tools=("uvicorn", "alembic")),
        Gate("unit", "its own tests and their coverage", unit.judge, heavy=True, app_tools=("pytest", "coverage")),
        Gate(
            "contract", "keeps its OpenAPI contract", contract.judge, heavy=True, tools=("schemathesis",), app_tools=("uvicorn", "alembic")
        ),
        Gate("migration", "migrations go up and down", migration.judge, heavy=True, app_tools=("alembic",)),
    )
}
COMPONENT_STAGES: list[list[str]] = [["placeholder", "static"]]
STAGES: list[list[str]] = [["placeholder"], ["static", "security", "boot"], ["contract", "unit", "migration"]]


def order(gates: list[str]) -> list[list[str]]:
    """`gates` in stages: cheap ones first, independent ones together. Raises InputError QLF4006 for a name that is no gate."""
    for name in gates:
        _gate(name)
    stages = [[name for name in stage if name in gates] for stage in STAGES]
    return [stage for stage in stages if stage]


def run_gate(name: str, tree_dir: Path, context: GateContext) -> GateRun:
    """Judge the tree in `tree_dir`, which is not written to. A gate that cannot do its work answers `error`.

    Raises InputError QLF4006 for an unknown name, QLF4005 for a tree that holds a link.
    """
    gate = _gate(name)
    if any(path.is_symlink() for path in tree_dir.rglob("*")):
        raise InputError("QLF4005", "The tree holds a symbolic link.")
    context.work_root.mkdir(parents=True, exist_ok=True)
    with Bench(tree_dir, context) as bench:
        try:
            judged = gate.judge(bench)
        except MissingToolError as error:
            judged = Judgement(outcome="error", reason=f"QLF4003: {error}")
        except QlfError as error:
            judged = Judgement(outcome="error", reason=f"{error.code}: {error.detail}")
        return GateRun(_verdict(gate, bench, judged, _versions(gate, tree_dir, context)), judged.report)


def gate_key(
    name: str, tree_digest: str, *, scope: Scope = "project", profile: Profile | None = None, gates_lock: Path = TOOLS_LOCK
) -> str:
    """SHA-256 under which a *pass* may be reused.

    It covers the tree (with the app's own lock), the tools' lock, profile, scope, Python, and the code of the gates and the runner.
    """
    limits = (profile or Profile()).to_json()
    return digest(
        ["gate", _gate(name).name, tree_digest, sha256(gates_lock.read_bytes()), limits, scope, list(sys.version_info[:3]), _code()]
    )


def tool_versions(gates_lock: Path = TOOLS_LOCK) -> dict[str, str]:
    """Every package of the gate tools' environment with its version, from the lock."""
    return dict(sorted(layout.pins(gates_lock.read_text(encoding="utf-8")).items()))


def _gate(name: str) -> Gate:
    if name not in GATES:
        raise InputError("QLF4006", f"There is no gate {name!r}; there are {', '.join(GATES)}.")
    return GATES[name]


def _verdict(gate: Gate, bench: Bench, judged: Judgement, versions: dict[str, str]) -> Verdict:
    seconds = round(sum(outcome.seconds for outcome in bench.outcomes), 3)
    return Verdict(
        gate=gate.name,
        outcome=judged.outcome or _by_findings(judged.findings),
        required=gate.required,
        tool=", ".join(versions) or "qlf",
        tool_version=", ".join(f"{tool} {version}" for tool, version in versions.items()) or "built in",
        findings=judged.findings,
        metrics={**judged.metrics, "sandbox_seconds": seconds},
        tests=judged.tests,
        unenforced=sorted({name for outcome in bench.outcomes for name in outcome.unenforced}),
        reason=judged.reason,
    )


def _by_findings(findings: list[Finding]) -> Result:
    if not findings:
        return "pass"
    return "warn" if all(finding.severity == "minor" for finding in findings) else "fail"


def _versions(gate: Gate, tree_dir: Path, context: GateContext) -> dict[str, str]:
    """Tool -> version, as the locks pin them."""
    ours = layout.pins(context.gates_lock.read_text(encoding="utf-8"))
    lock = tree_dir / layout.DEV_LOCK
    theirs = layout.pins(lock.read_text(encoding="utf-8", errors="replace")) if lock.is_file() else {}
    return {tool: ours.get(tool, "not locked") for tool in gate.tools} | {tool: theirs.get(tool, "not locked") for tool in gate.app_tools}


@functools.cache
def _code() -> str:
    """SHA-256 over the sources that decide a verdict."""
    here = Path(__file__).parent
    files = sorted(path for room in (here, here.parent / "runner") for path in room.rglob("*.py"))
    return digest([[path.relative_to(here.parent).as_posix(), sha256(path.read_bytes())] for path in files])
