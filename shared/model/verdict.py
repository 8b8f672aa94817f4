"""What a gate found out. Nothing to run is `skip`, a missing tool is `error`; neither is ever a pass."""

from __future__ import annotations

from typing import Any, Literal

from shared.model.base import Record
from shared.model.refs import ArtifactRef

Outcome = Literal["pass", "warn", "fail", "skip", "error"]
Severity = Literal["blocker", "major", "minor"]


class Finding(Record):
    """One thing that is wrong, where, and how to see it again. `component` is the agent that owns the file."""

    code: str
    message: str
    severity: Severity = "major"
    file: str = ""
    line: int | None = None
    advice: str = ""
    replay: str = ""


class Verdict(Record):
    """A gate's answer for one tree.

    `metrics` are measured numbers (coverage, cases, seconds); `tests` maps test ids to outcomes; `unenforced` names what the
    platform could not enforce while it ran; `cached_from` is the digest of the original verdict when a pass was reused.
    """

    gate: str
    outcome: Outcome
    required: bool = True
    tool: str = ""
    tool_version: str = ""
    findings: list[Finding] = []
    metrics: dict[str, float | int | str | None] = {}
    tests: dict[str, Literal["passed", "failed", "skipped"]] = {}
    unenforced: list[str] = []
    report: ArtifactRef | None = None
    cached_from: str | None = None
    reason: str = ""

    @property
    def passed(self) -> bool:
        """True for `pass` and `warn`; a skipped or broken gate has not passed."""
        return self.outcome in ("pass", "warn")

    @property
    def blocks(self) -> bool:
        """True when this verdict forbids a capsule."""
        return self.required and not self.passed


class Score(Record):
    """A grade over the measured components only; `value` is 0..100. It ranks candidates and never overrules a gate."""

    grade: Literal["A", "B", "C", "D", "E", "F"]
    value: float
    components: dict[str, float]


def metric(verdict: Verdict, name: str) -> Any:
    """A metric of the verdict, or None when it was not measured."""
    return verdict.metrics.get(name)
