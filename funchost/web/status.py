"""Instances and histories in the shape in which the management API shows them."""

import json
from datetime import UTC, datetime
from typing import Any

from funchost.durable.protocol import EVENT_NAMES, Event, EventType
from funchost.store import Instance

_decode = json.JSONDecoder(parse_constant=str).decode
_STATUS = {0: "Completed", 3: "Failed", 5: "Terminated"}
_RESULTS = {EventType.TASK_COMPLETED, EventType.SUB_COMPLETED, EventType.EXECUTION_COMPLETED}
_STARTED_HIDDEN = ("Name", "OrchestrationInstance", "ParentInstance", "Version", "Tags")


class DuplicateTask(Exception):
    """Two entries of a history have one id, after an orchestrator that was not deterministic; the engine cannot show such a one."""


def status_payload(row: Instance, with_input: bool = True) -> dict[str, Any]:
    """The body of a status answer."""
    return {
        "name": row.name,
        "instanceId": row.id,
        "runtimeStatus": row.status,
        "input": parse(row.input) if with_input else None,
        "customStatus": parse(row.custom),
        "output": parse(row.output),
        "createdTime": _seconds(row.created),
        "lastUpdatedTime": _seconds(row.updated),
    }


def history_payload(history: list[Event], with_input: bool, with_output: bool) -> list[dict[str, Any]]:
    """History as the API shows it: a finished task in one entry, results as JSON, no bookkeeping."""
    scheduled: dict[tuple[int, int], int] = {}
    hidden: set[int] = set()
    shown = [dict(item) for item in history]
    for n, item in enumerate(shown):
        kind = item["EventType"]
        item["EventType"] = EVENT_NAMES[kind]
        if kind in (EventType.TASK_SCHEDULED, EventType.SUB_CREATED):
            if (kind, item["EventId"]) in scheduled:
                raise DuplicateTask(f"An item with the same key has already been added. Key: {EVENT_NAMES[kind]}_{item['EventId']}")
            scheduled[kind, item["EventId"]] = n
            item.pop("Version", None)
        elif kind in (EventType.TASK_COMPLETED, EventType.TASK_FAILED, EventType.SUB_COMPLETED, EventType.SUB_FAILED):
            source = EventType.TASK_SCHEDULED if kind in (EventType.TASK_COMPLETED, EventType.TASK_FAILED) else EventType.SUB_CREATED
            index = scheduled.get((source, item.pop("TaskScheduledId")))
            if index is not None:
                hidden.add(index)
                item.update(ScheduledTime=shown[index]["Timestamp"], FunctionName=shown[index]["Name"], Input=shown[index].get("Input"))
        elif kind in (EventType.ORCHESTRATOR_STARTED, EventType.ORCHESTRATOR_COMPLETED):
            hidden.add(n)
        _dress(kind, item, with_output)
    for item in shown:
        for key in ("EventId", "IsPlayed", *(() if with_input else ("Input",))):
            item.pop(key, None)
    return [item for n, item in enumerate(shown) if n not in hidden]


def _dress(kind: int, item: dict[str, Any], with_output: bool) -> None:
    if kind == EventType.EXECUTION_STARTED:
        item["FunctionName"] = item["Name"]
        for key in _STARTED_HIDDEN:
            item.pop(key, None)
    elif kind == EventType.EXECUTION_COMPLETED:
        item["OrchestrationStatus"] = _STATUS.get(item["OrchestrationStatus"], item["OrchestrationStatus"])
    elif kind == EventType.TIMER_FIRED:
        item.pop("TimerId", None)
    if kind in _RESULTS:
        result = item.pop("Result", None)
        if with_output:
            item["Result"] = parse(result)


def parse(text: str | None) -> Any:
    """Raw text as JSON, or as it is when it is none (a termination reason, a failure)."""
    if text is None:
        return None
    try:
        return _decode(text)
    except (ValueError, RecursionError):
        return text.strip()


def _seconds(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
