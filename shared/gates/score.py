"""A grade over what was measured. It ranks candidates; it never overrules a gate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from shared.model import Score, Verdict

Grade = Literal["A", "B", "C", "D", "E", "F"]
_GRADES: tuple[tuple[float, Grade], ...] = ((90.0, "A"), (80.0, "B"), (70.0, "C"), (60.0, "D"), (50.0, "E"))
_WARN, _FAIL, _PER_FINDING = 85.0, 50.0, 5.0
_BLOCKED_CEILING = 49.0


def score(verdicts: Sequence[Verdict]) -> Score:
    """0..100 and A..F over the gates that ran and the measured coverage, not over skipped and broken ones. A blocker caps it at F."""
    components = {v.gate: _value(v) for v in verdicts if v.outcome in ("pass", "warn", "fail")}
    for verdict in verdicts:
        coverage = verdict.metrics.get("coverage")
        if isinstance(coverage, int | float):
            components["coverage"] = round(float(coverage), 2)
    value = sum(components.values()) / len(components) if components else 0.0
    if not components or any(v.blocks for v in verdicts):
        value = min(value, _BLOCKED_CEILING)
    value = round(value, 2)
    return Score(grade=next((g for floor, g in _GRADES if value >= floor), "F"), value=value, components=dict(sorted(components.items())))


def _value(verdict: Verdict) -> float:
    if verdict.outcome == "pass":
        return 100.0
    start = _WARN if verdict.outcome == "warn" else _FAIL
    return max(0.0, start - _PER_FINDING * len(verdict.findings))
