"""What telemetry sees of an activity: its span in the run's trace, how long it waited and ran, and how it ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from opentelemetry.trace import Span

from shared.telemetry import failed, names, note, record, span

Job = dict[str, Any]


class Watch:
    """One execution of an activity."""

    def __init__(self, made: Span) -> None:
        self.code = ""
        self._span = made

    def answered(self, answer: Job) -> Job:
        """Note how it ended; the answer goes on unchanged."""
        if "error" in answer:
            self.code = str(answer["error"].get("code"))
            failed(self._span, self.code)
        note(self._span, **{name: answer.get(name) for name in ("outcome", "cached", "mode")})
        return answer


@contextmanager
def watched(activity: str, job: Job) -> Iterator[Watch]:
    """Around one execution. `job` carries `trace` (a traceparent) and `sent` (when the orchestration decided on it), or neither."""
    began, code = time.monotonic(), "QLF9000"
    record(names.ACTIVITY_ACTIVE, 1, activity=activity)
    try:
        with span(f"activity {activity}", parent=job.get("trace", ""), kind="consumer", **facts_of(activity, job)) as made:
            if (waited := waiting_time(job.get("sent"))) is not None:
                note(made, queue=waited)
                record(names.ACTIVITY_QUEUE, waited, activity=activity)
            watch = Watch(made)
            yield watch
            code = watch.code
    finally:
        record(names.ACTIVITY_ACTIVE, -1, activity=activity)
        record(names.ACTIVITY_DURATION, time.monotonic() - began, activity=activity, outcome="error" if code else "ok", code=code)


def facts_of(activity: str, job: Job) -> Job:
    """What may be told of a job: which run, which part of it, which attempt."""
    subject = job.get("subject")
    step = job.get("component") or (subject.get("name") if isinstance(subject, dict) else None)
    known = {name: job.get(name) or None for name in ("run_id", "project_id", "gate", "agent", "round", "preview_id", "capsule_id")}
    return {"activity": activity, "step": step, "attempt": job.get("attempt"), **known}


def waiting_time(sent: object) -> float | None:
    """Seconds since the orchestration decided; None without a time. Two machines' clocks may differ: never below zero."""
    if not isinstance(sent, str):
        return None
    try:
        decided = datetime.fromisoformat(sent)
    except ValueError:
        return None
    decided = decided if decided.tzinfo else decided.replace(tzinfo=UTC)
    return max(0.0, (datetime.now(UTC) - decided).total_seconds())
