"""The one writer of a run's state: status, phase, steps and artifacts change here, together with their events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from activities.guard import Job, guarded
from shared.model import ACTIVE, TERMINAL, ArtifactRef, Event, InternalError, QlfError, Run, Step, make_event, may_move
from shared.telemetry import names, record
from shared.wiring import services

ETAG_CONFLICT = "QLF7002"


@guarded
async def transition(job: Job) -> Job:
    """Apply the change that `job` describes; doing it twice changes nothing.

    `job`: `run_id`, `key` (names the change), and any of `status` (`previous` for the one that was left), `phase`, `step`,
    `steps` (names to add as pending), `artifacts`, `signals` (null forgets them), `error`, `result`, `events` (pairs of type and data).
    Answers `{"status", "options", "brief"}`.
    """
    house = services()
    async for attempt in AsyncRetrying(
        retry=retry_if_exception(_is_conflict), stop=stop_after_attempt(30), wait=wait_random_exponential(0.01, 0.5), reraise=True
    ):
        with attempt:
            before = await house.stores.runs.get(job["run_id"])
            moved = apply(before, job, house.clock())
            run = await house.stores.runs.commit(moved, events_of(before, moved, job, house.clock()), if_match=before.etag)
            measure(before, run)
    return {"status": run.status, "options": run.options.to_json(), "brief": run.brief.to_json()}


def measure(before: Run, run: Run) -> None:
    """Count a change of status that was written; a repeated one changes nothing."""
    if before.status == run.status:
        return
    record(names.RUN_CHANGES, 1, status=run.status)
    if run.status in TERMINAL:
        life = datetime.fromisoformat(run.updated_at) - datetime.fromisoformat(run.created_at)
        record(names.RUN_DURATION, life.total_seconds(), status=run.status)


def apply(run: Run, job: Job, now: str) -> Run:
    """The run after the change; raises QLF9003 where the state machine has no such move."""
    steps = {**{name: Step(name=name) for name in job.get("steps", [])}, **run.steps}
    if step := job.get("step"):
        steps[step["name"]] = (steps.get(step["name"]) or Step(name=step["name"])).model_copy(update=step)
    change: dict[str, Any] = {"steps": steps, "updated_at": now}
    for name in ("phase", "error", "result"):
        if name in job:
            change[name] = job[name]
    change["artifacts"] = run.artifacts | {name: ArtifactRef(**ref) for name, ref in job.get("artifacts", {}).items()}
    signals = job.get("signals", {})
    change["signals"] = {} if signals is None else run.signals | signals
    return run.model_copy(update=change | status_change(run, job.get("status")))


def status_change(run: Run, wanted: str | None) -> dict[str, Any]:
    """The fields that a move to `wanted` changes. A retried run passes statuses again that it already has behind it."""
    resting = run.status in ("paused", "blocked")
    current: Any = run.returns_to if resting and (wanted == "previous" or wanted in ACTIVE) else run.status
    if wanted in (None, run.status):
        return {}
    if wanted == "previous" or (wanted in ACTIVE and current in ACTIVE and ACTIVE.index(wanted) <= ACTIVE.index(current)):
        return {"status": current, "returns_to": None, "error": None} if resting else {}
    if not may_move(current, wanted):  # type: ignore[arg-type]  # a status by its name
        raise InternalError("QLF9003", f"a run that is {run.status} cannot become {wanted}")
    return {"status": wanted, "returns_to": current if wanted in ("paused", "blocked") else None}


def events_of(before: Run, after: Run, job: Job, now: str) -> list[Event]:
    """The events of the change; their ids follow from the change's key, so that a repeated change repeats no event."""
    key = f"{job.get('attempt', 0)}/{job['key']}"
    events = [make_event(after, kind, f"{key}/{n}", data, now) for n, (kind, data) in enumerate(job.get("events", []))]
    if before.phase != after.phase:
        events.insert(0, make_event(after, "run.phase_changed", f"{key}/phase", {"from": before.phase, "to": after.phase}, now))
    if before.status != after.status:
        events.insert(0, make_event(after, "run.status_changed", f"{key}/status", {"from": before.status, "to": after.status}, now))
    return events


def _is_conflict(error: BaseException) -> bool:
    return isinstance(error, QlfError) and error.code == ETAG_CONFLICT
