"""The vocabulary of the Durable Functions 1.x out-of-process protocol, so that no other module spells a field twice.

Events and actions are plain dicts on this wire; the numbers are those of DurableTask.Core's `EventType` and of the
SDK's `ActionType`. A move to another protocol replaces this module and `sdk`.
"""

import json
from datetime import UTC, datetime
from enum import IntEnum
from math import isfinite
from typing import Any, TypeAlias

Event: TypeAlias = dict[str, Any]
Action: TypeAlias = dict[str, Any]

FINAL = frozenset({"Completed", "Failed", "Terminated", "Canceled"})
NON_DETERMINISTIC = "Non-Deterministic workflow detected"


class EventType(IntEnum):
    """History events (DurableTask.Core.History.EventType)."""

    EXECUTION_STARTED = 0
    EXECUTION_COMPLETED = 1
    EXECUTION_FAILED = 2
    EXECUTION_TERMINATED = 3
    TASK_SCHEDULED = 4
    TASK_COMPLETED = 5
    TASK_FAILED = 6
    SUB_CREATED = 7
    SUB_COMPLETED = 8
    SUB_FAILED = 9
    TIMER_CREATED = 10
    TIMER_FIRED = 11
    ORCHESTRATOR_STARTED = 12
    ORCHESTRATOR_COMPLETED = 13
    EVENT_SENT = 14
    EVENT_RAISED = 15
    CONTINUE_AS_NEW = 16
    GENERIC = 17
    HISTORY_STATE = 18
    EXECUTION_SUSPENDED = 19
    EXECUTION_RESUMED = 20


EVENT_NAMES = {
    0: "ExecutionStarted",
    1: "ExecutionCompleted",
    2: "ExecutionFailed",
    3: "ExecutionTerminated",
    4: "TaskScheduled",
    5: "TaskCompleted",
    6: "TaskFailed",
    7: "SubOrchestrationInstanceCreated",
    8: "SubOrchestrationInstanceCompleted",
    9: "SubOrchestrationInstanceFailed",
    10: "TimerCreated",
    11: "TimerFired",
    12: "OrchestratorStarted",
    13: "OrchestratorCompleted",
    14: "EventSent",
    15: "EventRaised",
    16: "ContinueAsNew",
    17: "GenericEvent",
    18: "HistoryState",
    19: "ExecutionSuspended",
    20: "ExecutionResumed",
}
SCHEDULING = frozenset({4, 7, 10, 14})
_OWN = frozenset({4, 7, 10, 13, 14, 1})


class ActionType(IntEnum):
    """What the SDK asks for (azure.durable_functions ActionType)."""

    CALL_ACTIVITY = 0
    CALL_ACTIVITY_WITH_RETRY = 1
    CALL_SUB = 2
    CALL_SUB_WITH_RETRY = 3
    CONTINUE_AS_NEW = 4
    CREATE_TIMER = 5
    WAIT_FOR_EVENT = 6
    CALL_ENTITY = 7
    CALL_HTTP = 8
    SIGNAL_ENTITY = 9
    SCHEDULED_SIGNAL = 10
    WHEN_ANY = 11
    WHEN_ALL = 12


def iso(seconds: float) -> str:
    """Seconds since the epoch as the engine writes timestamps, with microseconds and a Z."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")[:26] + "Z"


def epoch(text: str) -> float:
    """The inverse of `iso`; also reads seven fractional digits, and the years below 1000 as Python's strftime writes them."""
    year, dash, rest = text.partition("-")
    return datetime.fromisoformat(year.zfill(4) + dash + rest).timestamp()


def event(kind: EventType, at: str, event_id: int = -1, **fields: Any) -> Event:
    """Build a history event with the four fields that the SDK insists on."""
    return {"EventType": int(kind), "EventId": event_id, "IsPlayed": False, "Timestamp": at, **fields}


def execution_started(
    at: str, *, name: str, text: str | None, version: str | None, instance: str, execution: str, parent: dict[str, Any] | None = None
) -> Event:
    """The event that begins an execution; `text` is the raw JSON input. `Version` must be there for SDK 1.7."""
    return event(
        EventType.EXECUTION_STARTED,
        at,
        OrchestrationInstance={"InstanceId": instance, "ExecutionId": execution},
        ParentInstance=parent,
        Name=name,
        Version=version,
        Input=text,
        Tags=None,
        Correlation=None,
        ParentTraceContext=None,
        ScheduledStartTime=None,
        Generation=None,
    )


def mark_played(past: list[Event]) -> None:
    """Set `IsPlayed` as the engine does: a 12 is never played, what the last episode itself wrote not yet, the rest is."""
    fresh, ends = True, 0
    for item in reversed(past):
        if item["IsPlayed"]:
            return  # so is everything before it
        kind = item["EventType"]
        ends += kind == 13
        fresh = fresh and kind in _OWN and ends < 2
        item["IsPlayed"] = not fresh and kind != 12


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def compact(value: Any) -> str:
    """JSON as the engine stores it: no spaces, no escapes beyond the necessary, and NaN as the word."""
    try:
        return storable(_encode(value))
    except ValueError:
        return storable(_encode(_in_words(value)))


def storable(text: str) -> str:
    """Text that UTF-8 can hold: half of a surrogate pair becomes the replacement character, as in .NET's encoder."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _in_words(value: Any) -> Any:
    if isinstance(value, float) and not isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124
    if isinstance(value, dict):
        return {key: _in_words(item) for key, item in value.items()}
    return [_in_words(item) for item in value] if isinstance(value, list | tuple) else value


def first_line(text: str) -> str:
    """The first line of a text, for a log."""
    return text.split("\n", 1)[0].strip()
