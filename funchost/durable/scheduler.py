"""Decides, without I/O, what an episode leads to: which tasks are new, under which ids, and whether the execution is over.

It replays the history beside the SDK, the way DurableTask.Core does behind the real extension: actions are awaited one
after the other, an id is taken when an action starts, and what the SDK asked for must match what history says was
scheduled. Everything is a function of (history, new events, reply), so an episode can be decided again at any time.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from funchost.durable.protocol import NON_DETERMINISTIC, Action, ActionType, Event, EventType, epoch, iso
from funchost.durable.traps import Trap
from funchost.durable.waits import All, AnyOf, Leaf, Node


@dataclass(frozen=True, slots=True)
class Reply:
    """What the SDK gave back for one episode. `output` and `custom_status` are JSON values.

    `status_dropped`: a custom status was set that the SDK does not send because it is falsy. `broken`: the SDK raised
    without giving its state, so `error` is all there is.
    """

    done: bool
    actions: list[Action]
    output: Any = None
    error: str | None = None
    custom_status: Any = None
    status_dropped: bool = False
    broken: bool = False


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task that history does not know yet: an activity (4), a child (7) or a timer (10)."""

    kind: EventType
    task_id: int
    name: str = ""
    input: str | None = None
    instance_id: str = ""
    version: str | None = None
    fire_at: str = ""


@dataclass(slots=True)
class Outcome:
    """What the host has to write down after an episode.

    `status` is Running or Suspended while the execution goes on; Completed, Failed, Terminated or ContinuedAsNew when
    it is over. `result` is then raw text: JSON of the output, the failure, the reason, or the next input. `custom` is the custom
    status as JSON text.
    """

    status: str
    tasks: list[NewTask] = field(default_factory=list)
    result: str | None = None
    output: Any = None
    traps: list[Trap] = field(default_factory=list)
    custom: str | None = None

    @property
    def over(self) -> bool:
        """Whether this execution has ended."""
        return self.status not in ("Running", "Suspended")


class NonDeterminismError(Exception):
    """The orchestrator asked for something else than history says it asked for before."""


_KINDS = {
    EventType.TASK_SCHEDULED: "an activity task",
    EventType.SUB_CREATED: "a sub-orchestration task",
    EventType.TIMER_CREATED: "a timer task",
}
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
        self._waiters: dict[str, list[tuple[str, Leaf]]] = defaultdict(list)
        self._buffer: dict[str, deque[str]] = defaultdict(deque)
        self._early: set[str] = set()
        self._waits: dict[str, int] = defaultdict(int)
        self._suspended: deque[Event] | None = None
        self._continue: str | None = None
        self._terminated: str | None = None
        self._now = 0.0
        self._drifting: dict[int, str] = {}
        self._traps: dict[str, Trap] = {}

    def decide(self, events: Iterable[Event]) -> Outcome:
        """Feed history and new events in order and say what follows."""
        if self._reply.broken:
            return self._failed(self._reply.error or "")
        if len(self._reply.actions) > self._limit:
            return self._failed(f"The maximum number of actions ({self._limit}) has been exceeded.")
        try:
            for item in events:
                self._receive(item)
                if self._terminated is not None:
                    return Outcome("Terminated", result=self._terminated)
        except NonDeterminismError as error:
            return Outcome("Failed", result=str(error))
        return self._conclude()

    # -- events -------------------------------------------------------------------------------------------------------

    def _receive(self, item: Event) -> None:
        kind = item["EventType"]
        if self._suspended is not None and kind not in (EventType.EXECUTION_RESUMED, EventType.EXECUTION_TERMINATED):
            if kind != EventType.EXECUTION_SUSPENDED:
                self._suspended.append(item)
            return
        if kind == EventType.EXECUTION_SUSPENDED:
            self._suspended = deque()
            self._held, self._scheduled = self._scheduled, {}
        elif kind == EventType.EXECUTION_RESUMED:
            self._resume()
        elif kind == EventType.EXECUTION_TERMINATED:
            self._terminated = item.get("Input") or ""
        else:
            self._process(kind, item)
            if kind != EventType.ORCHESTRATOR_STARTED:
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
        if kind == EventType.ORCHESTRATOR_STARTED:
            self._now = epoch(item["Timestamp"])
        elif kind in _KINDS:
            self._match(EventType(kind), item)
        elif kind in _COMPLETIONS:
            key, succeeded = _COMPLETIONS[kind]
            finish = self._open.pop(item[key], None)
            self._timers.discard(item[key])
            if finish is not None:
                finish(succeeded)
        elif kind == EventType.EVENT_RAISED:
            self._raise(item["Name"])

    def _match(self, kind: EventType, item: Event) -> None:
        task = self._scheduled.pop(item["EventId"], None)
        name = item.get("Name") or ""
        before = (
            f"{NON_DETERMINISTIC}: A previous execution of this orchestration scheduled {_KINDS[kind]} with sequence ID "
            f"{item['EventId']}" + (f" and name '{name}'" if name else "")
        )
        if task is None:
            raise NonDeterminismError(
                f"{before}, but the current replay execution hasn't (yet?) scheduled this task. Was a change "
                "made to the orchestrator code after this instance had already started running?"
            )
        if task.kind != kind or (name and task.name.lower() != name.lower()):
            now = _KINDS[task.kind] + (f" named '{task.name}'" if task.name else "")
            raise NonDeterminismError(
                f"{before}, but the current orchestration replay instead scheduled {now} with this sequence "
                "number. Was a change made to the orchestrator code after this instance had already started "
                "running?"
            )

    def _raise(self, name: str) -> None:
        waiting = self._waiters[name.lower()]
        if waiting:
            wanted, leaf = waiting.pop()
            if wanted != name:
                self._trap(Trap.event_case(name, wanted))
            leaf.finish()
            return
        queue = self._buffer[name.lower()]
        queue.append(name)
        self._early.add(name.lower())
        if len(queue) > 1:
            self._trap(Trap.queued_events(name))

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
            self._wait(action["externalEventName"], leaf)
        elif kind == ActionType.CONTINUE_AS_NEW:
            self._continue = action.get("input")
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
            child = action.get("instanceId") or f"{self._execution}:{task_id}"
            task = NewTask(EventType.SUB_CREATED, task_id, name, action.get("input"), child, action.get("version"))
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
        options, leaf, asked = action["retryOptions"], Leaf(), self._index
        attempts = 0

        def attempt() -> None:
            nonlocal attempts
            attempts += 1
            if attempts > 1 and len(self._reply.actions) > asked:
                self._drifting[self._next_id] = action["functionName"]
            self._schedule(action, ended)

        def ended(succeeded: bool) -> None:
            if succeeded:
                leaf.finish()
            elif attempts >= options["maxNumberOfAttempts"]:
                self._create_timer(iso(self._now), lambda _ok: leaf.finish())
            else:
                self._create_timer(iso(self._now + _retry_delay(options, attempts)), lambda _ok: attempt())

        attempt()
        return leaf

    def _wait(self, name: str, leaf: Leaf) -> None:
        key = name.lower()
        self._waits[key] += 1
        if self._waits[key] > 1 and key in self._early:
            self._trap(Trap.event_reused(name))
        if self._buffer[key]:
            raised = self._buffer[key].popleft()
            if raised != name:
                self._trap(Trap.event_case(raised, name))
            leaf.finish()
        else:
            self._waiters[key].append((name, leaf))

    # -- the end ------------------------------------------------------------------------------------------------------

    def _trap(self, trap: Trap) -> None:
        self._traps.setdefault(trap.code, trap)

    def _conclude(self) -> Outcome:
        tasks = [self._scheduled[key] for key in sorted(self._scheduled)]
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
        if self._continue is not None:
            if any(self._buffer.values()):
                self._trap(Trap.events_lost())
            return Outcome("ContinuedAsNew", tasks, self._continue, traps=list(self._traps.values()))
        return Outcome("Completed", tasks, output=reply.output, traps=list(self._traps.values()))

    def _failed(self, error: str, tasks: list[NewTask] | None = None) -> Outcome:
        return Outcome("Failed", tasks or [], f"Orchestrator function '{self._name}' failed: {error}", traps=list(self._traps.values()))


def _retry_delay(options: dict[str, Any], attempts: int) -> float:
    delay = float(options["firstRetryIntervalInMilliseconds"]) * float(options.get("backoffCoefficient") or 1.0) ** (attempts - 1)
    longest = options.get("maxRetryIntervalInMilliseconds")
    return (min(delay, float(longest)) if longest else delay) / 1000
