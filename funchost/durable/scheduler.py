"""Decides, without I/O, what an episode leads to: which tasks are new, under which ids, and whether the execution is over.

It replays the history beside the SDK, the way DurableTask.Core does behind the real extension: actions are awaited one
after the other, an id is taken when an action starts, and what the SDK asked for must match what history says was
scheduled. Everything is a function of (history, new events, reply), so an episode can be decided again at any time.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from funchost.durable.determinism import NonDeterminismError, check
from funchost.durable.external import ExternalEvents
from funchost.durable.outcomes import NewTask, Outcome, Reply
from funchost.durable.protocol import Action, ActionType, Event, EventType, epoch, iso, storable
from funchost.durable.traps import Trap
from funchost.durable.waits import All, AnyOf, Leaf, Node

# Plain numbers: looking up a member of an enumeration costs more than the rest of a step.
_STARTED, _SUSPENDED, _RESUMED, _TERMINATED, _RAISED = (
    int(kind)
    for kind in (
        EventType.ORCHESTRATOR_STARTED,
        EventType.EXECUTION_SUSPENDED,
        EventType.EXECUTION_RESUMED,
        EventType.EXECUTION_TERMINATED,
        EventType.EVENT_RAISED,
    )
)
_SCHEDULING = frozenset(int(kind) for kind in (EventType.TASK_SCHEDULED, EventType.SUB_CREATED, EventType.TIMER_CREATED))
_COMPLETIONS = {
    5: ("TaskScheduledId", True),
    6: ("TaskScheduledId", False),
    8: ("TaskScheduledId", True),
    9: ("TaskScheduledId", False),
    11: ("TimerId", True),
}


class Scheduler:
    """Replays one execution. Make one per episode, call `decide` once."""

    def __init__(self, name: str, execution: str, reply: Reply, limit: int = 100_000) -> None:
        self._name, self._execution, self._reply, self._limit = name, execution, reply, limit
        self._next_id = 0
        self._index = 0
        self._current: Node | None = None
        self._scheduled: dict[int, NewTask] = {}
        self._held: dict[int, NewTask] = {}
        self._open: dict[int, Callable[[bool], None]] = {}
        self._timers: set[int] = set()
        self._external = ExternalEvents(self._trap)
        self._suspended: deque[Event] | None = None
        self._continuing = False
        self._continue: str | None = None
        self._carried: list[Event] = []
        self._terminated = False
        self._reason: str | None = None
        self._now = ""
        self._drifting: dict[int, str] = {}
        self._traps: dict[str, Trap] = {}

    def decide(self, events: Iterable[Event]) -> Outcome:
        """Feed history and new events in order and say what follows."""
        if self._reply.broken:
            return self._failed(self._reply.error or "")
        if len(self._reply.actions) > self._limit:
            return self._failed(
                f"Maximum amount of orchestration actions ({self._limit}) has been reached. This value can be configured in host.json "
                "file as MaxOrchestrationActions."
            )
        try:
            for item in events:
                self._receive(item)
                if self._terminated:
                    return Outcome("Terminated", result=self._reason)
        except NonDeterminismError as error:
            return Outcome("Failed", self._new_tasks(), str(error))
        return self._conclude()

    # -- events -------------------------------------------------------------------------------------------------------

    def _receive(self, item: Event) -> None:
        kind = item["EventType"]
        if self._suspended is not None and kind not in (_RESUMED, _TERMINATED):
            if kind != _SUSPENDED:
                self._suspended.append(item)
        elif kind == _SUSPENDED:
            self._suspended = deque()
            self._held, self._scheduled = self._scheduled, {}
        elif kind == _RESUMED:
            self._resume()
        elif kind == _TERMINATED:
            self._terminated, self._reason = True, item.get("Input")
        elif kind == _STARTED:
            self._now = item["Timestamp"]
        else:
            self._process(kind, item)
            self._advance()

    def _resume(self) -> None:
        if self._suspended is None:
            return
        held, self._suspended = self._suspended, None
        self._scheduled.update(self._held)
        self._held = {}
        for item in held:
            self._receive(item)

    def _process(self, kind: int, item: Event) -> None:
        if kind in _SCHEDULING:
            check(item, self._scheduled.get(item["EventId"]))
            del self._scheduled[item["EventId"]]
        elif kind in _COMPLETIONS:
            key, succeeded = _COMPLETIONS[kind]
            finish = self._open.pop(item[key], None)
            self._timers.discard(item[key])
            if finish is not None:
                finish(succeeded)
        elif kind == _RAISED:
            if self._continuing:
                self._carried.append(item)
            else:
                self._external.raised(item["Name"])

    # -- actions ------------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        while (self._current is None or self._current.done) and self._index < len(self._reply.actions):
            action = self._reply.actions[self._index]
            self._index += 1
            self._current = self._start(action)

    def _start(self, action: Action) -> Node:
        kind = action["actionType"]
        if kind in (ActionType.WHEN_ANY, ActionType.WHEN_ALL):
            children = [self._start(child) for child in action["compoundActions"]]
            return AnyOf(children) if kind == ActionType.WHEN_ANY else All(children)
        if kind in (ActionType.CALL_ACTIVITY_WITH_RETRY, ActionType.CALL_SUB_WITH_RETRY):
            self._trap(Trap.sdk_retry(action["functionName"]))
            return self._start_retry(action)
        leaf = Leaf()
        if kind == ActionType.CREATE_TIMER:
            self._start_timer(action, leaf)
        elif kind == ActionType.WAIT_FOR_EVENT:
            self._external.wait(action["externalEventName"], leaf)
        elif kind == ActionType.CONTINUE_AS_NEW:
            self._continuing, self._continue = True, action.get("input")
            leaf.finish()
        elif kind in (ActionType.CALL_ACTIVITY, ActionType.CALL_SUB):
            self._schedule(action, lambda _ok: leaf.finish())
        else:
            self._trap(Trap.unsupported(kind))
        return leaf

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def _schedule(self, action: Action, finish: Callable[[bool], None]) -> None:
        task_id = self._take_id()
        name = action["functionName"]
        if action["actionType"] in (ActionType.CALL_ACTIVITY, ActionType.CALL_ACTIVITY_WITH_RETRY):
            task = NewTask(EventType.TASK_SCHEDULED, task_id, name, action.get("input"))
        else:
            child = ((action.get("instanceId") or "").strip() and action["instanceId"]) or f"{self._execution}:{task_id}"
            version = action.get("version")
            task = NewTask(EventType.SUB_CREATED, task_id, name, action.get("input"), storable(child), version and storable(version))
        self._scheduled[task_id] = task
        self._open[task_id] = finish

    def _create_timer(self, fire_at: str, finish: Callable[[bool], None]) -> int:
        task_id = self._take_id()
        self._scheduled[task_id] = NewTask(EventType.TIMER_CREATED, task_id, fire_at=fire_at)
        self._open[task_id] = finish
        self._timers.add(task_id)
        return task_id

    def _start_timer(self, action: Action, leaf: Leaf) -> None:
        task_id = self._create_timer(action["fireAt"], lambda _ok: leaf.finish())
        if action.get("isCanceled"):
            self._open.pop(task_id)
            self._timers.discard(task_id)
            leaf.finish()

    def _start_retry(self, action: Action) -> Node:
        options, leaf, asked, attempts = action["retryOptions"], Leaf(), self._index, 0
        last, until = options["maxNumberOfAttempts"], _seconds(options, "retryTimeoutInMilliseconds")
        first = epoch(self._now)

        def attempt() -> None:
            nonlocal attempts
            attempts += 1
            if attempts > 1 and len(self._reply.actions) > asked:
                self._drifting[self._next_id] = action["functionName"]
            self._schedule(action, ended)

        def ended(succeeded: bool) -> None:
            now = epoch(self._now)
            if succeeded or (until is not None and now >= first + until):
                leaf.finish()
            elif attempts >= last:  # the engine makes one more timer, which fires at once
                self._create_timer(self._now, lambda _ok: leaf.finish())
            else:
                self._create_timer(iso(now + _retry_delay(options, attempts)), lambda _ok: attempt())

        attempt()
        return leaf

    # -- the end ------------------------------------------------------------------------------------------------------

    def _trap(self, trap: Trap) -> None:
        self._traps.setdefault(trap.code, trap)

    def _new_tasks(self) -> list[NewTask]:
        return [self._scheduled[key] for key in sorted(self._scheduled)]

    def _conclude(self) -> Outcome:
        tasks = self._new_tasks()
        if self._reply.status_dropped:
            self._trap(Trap.falsy_status())
        for task_id in self._drifting.keys() & self._scheduled.keys():
            self._trap(Trap.retry_drift(self._drifting[task_id]))
        if self._suspended is not None:
            return Outcome("Suspended", tasks, traps=list(self._traps.values()))
        reply = self._reply
        awaited = self._index == len(reply.actions) and (self._current is None or self._current.done)
        if (reply.done or reply.error is not None) and self._timers and not set(self._open) - self._timers:
            self._trap(Trap.timer_left_open())
        if not awaited or self._open or not (reply.done or reply.error is not None):
            return Outcome("Running", tasks, traps=list(self._traps.values()))
        if reply.error is not None:
            return self._failed(reply.error, tasks)
        if self._continuing:
            if self._external.unread:
                self._trap(Trap.events_lost())
            return Outcome("ContinuedAsNew", tasks, self._continue, traps=list(self._traps.values()), carried=self._carried)
        return Outcome("Completed", tasks, output=reply.output, traps=list(self._traps.values()))

    def _failed(self, error: str, tasks: list[NewTask] | None = None) -> Outcome:
        return Outcome("Failed", tasks or [], f"Orchestrator function '{self._name}' failed: {error}", traps=list(self._traps.values()))


def _retry_delay(options: dict[str, Any], attempts: int) -> float:
    delay = float(options["firstRetryIntervalInMilliseconds"]) / 1000 * float(options.get("backoffCoefficient") or 1.0) ** (attempts - 1)
    longest = _seconds(options, "maxRetryIntervalInMilliseconds")
    return delay if longest is None else min(delay, longest)


def _seconds(options: dict[str, Any], name: str) -> float | None:
    value = options.get(name)
    return float(value) / 1000 if value else None
