"""Compares what history says was scheduled with what the code schedules now, in the words of DurableTask.Core."""

from funchost.durable.outcomes import NewTask
from funchost.durable.protocol import NON_DETERMINISTIC, Event, EventType

_CHANGED = "Was a change made to the orchestrator code after this instance had already started running?"
_ACTIONS = {
    EventType.TASK_SCHEDULED: "ScheduleTaskOrchestratorAction",
    EventType.SUB_CREATED: "CreateSubOrchestrationAction",
    EventType.TIMER_CREATED: "CreateTimerOrchestratorAction",
}


class NonDeterminismError(Exception):
    """The orchestrator asked for something else than history says it asked for before."""


def check(item: Event, task: NewTask | None) -> None:
    """Raise `NonDeterminismError` unless `task` is what the scheduling event `item` tells of."""
    kind, name = EventType(item["EventType"]), item.get("Name") or ""
    if task is None:
        raise NonDeterminismError(f"{_before(item)}, but the current replay execution hasn't (yet?) scheduled this task. {_CHANGED}")
    if task.kind != kind:
        raise NonDeterminismError(
            f"{_before(item)}, but the current orchestration replay instead produced a {_ACTIONS[task.kind]} action with this sequence "
            f"number. {_CHANGED}"
        )
    if task.name.lower() != name.lower():
        what = "an activity task named" if kind == EventType.TASK_SCHEDULED else "a sub-orchestration task with name"
        raise NonDeterminismError(
            f"{_before(item)}, but the current orchestration replay instead scheduled {what} '{task.name}' with this sequence number. "
            f"{_CHANGED}"
        )


def _before(item: Event) -> str:
    start, number = f"{NON_DETERMINISTIC}: A previous execution of this orchestration scheduled", item["EventId"]
    match item["EventType"]:
        case EventType.TIMER_CREATED:
            return f"{start} a timer task with sequence number {number}"
        case EventType.TASK_SCHEDULED:
            return f"{start} an activity task with sequence ID {number} and name '{item.get('Name')}' (version '{item.get('Version')}')"
    return (
        f"{start} a sub-orchestration task with sequence ID {number} and name '{item.get('Name')}' "
        f"(version '{item.get('Version') or ''}', instance ID '{item.get('InstanceId')}')"
    )
