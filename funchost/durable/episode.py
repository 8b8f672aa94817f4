"""One turn of one orchestration: read what is due, replay, decide, and write the whole answer down at once."""

import time
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from funchost.durable.protocol import NON_DETERMINISTIC, Event, EventType, compact, epoch, event, execution_started, iso, mark_played
from funchost.durable.running import RunningMark
from funchost.durable.scheduler import NewTask, Outcome, Reply, Scheduler
from funchost.durable.sdk import trigger_input
from funchost.durable.versions import may_run
from funchost.logs import Log
from funchost.settings import Settings
from funchost.store import Activity, Episode, Instance, Message, Post, Store

_STATUS_LIMIT = 16 * 1024
_CACHED_EVENTS = 200_000
_REMEMBERED = 10_000


class Replayable(Protocol):
    """An orchestrator function."""

    def replay(self, payload: dict[str, Any]) -> Reply:
        """Run it over a history."""


@dataclass(slots=True)
class Turn:
    """What the loop has to do after an episode."""

    activities: list[Activity] = field(default_factory=list)
    wake: list[tuple[str, float]] = field(default_factory=list)
    parked: bool = False
    finished: bool = False


class HistoryCache:
    """Parsed histories of the instances used last, so that a sequence does not read its own past again and again."""

    def __init__(self, limit: int = _CACHED_EVENTS) -> None:
        self._entries: OrderedDict[str, tuple[str, list[Event]]] = OrderedDict()
        self._limit, self._size = limit, 0

    def get(self, row: Instance, store: Store) -> list[Event]:
        """The past of the current execution."""
        entry = self._entries.get(row.id)
        if entry is not None and entry[0] == row.execution:
            self._entries.move_to_end(row.id)
            return entry[1]
        return store.history(row.id)

    def put(self, row: Instance, events: list[Event]) -> None:
        """Keep a history; the oldest entries make room."""
        self.drop(row.id)
        self._entries[row.id] = (row.execution, events)
        self._size += len(events)
        while self._size > self._limit and self._entries:
            self.drop(next(iter(self._entries)))

    def drop(self, instance: str) -> None:
        """Forget an instance."""
        entry = self._entries.pop(instance, None)
        if entry is not None:
            self._size -= len(entry[1])


class Turns:
    """Runs episodes. Not thread-safe: the engine's thread owns it."""

    def __init__(
        self,
        store: Store,
        orchestrators: Mapping[str, Replayable],
        activities: Mapping[str, object],
        *,
        settings: Settings,
        strict: bool,
        log: Log,
        mark: RunningMark,
    ) -> None:
        self._store, self._orchestrators, self._activities = store, orchestrators, activities
        self._settings, self._strict, self._log = settings, strict, log
        self._cache, self._mark = HistoryCache(), mark
        self._told: OrderedDict[tuple[str, str], None] = OrderedDict()

    def run(self, instance: str, now: float) -> Turn:
        """Run the next episode of an instance, if anything is due for it. Raises `StoreError` and leaves the store as it was."""
        messages = self._store.due(instance, now)
        if not messages:
            return Turn()
        row = self._store.instance(instance)
        if row is None or row.finished:
            self._store.drop(m.n for m in messages)
            return Turn()
        if not may_run(row.version, self._settings) and self._settings.on_mismatch.lower() != "fail":
            return Turn(parked=True)
        current = [m for m in messages if m.execution in (None, row.execution)]
        if not current:
            self._store.drop(m.n for m in messages)
            return Turn()
        try:
            return self._episode(row, messages, current, now)
        except BaseException:
            self._cache.drop(instance)
            raise

    def fail(self, instance: str, reason: str, now: float) -> Turn:
        """Fail an instance without running its code (quarantine)."""
        row = self._store.instance(instance)
        if row is None or row.finished:
            return Turn()
        past = self._cache.get(row, self._store)
        new = [event(EventType.ORCHESTRATOR_STARTED, iso(now))]
        return self._write(row, past, [], new, Outcome("Failed", result=reason))

    def _episode(self, row: Instance, messages: list[Message], current: list[Message], now: float) -> Turn:
        began = time.perf_counter()
        past = self._cache.get(row, self._store)
        mark_played(past)
        if past:
            now = max(now, epoch(past[-1]["Timestamp"]))
        new = sorted((m.event for m in current), key=lambda item: item["EventType"] != EventType.EXECUTION_STARTED)
        new.insert(0, event(EventType.ORCHESTRATOR_STARTED, iso(now)))
        outcome = self._decide(row, past, new)
        turn = self._write(row, past, [m.n for m in messages], new, outcome)
        self._log(
            "info",
            "orchestrator",
            function=row.name,
            instance=row.id,
            status=outcome.status,
            ms=round((time.perf_counter() - began) * 1000, 2),
        )
        return turn

    # -- deciding -----------------------------------------------------------------------------------------------------

    def _decide(self, row: Instance, past: list[Event], new: list[Event]) -> Outcome:
        for item in new:
            if item["EventType"] == EventType.EXECUTION_TERMINATED:
                return Outcome("Terminated", result=item.get("Input") or "", custom=row.custom)
        if not may_run(row.version, self._settings):
            return Outcome("Failed", custom=row.custom)
        function = self._orchestrators.get(row.name.lower())
        if function is None:
            return Outcome("Failed", result=self._unknown_orchestrator(row.name))
        history = past + new
        payload = trigger_input(row.id, row.input, row.parent, history, bool(past))
        with self._mark.during(row.id):
            reply = function.replay(payload)
        outcome = Scheduler(row.name, row.execution, reply, self._settings.max_actions).decide(history)
        outcome = self._refuse(row, outcome)
        custom = None if reply.custom_status is None else compact(reply.custom_status)
        size = len((custom or "").encode("utf-16-le"))
        if size > _STATUS_LIMIT:
            return _failure(
                row, f"The UTF-16 size of the JSON-serialized payload must not exceed 16 KB. The current payload is {size // 1024} KB."
            )
        outcome.custom = custom
        return outcome

    def _refuse(self, row: Instance, outcome: Outcome) -> Outcome:
        for trap in outcome.traps:
            if (row.execution, trap.code) not in self._told:
                self._told[row.execution, trap.code] = None
                self._log("warning", "trap", instance=row.id, function=row.name, code=trap.code, message=trap.message, advice=trap.advice)
                if len(self._told) > _REMEMBERED:
                    self._told.popitem(last=False)
            if self._strict or trap.fatal:
                return _failure(row, str(trap))
        for task in outcome.tasks:
            known = self._activities if task.kind == EventType.TASK_SCHEDULED else self._orchestrators
            if task.name and task.name.lower() not in known:
                return _failure(row, _unregistered(task, known))
        return outcome

    def _unknown_orchestrator(self, name: str) -> str:
        known = ", ".join(f"'{n}'" for n in sorted(self._orchestrators))
        return (
            f"Orchestrator function '{name}' failed: The function '{name}' doesn't exist, is disabled, or is not an orchestrator "
            f"function. Additional info: The following are the known orchestrator functions: {known}."
        )

    # -- writing ------------------------------------------------------------------------------------------------------

    def _write(self, row: Instance, past: list[Event], consumed: list[int], new: list[Event], outcome: Outcome) -> Turn:
        now = epoch(new[0]["Timestamp"])
        changed = replace(row, status=outcome.status, custom=outcome.custom, updated=now)
        episode = Episode(changed, consumed, new, len(past))
        turn = Turn()
        if outcome.status == "ContinuedAsNew":
            self._continue(row, episode, outcome, now)
            turn.wake.append((row.id, now))
        elif outcome.over:
            for task in outcome.tasks:
                if task.kind == EventType.TIMER_CREATED:  # cancelled in the episode that made it: history shows it all the same
                    episode.events.append(event(task.kind, iso(now), task.task_id, FireAt=task.fire_at))
            self._end(episode, outcome, now, turn)
        else:
            for task in outcome.tasks:
                self._add(row, episode, task, now, turn)
        if not episode.fresh:
            episode.events.append(event(EventType.ORCHESTRATOR_COMPLETED, iso(now)))
        turn.activities = self._store.commit(episode)
        turn.finished = outcome.over and not episode.fresh
        if outcome.over:
            self._cache.drop(row.id)
        else:
            self._cache.put(changed, past + episode.events)
        return turn

    def _continue(self, row: Instance, episode: Episode, outcome: Outcome, now: float) -> None:
        episode.fresh, episode.old_execution, episode.first_seq, episode.events = True, row.execution, 0, []
        changed = episode.instance
        changed.status, changed.execution, changed.input = "Running", uuid.uuid4().hex, compact(outcome.result)
        started = execution_started(
            iso(now),
            name=row.name,
            text=changed.input,
            version=row.version,
            instance=row.id,
            execution=changed.execution,
            parent=_parent_field(row),
        )
        episode.posts.append(Post(row.id, changed.execution, now, started))

    def _end(self, episode: Episode, outcome: Outcome, now: float, turn: Turn) -> None:
        row = episode.instance
        row.output = outcome.result if outcome.status != "Completed" else None if outcome.output is None else compact(outcome.output)
        numbers = {"Completed": 0, "Failed": 3, "Terminated": 5}
        episode.events.append(
            event(
                EventType.EXECUTION_COMPLETED, iso(now), OrchestrationStatus=numbers[outcome.status], Result=row.output, FailureDetails=None
            )
        )
        if row.parent is None or row.parent_task is None:
            return
        if outcome.status == "Completed":
            answer = event(EventType.SUB_COMPLETED, iso(now), TaskScheduledId=row.parent_task, Result=row.output)
        else:
            answer = event(
                EventType.SUB_FAILED,
                iso(now),
                TaskScheduledId=row.parent_task,
                Reason=row.output,
                Details=f"Message: {row.output}",
                FailureDetails=None,
            )
        episode.posts.append(Post(row.parent, row.parent_execution, now, answer))
        turn.wake.append((row.parent, now))

    def _add(self, row: Instance, episode: Episode, task: NewTask, now: float, turn: Turn) -> None:
        at = iso(now)
        if task.kind == EventType.TASK_SCHEDULED:
            episode.events.append(event(task.kind, at, task.task_id, Name=task.name, Version="", Input=None, Tags=None))
            episode.activities.append((task.task_id, task.name, task.input))
        elif task.kind == EventType.TIMER_CREATED:
            episode.events.append(event(task.kind, at, task.task_id, FireAt=task.fire_at))
            due = max(now, epoch(task.fire_at))
            fired = event(EventType.TIMER_FIRED, at, TimerId=task.task_id, FireAt=task.fire_at)
            episode.posts.append(Post(row.id, row.execution, due, fired))
            turn.wake.append((row.id, due))
        else:
            episode.events.append(
                event(task.kind, at, task.task_id, Name=task.name, Version=task.version, Input=None, InstanceId=task.instance_id)
            )
            self._add_child(row, episode, task, now, turn)

    def _add_child(self, row: Instance, episode: Episode, task: NewTask, now: float, turn: Turn) -> None:
        taken = self._store.instance(task.instance_id)
        taken_now = any(child.id == task.instance_id for child in episode.children)
        if taken_now or task.instance_id == row.id or (taken is not None and not taken.finished):
            reason = f"An orchestration with id '{task.instance_id}' already exists and has not finished."
            failed = event(EventType.SUB_FAILED, iso(now), TaskScheduledId=task.task_id, Reason=reason, Details=reason, FailureDetails=None)
            episode.posts.append(Post(row.id, row.execution, now, failed))
            turn.wake.append((row.id, now))
            return
        version = task.version if task.version is not None else self._settings.default_version
        child = Instance(
            task.instance_id,
            str(uuid.uuid4()),
            task.name,
            version,
            compact(task.input) if task.input is not None else None,
            None,
            None,
            "Pending",
            now,
            now,
            row.id,
            row.execution,
            task.task_id,
        )
        started = execution_started(
            iso(now),
            name=child.name,
            text=child.input,
            version=version,
            instance=child.id,
            execution=child.execution,
            parent=_parent_field(child),
        )
        episode.children.append(child)
        episode.posts.append(Post(child.id, child.execution, now, started))
        turn.wake.append((child.id, now))


def is_non_deterministic(row: Instance) -> bool:
    """Whether the instance broke determinism; the engine cannot show the history of such a one."""
    return row.status == "Failed" and (row.output or "").startswith(NON_DETERMINISTIC)


def _parent_field(row: Instance) -> dict[str, Any] | None:
    if row.parent is None:
        return None
    return {"TaskScheduleId": row.parent_task, "OrchestrationInstance": {"InstanceId": row.parent, "ExecutionId": row.parent_execution}}


def _failure(row: Instance, text: str) -> Outcome:
    return Outcome("Failed", result=f"Orchestrator function '{row.name}' failed: {text}")


def _unregistered(task: NewTask, known: Mapping[str, object]) -> str:
    what, code = ("activity", "FH1301") if task.kind == EventType.TASK_SCHEDULED else ("orchestrator", "FH1302")
    names = ", ".join(sorted(known)) or "none"
    return f"{code}: the {what} '{task.name}' is not registered. Known: {names}. Advice: correct the name in the call, or register it."
