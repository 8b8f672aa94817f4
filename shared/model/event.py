"""Events: a CloudEvents 1.0 envelope with the run's sequence number. https://github.com/cloudevents/spec"""

from __future__ import annotations

from typing import Any, Literal

from shared.model.base import Record, sha256
from shared.model.capsule import PreviewStatus
from shared.model.run import Run

EventType = Literal[
    "run.received", "run.status_changed", "run.phase_changed", "run.completed", "run.failed", "run.cancelled",
    "ir.compiled", "plan.ready", "task.ready", "task.started", "task.completed", "task.failed", "task.skipped",
    "artifact.created", "artifact.validated", "validation.passed", "validation.failed",
    "refinement.requested", "refinement.applied", "refinement.exhausted",
    "ensemble.started", "candidate.generated", "judgement.decided",
    "approval.requested", "approval.decided", "approval.expired",
    "budget.warning", "budget.exceeded", "usage.recorded",
    "ci.signal_received", "ci.passed", "ci.failed", "pr.opened", "pr.merged",
    "capsule.built", "capsule.signed", "capsule.published",
    "preview.deploying", "preview.ready", "preview.unhealthy", "preview.destroyed",
    "prompt.version_created", "prompt.promoted", "prompt.rolled_back", "command.accepted", "command.rejected",
    "run.stuck_detected",
]  # fmt: skip


PREVIEW_EVENTS: dict[PreviewStatus, EventType] = {
    "deploying": "preview.deploying",
    "ready": "preview.ready",
    "unhealthy": "preview.unhealthy",
    "destroyed": "preview.destroyed",
    "failed": "preview.destroyed",
}
"""What a preview's status is told as; `data.status` tells how it ended."""


class Event(Record):
    """One thing that happened.

    `id` is derived from its cause, so that writing it twice changes nothing; `seq` counts within the run from 1.
    """

    specversion: Literal["1.0"] = "1.0"
    id: str
    type: EventType
    source: str = "/qlf"
    subject: str
    time: str
    seq: int = 0
    project_id: str
    run_id: str
    correlation_id: str
    causation_id: str = ""
    data: dict[str, Any] = {}


def event_id(run_id: str, kind: str, key: str) -> str:
    """The deterministic id of the event that `key` (for example `compile/1`) causes in a run."""
    return f"evt_{sha256(f'{run_id}/{kind}/{key}'.encode())[:32]}"


def make_event(run: Run, kind: EventType, key: str, data: dict[str, Any], now: str) -> Event:
    """The event that `key` causes in the run: its id follows from the key, so that a repeated cause repeats no event."""
    return Event(
        id=event_id(run.id, kind, key), type=kind, subject=run.id, time=now,
        project_id=run.project_id, run_id=run.id, correlation_id=run.id, causation_id=key, data=data,
    )  # fmt: skip
