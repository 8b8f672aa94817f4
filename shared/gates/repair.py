"""Repairs that need no model: what a formatter can mend, and what an agent had written before somebody changed it.

A repairer changes the tree and says what it changed; whether the tree is better is for the gates to say, with `better`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from shared.gates.bench import Bench
from shared.gates.records import GateContext
from shared.gates.score import score
from shared.gates.static import RUFF_CONFIG, lint_config
from shared.model import Finding, Record, Verdict
from shared.telemetry import model_call


class Repairer(Protocol):
    """Mends findings. `repair` returns the paths it changed, none when it could not help."""

    name: str

    def can_repair(self, finding: Finding) -> bool:
        """True when this repairer may help with the finding."""
        ...

    def repair(self, tree_dir: Path, findings: Sequence[Finding], context: GateContext) -> set[str]:
        """Change files below `tree_dir` (and nothing else)."""
        ...


@runtime_checkable
class ModelRepairer(Repairer, Protocol):
    """The port for a repair by a model: it gets the findings as text and answers whole files, which the gates judge like any others."""

    @property
    def provider(self) -> str:
        """Who runs the model, as the conventions of `shared.telemetry.model_call` name it."""
        ...

    @property
    def model(self) -> str:
        """The model's name and version, for the record of who wrote what."""
        ...

    @property
    def tokens(self) -> tuple[int, int] | None:
        """What the last repair took in and gave out, None where the provider did not count."""
        ...


class RepairResult(Record):
    """What one round changed (relative POSIX paths), by whom, and which findings nobody can repair."""

    changed: list[str]
    repairer: str
    unrepairable: list[Finding]


class Restore:
    """Writes back files that differ from what the agent wrote: altered, deleted or added ones."""

    name = "restore"

    def can_repair(self, finding: Finding) -> bool:
        """Any finding may come from an altered file; `repair` looks whether there is one."""
        return not finding.code.startswith("gate.")

    def repair(self, tree_dir: Path, findings: Sequence[Finding], context: GateContext) -> set[str]:
        """Restore what differs. The findings' own files first: when one of those differs, others are left alone."""
        altered = {path for path, data in context.pristine.items() if _read(tree_dir / path) != data}
        blamed = altered & {finding.file for finding in findings}
        for path in sorted(blamed or altered):
            target = tree_dir / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(context.pristine[path])
        return blamed or altered


class RuffFix:
    """ruff's safe fixes, then its format, with the gate's own configuration."""

    name = "ruff"

    def can_repair(self, finding: Finding) -> bool:
        """Lint and format findings of a file."""
        return finding.code.startswith(("static.ruff.", "static.format")) and finding.file.endswith(".py")

    def repair(self, tree_dir: Path, findings: Sequence[Finding], context: GateContext) -> set[str]:
        """Run ruff on a copy in the sandbox; take over the Python files that changed."""
        there = {path.relative_to(tree_dir).as_posix() for path in tree_dir.rglob("*.py") if path.is_file() and not path.is_symlink()}
        files = sorted({finding.file for finding in findings} & there)
        if not files:
            return set()
        with Bench(tree_dir, context) as bench:
            bench.run(bench.tool("ruff"), "check", *lint_config(bench.tree), "--fix", "--exit-zero", "--quiet", "--", *files)
            bench.run(bench.tool("ruff"), "format", *RUFF_CONFIG, "--quiet", "--", *files)
            changed = {}
            for name in files:
                data = bench.read(f"tree/{name}")
                if data and data != (tree_dir / name).read_bytes():
                    changed[name] = data
        for name, data in changed.items():
            (tree_dir / name).write_bytes(data)
        return set(changed)


REPAIRERS: tuple[Repairer, ...] = (Restore(), RuffFix())


def repair_tree(
    tree_dir: Path,
    verdicts: Sequence[Verdict],
    context: GateContext,
    *,
    tried: Sequence[str] = (),
    repairers: Sequence[Repairer] = REPAIRERS,
) -> RepairResult:
    """One round: the first repairer that changes anything has its way, so that the gates can tell whom the change helped.

    `tried` names the repairers of earlier rounds; whoever was tried more often stands further back in the line.
    """
    findings = [finding for verdict in verdicts if not verdict.passed for finding in verdict.findings]
    unrepairable = [finding for finding in findings if not any(r.can_repair(finding) for r in repairers)]
    for repairer in sorted(repairers, key=lambda r: tried.count(r.name)):
        mine = [finding for finding in findings if repairer.can_repair(finding)]
        changed = _ask(repairer, tree_dir, mine, context) if mine else set()
        if changed:
            return RepairResult(changed=sorted(changed), repairer=repairer.name, unrepairable=unrepairable)
    return RepairResult(changed=[], repairer="", unrepairable=findings)


def _ask(repairer: Repairer, tree_dir: Path, findings: Sequence[Finding], context: GateContext) -> set[str]:
    if not isinstance(repairer, ModelRepairer):
        return repairer.repair(tree_dir, findings, context)
    with model_call("chat", repairer.provider, repairer.model) as call:
        changed = repairer.repair(tree_dir, findings, context)
        if (tokens := repairer.tokens) is not None:
            call.used(*tokens)
    return changed


def better(a: Sequence[Verdict], b: Sequence[Verdict]) -> bool:
    """True when `a` is better than `b`: fewer blocking gates, then fewer findings, then the higher score."""
    return _rank(a) < _rank(b)


def _rank(verdicts: Sequence[Verdict]) -> tuple[int, int, float]:
    return sum(v.blocks for v in verdicts), sum(len(v.findings) for v in verdicts), -score(verdicts).value


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None
