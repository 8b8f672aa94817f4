"""Decides one episode: versions, the user's code, the scheduler, and what this host refuses on top of the engine."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Protocol

from funchost.durable.client import unknown_orchestrator
from funchost.durable.outcomes import NewTask, Outcome, Reply
from funchost.durable.protocol import Event, EventType, compact
from funchost.durable.running import RunningMark
from funchost.durable.scheduler import Scheduler
from funchost.durable.sdk import trigger_input
from funchost.durable.traps import Trap
from funchost.durable.versions import may_run
from funchost.logs import Log
from funchost.settings import Settings
from funchost.store import Instance

_STATUS_KB = 16
_REMEMBERED = 10_000
_TERMINATED = int(EventType.EXECUTION_TERMINATED)


class Replayable(Protocol):
    """An orchestrator function."""

    def replay(self, payload: dict[str, object]) -> Reply:
        """Run it over a history."""


class Decider:
    """Turns a past and new events into an `Outcome`. Not thread-safe."""

    def __init__(
        self,
        orchestrators: Mapping[str, Replayable],
        activities: Mapping[str, object],
        *,
        settings: Settings,
        strict: bool,
        log: Log,
        mark: RunningMark,
    ) -> None:
        self._orchestrators, self._activities = orchestrators, activities
        self._settings, self._strict, self._log, self._mark = settings, strict, log, mark
        self._told: OrderedDict[tuple[str, str], None] = OrderedDict()

    def decide(self, row: Instance, past: list[Event], new: list[Event]) -> Outcome:
        """What follows for the instance `row`; nothing is written."""
        for item in new:
            if item["EventType"] == _TERMINATED:
                return Outcome("Terminated", result=item.get("Input"), custom=row.custom)
        if not may_run(row.version, self._settings):
            return Outcome("Failed", custom=row.custom)
        function = self._orchestrators.get(row.name.lower())
        if function is None:
            return _failure(row, unknown_orchestrator(row.name, self._orchestrators))
        history = past + new
        payload = trigger_input(row.id, row.input, row.parent, history, bool(past))
        with self._mark.during(row.id):
            reply = function.replay(payload)
        outcome = Scheduler(row.name, row.execution, reply, self._settings.max_actions).decide(history)
        return self._with_status(row, reply, self._refuse(row, outcome), first=not past)

    def _with_status(self, row: Instance, reply: Reply, outcome: Outcome, *, first: bool) -> Outcome:
        custom = None if reply.custom_status is None else compact(reply.custom_status)
        size = len((custom or "").encode("utf-16-le")) // 1024
        if size > _STATUS_KB:
            return _failure(
                row,
                f"The UTF-16 size of the JSON-serialized payload must not exceed {_STATUS_KB} KB. The current payload size is {size:,} KB.",
            )
        carried = row.custom if first and outcome.status != "ContinuedAsNew" else None  # a fresh execution shows its predecessor's
        outcome.custom = carried if custom is None else custom
        return outcome

    def _refuse(self, row: Instance, outcome: Outcome) -> Outcome:
        for trap in outcome.traps:
            self._tell(row, trap)
            if self._strict or trap.fatal:
                return _failure(row, str(trap))
        for task in outcome.tasks:
            known = self._activities if task.kind == EventType.TASK_SCHEDULED else self._orchestrators
            if task.name and task.name.lower() not in known:
                return _failure(row, _unregistered(task, known))
        return outcome

    def _tell(self, row: Instance, trap: Trap) -> None:
        if (row.execution, trap.code) in self._told:
            return
        self._told[row.execution, trap.code] = None
        self._log("warning", "trap", instance=row.id, function=row.name, code=trap.code, message=trap.message, advice=trap.advice)
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)


def _failure(row: Instance, text: str) -> Outcome:
    return Outcome("Failed", result=f"Orchestrator function '{row.name}' failed: {text}")


def _unregistered(task: NewTask, known: Mapping[str, object]) -> str:
    what, code = ("activity", "FH1301") if task.kind == EventType.TASK_SCHEDULED else ("orchestrator", "FH1302")
    names = ", ".join(sorted(known)) or "none"
    return f"{code}: the {what} '{task.name}' is not registered. Known: {names}. Advice: correct the name in the call, or register it."
