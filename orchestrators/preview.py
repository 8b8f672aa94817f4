"""A preview's way: build, deploy, probe, ready; then its time runs, and it is destroyed.

A local preview has a supervisor of its own that ends it, so its orchestration is over once the app answers. On Container Apps this
orchestration waits; should it be lost, the sweeper finds the app by its tags.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from azure.durable_functions import DurableOrchestrationContext

from orchestrators.control import Job, Steps

LONGEST_SLEEP = timedelta(days=1)
RETRY = timedelta(minutes=5)
MOST_LOOKS = 400
"""Far more than the stages' own deadlines allow."""


def preview(context: DurableOrchestrationContext) -> Steps:
    """Orchestration `preview`, instance id = preview id. Input: `preview_id`. Answers `{"preview"}` or `{"error"}`."""
    job: Job = dict(context.get_input() or {})

    def look(asked: Job) -> Steps:
        return (yield context.call_activity("open_preview", asked))

    def sleep(seconds: float) -> Steps:
        yield context.create_timer(context.current_utc_datetime + timedelta(seconds=seconds))

    opened = yield from deploy(look, sleep, job)
    if "error" not in opened and opened["watched"]:
        yield from live(context, job, opened["preview"]["expires_at"])
    return opened


def deploy(look: Callable[[Job], Steps], sleep: Callable[[float], Steps], job: Job) -> Steps:
    """Look until the deployment has settled; the last answer."""
    answer: Job = yield from look(job)
    for _ in range(MOST_LOOKS):
        if "progress" not in answer:
            break
        yield from sleep(answer["wait"])
        answer = yield from look({**job, "progress": answer["progress"]})
    return answer


def live(context: DurableOrchestrationContext, job: Job, until: str | None) -> Steps:
    """Sleep until the preview's end, which may move, and see to it that it ends."""
    while until is not None:
        end = datetime.fromisoformat(until).astimezone(UTC)
        now = context.current_utc_datetime.replace(tzinfo=UTC)
        yield context.create_timer(context.current_utc_datetime + min(max(end - now, timedelta(0)), LONGEST_SLEEP))
        answer = yield context.call_activity("close_preview", job)
        if "error" in answer:
            until = (context.current_utc_datetime.replace(tzinfo=UTC) + RETRY).isoformat()
            continue
        until = answer["until"]
