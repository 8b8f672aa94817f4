"""A run, its steps, and the state machines that hold them. Only the `transition` activity moves a status."""

from __future__ import annotations

from typing import Any, Literal

from shared.model.base import Record
from shared.model.refs import ArtifactRef

RunStatus = Literal["pending", "planning", "planned", "running", "paused", "blocked", "completed", "failed", "cancelled"]
Phase = Literal[
    "received", "compiling", "planning", "generating", "verifying", "repairing", "judging", "packaging", "delivering", "previewing", "done"
]
StepStatus = Literal["pending", "running", "needs_qa", "completed", "failed", "blocked", "cancelled", "skipped"]

TERMINAL: frozenset[RunStatus] = frozenset({"completed", "failed", "cancelled"})
ACTIVE: tuple[RunStatus, ...] = ("pending", "planning", "planned", "running")
"""A run is at work, in this order. Paused and blocked ones rest."""
RUN_MOVES: dict[RunStatus, frozenset[RunStatus]] = {
    "pending": frozenset({"planning", "paused", "blocked", "failed", "cancelled"}),
    "planning": frozenset({"planned", "paused", "blocked", "failed", "cancelled"}),
    "planned": frozenset({"running", "paused", "blocked", "failed", "cancelled"}),
    "running": frozenset({"completed", "paused", "blocked", "failed", "cancelled"}),
    "paused": frozenset({*ACTIVE, "failed", "cancelled"}),
    "blocked": frozenset({*ACTIVE, "failed", "cancelled"}),
    "completed": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}
STEP_MOVES: dict[StepStatus, frozenset[StepStatus]] = {
    "pending": frozenset({"running", "cancelled", "skipped", "blocked"}),
    "running": frozenset({"needs_qa", "completed", "failed", "blocked", "cancelled"}),
    "needs_qa": frozenset({"running", "completed", "failed", "blocked", "cancelled"}),
    "blocked": frozenset({"running", "failed", "cancelled"}),
    "completed": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
    "skipped": frozenset(),
}


class RunOptions(Record):
    """What the caller chose. `mode` is `rules` (no model) for now; `ttl` counts seconds."""

    overlays: list[str] = []
    accept_assumptions: bool = False
    dry_run: bool = False
    deploy: Literal["none", "preview"] = "none"
    ttl: int = 3600
    provider: str | None = None
    model: str | None = None


class Step(Record):
    """One component's work in a run, or one whole-project stage."""

    name: str
    status: StepStatus = "pending"
    attempt: int = 0
    agent: str = ""
    reason: str = ""


class Run(Record):
    """The run document. `etag` changes with every write; results are references into the artifact store.

    `owner` is the subject id of who asked for it.

    `signals` names the external event that the orchestration now waits for, by command (`cancel`, `pause`, `resume`);
    a command without an entry there goes by `<command>-1`.
    """

    id: str
    project_id: str = "default"
    owner: str = ""
    parent_run_id: str | None = None
    status: RunStatus = "pending"
    returns_to: RunStatus | None = None
    phase: Phase = "received"
    brief: ArtifactRef
    options: RunOptions = RunOptions()
    created_at: str
    updated_at: str
    etag: str = ""
    seq: int = 0
    steps: dict[str, Step] = {}
    artifacts: dict[str, ArtifactRef] = {}
    signals: dict[str, str] = {}
    error: dict[str, Any] | None = None
    result: dict[str, Any] | None = None


def may_move(current: RunStatus, target: RunStatus, returns_to: RunStatus | None = None) -> bool:
    """True when a run may go from `current` to `target`; paused and blocked return only to the status they left."""
    if current in ("paused", "blocked") and target in ACTIVE:
        return target == returns_to
    return target in RUN_MOVES[current]
