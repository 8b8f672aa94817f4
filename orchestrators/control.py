"""How an orchestration calls the rooms below and listens to its commands.

Activities return typed errors instead of raising (retries of Durable 1.7 have no backoff, and a failed task among
others cannot be left safely), so one place turns an answer that holds `error` into a Python exception. Commands
arrive as external events; each wait has a name of its own, because the SDK keeps only the last event of a name.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import timedelta
from typing import Any

from azure.durable_functions import DurableOrchestrationContext

Job = dict[str, Any]
Steps = Generator[Any, Any, Any]
LONGEST_WAIT = timedelta(days=5)


class Stopped(Exception):
    """A stage answered with an error: the run cannot go on as it is."""

    def __init__(self, error: Job) -> None:
        self.error = error
        super().__init__(error["code"])


class Cancelled(Exception):
    """The cancel command arrived."""


class Control:
    """One orchestration's door to activities, children and commands."""

    def __init__(self, context: DurableOrchestrationContext, job: Job, *, commands: bool = False) -> None:
        self.context = context
        self.attempt = job.get("attempt", 0)
        self.identity = {"run_id": job["run_id"], "project_id": job["project_id"], "attempt": self.attempt}
        if trace := job.get("trace"):
            self.identity["trace"] = trace
        self.waits = 0
        self.pauses = 0
        self.cancel = context.wait_for_external_event("cancel-1") if commands else None
        self.pause = context.wait_for_external_event("pause-1") if commands else None

    def call(self, activity: str, **job: Any) -> Steps:
        """Run one activity; its answer, or `Stopped` with its typed error."""
        answer = yield from self.until_cancelled(self.context.call_activity(activity, self.job(job)))
        return checked(answer)

    def call_all(self, activity: str, jobs: Sequence[Job]) -> Steps:
        """Fan out one activity over `jobs` and wait for all answers, in the order of the jobs."""
        if not jobs:
            return []
        tasks = [self.context.call_activity(activity, self.job(job)) for job in jobs]
        answers = yield from self.until_cancelled(self.context.task_all(tasks))
        return [checked(answer) for answer in answers]

    def children(self, orchestrator: str, jobs: Sequence[Job]) -> Steps:
        """Fan out a sub-orchestration over `jobs`; a child takes its parent's version, which it does not inherit by itself."""
        tasks = [self.context.call_sub_orchestrator(orchestrator, self.job(job), version=self.context.version) for job in jobs]
        answers = yield from self.until_cancelled(self.context.task_all(tasks))
        return [checked(answer) for answer in answers]

    def move(self, key: str, **change: Any) -> Steps:
        """Write a change of state and its events through the one writer."""
        return (yield from self.call("transition", key=key, **change))

    def checkpoint(self) -> Steps:
        """Between two stages: when the pause command has come, wait for the resume command (five days at most)."""
        if self.pause is None or not self.pause.is_completed:
            return
        self.pauses += 1
        following = f"pause-{self.pauses + 1}"
        yield from self.wait_for_resume("paused", signals={"pause": following})
        self.pause = self.context.wait_for_external_event(following)

    def wait_for_resume(self, status: str, *, signals: Job | None = None, **change: Any) -> Steps:
        """Rest in `status` until the resume command of this wait comes; `Stopped` when nobody answers in time."""
        self.waits += 1
        name = f"resume-{self.waits}"
        yield from self.move(f"{status}/{name}", status=status, signals={**(signals or {}), "resume": name}, **change)
        timer: Any = self.context.create_timer(self.context.current_utc_datetime + LONGEST_WAIT)
        resumed = self.context.wait_for_external_event(name)
        winner = yield from self.until_cancelled(self.context.task_any([resumed, timer]), timer)
        if winner == timer:
            raise Stopped({"code": "QLF9002", "detail": f"no answer within {LONGEST_WAIT.days} days", "exit_code": 5, "context": {}})
        timer.cancel()
        yield from self.move(f"{status}/{name}/over", status="previous")

    def sleep(self, seconds: float) -> Steps:
        """Wait; `Cancelled` when that command comes first."""
        timer: Any = self.context.create_timer(self.context.current_utc_datetime + timedelta(seconds=seconds))
        yield from self.until_cancelled(timer, timer)

    def until_cancelled(self, task: Any, timer: Any = None) -> Steps:
        """The task's result, or `Cancelled` when that command comes first. A pause command is noted and acted on at the next checkpoint."""
        if self.cancel is None:
            return (yield task)
        watched = [task, self.cancel]
        if self.pause is not None and not self.pause.is_completed:
            watched.append(self.pause)
        winner = yield self.context.task_any(watched)
        if winner == self.pause:
            winner = yield self.context.task_any([task, self.cancel])
        if winner == self.cancel:
            if timer is not None:
                timer.cancel()
            raise Cancelled
        return task.result

    def job(self, payload: Job) -> Job:
        """An activity's or child's input: whose work it is, in which trace, and when it was decided on (the same in every replay)."""
        return {**self.identity, "sent": self.context.current_utc_datetime.isoformat(), **payload}


def input_of(context: DurableOrchestrationContext) -> Job:
    """The orchestration's input, which is always an object."""
    given: Any = context.get_input()
    return dict(given)


def checked(answer: Any) -> Job:
    """An activity's or child's answer, or `Stopped` when it is a typed error."""
    if not isinstance(answer, dict):
        raise Stopped({"code": "QLF9001", "detail": "a stage ended without an answer", "exit_code": 1, "context": {}})
    if "error" in answer:
        raise Stopped(answer["error"])
    return answer
