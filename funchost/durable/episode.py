"""One turn of one orchestration: read what is due, let it be decided, and write the whole answer down at once."""

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from funchost.durable.cache import HistoryCache
from funchost.durable.decisions import Decider
from funchost.durable.outcomes import NewTask, Outcome
from funchost.durable.protocol import Event, EventType, compact, epoch, event, execution_started, iso, mark_played
from funchost.durable.sdk import trigger_input
from funchost.durable.versions import may_run
from funchost.logs import Log
from funchost.settings import Settings
from funchost.store import Activity, Episode, Instance, Message, Post, Store

_NUMBERS = {"Completed": 0, "Failed": 3, "Terminated": 5}


@dataclass(slots=True)
class Turn:
    """What the loop has to do after an episode."""

    activities: list[Activity] = field(default_factory=list)
    wake: list[tuple[str, float]] = field(default_factory=list)
    parked: bool = False
    finished: bool = False


class Turns:
    """Runs episodes. Not thread-safe: the engine's thread owns it."""

    def __init__(self, store: Store, decider: Decider, settings: Settings, log: Log) -> None:
        self._store, self._decider, self._settings, self._log = store, decider, settings, log
        self._cache = HistoryCache()

    def run(self, instance: str, now: float) -> Turn:
        """Run the next episode of an instance, if anything is due for it. Raises `StoreError` and leaves the store as it was."""
        messages = self._store.due(instance, now)
        if not messages:
            return Turn()
        row = self._row(instance, messages)
        if row is None or row.finished:
            self._store.drop(instance, messages)
            return Turn()
        if not may_run(row.version, self._settings) and self._settings.on_mismatch.lower() != "fail":
            return Turn(parked=True)
        if not any(m.execution is None or m.execution == row.execution for m in messages):
            self._store.drop(instance, messages)
            return Turn()
        try:
            return self._episode(row, messages, now)
        except BaseException:
            self._cache.drop(instance)
            raise

    def _row(self, instance: str, messages: list[Message]) -> Instance | None:
        row = self._cache.row(instance)
        if row is not None and all(m.execution is None or m.execution == row.execution for m in messages):
            return row
        return self._store.instance(instance)

    def fail(self, instance: str, reason: str, now: float) -> Turn:
        """Fail an instance without running its code (quarantine)."""
        row = self._store.instance(instance)
        if row is None or row.finished:
            return Turn()
        past = self._cache.get(row, self._store)
        new = [event(EventType.ORCHESTRATOR_STARTED, iso(now))]
        return self._write(row, past, [], new, Outcome("Failed", result=reason))

    def rehearsal(self, instance: str, now: float) -> tuple[str, dict[str, Any]] | None:
        """What the next episode would hand to which orchestrator; nothing is changed."""
        row, messages = self._store.instance(instance), self._store.due(instance, now)
        if row is None or row.finished or not messages:
            return None
        past = self._cache.get(row, self._store)
        mark_played(past)
        history = past + self._new_events(row, messages, now)
        return row.name, trigger_input(row.id, row.input, row.parent, history, bool(past))

    @staticmethod
    def _new_events(row: Instance, messages: list[Message], now: float) -> list[Event]:
        current = [m.event for m in messages if m.execution is None or m.execution == row.execution]
        if len(current) > 1:
            current.sort(key=lambda item: item["EventType"] != EventType.EXECUTION_STARTED)
        return [event(EventType.ORCHESTRATOR_STARTED, iso(now)), *current]

    def _episode(self, row: Instance, messages: list[Message], now: float) -> Turn:
        began = time.perf_counter()
        past = self._cache.get(row, self._store)
        mark_played(past)
        if past:
            now = max(now, epoch(past[-1]["Timestamp"]))
        new = self._new_events(row, messages, now)
        outcome = self._decider.decide(row, past, new)
        name, status = row.name, outcome.status
        turn = self._write(row, past, [m.key for m in messages], new, outcome)
        self._log("info", "orchestrator", function=name, instance=row.id, status=status, ms=round((time.perf_counter() - began) * 1000, 2))
        return turn

    def _write(self, row: Instance, past: list[Event], consumed: list[tuple[float, int]], new: list[Event], outcome: Outcome) -> Turn:
        at = new[0]["Timestamp"]
        now = epoch(at)
        episode, turn = Episode(row, consumed, new, len(past)), Turn()
        changes = _Changes(self._store, self._settings, episode, turn, at, now)
        row.status, row.custom, row.updated = outcome.status, outcome.custom, now
        if outcome.status == "ContinuedAsNew":
            changes.continue_as_new(outcome)
        elif outcome.over:
            changes.end(outcome)
        else:
            for task in outcome.tasks:
                changes.add(task)
        if not episode.fresh:
            new.append(event(EventType.ORCHESTRATOR_COMPLETED, at))
        turn.activities = self._store.commit(episode)
        turn.finished = outcome.over and not episode.fresh
        if outcome.over:
            self._cache.drop(row.id)
        else:
            self._cache.put(row, past + new)
        return turn


@dataclass(slots=True)
class _Changes:
    """Collects what an outcome changes. `episode.events` grows in place."""

    store: Store
    settings: Settings
    episode: Episode
    turn: Turn
    at: str
    now: float

    def continue_as_new(self, outcome: Outcome) -> None:
        """A new execution with an empty history and the events that it inherits."""
        episode, row = self.episode, self.episode.instance
        episode.fresh, episode.old_execution, episode.first_seq, episode.events = True, row.execution, 0, []
        row.status, row.execution, row.input = "Running", uuid.uuid4().hex, compact(outcome.result)
        episode.posts.append(Post(row.id, row.execution, self.now, self._started(row)))
        episode.posts.extend(Post(row.id, row.execution, self.now, {**item, "IsPlayed": False}) for item in outcome.carried)
        self.turn.wake.append((row.id, self.now))

    def end(self, outcome: Outcome) -> None:
        """The last entries of a history, and the news for the parent."""
        row, at = self.episode.instance, self.at
        for task in outcome.tasks:  # what was asked for in the last episode is shown, though it comes to nothing
            self.episode.events.append(self._scheduled(task))
        row.output = outcome.result if outcome.status != "Completed" else None if outcome.output is None else compact(outcome.output)
        number = _NUMBERS[outcome.status]
        self.episode.events.append(
            event(EventType.EXECUTION_COMPLETED, at, OrchestrationStatus=number, Result=row.output, FailureDetails=None)
        )
        if row.parent is None or row.parent_task is None:
            return
        fields: dict[str, Any] = {"TaskScheduledId": row.parent_task}
        if outcome.status == "Completed":
            answer = event(EventType.SUB_COMPLETED, at, **fields, Result=row.output)
        else:
            details = f"Message: {row.output}"
            answer = event(EventType.SUB_FAILED, at, **fields, Reason=row.output, Details=details, FailureDetails=None)
        self.episode.posts.append(Post(row.parent, row.parent_execution, self.now, answer))
        self.turn.wake.append((row.parent, self.now))

    def add(self, task: NewTask) -> None:
        """An activity, a timer or a child."""
        row = self.episode.instance
        self.episode.events.append(self._scheduled(task))
        if task.kind == EventType.TASK_SCHEDULED:
            self.episode.activities.append((task.task_id, task.name, task.input))
        elif task.kind == EventType.TIMER_CREATED:
            due = max(self.now, epoch(task.fire_at))
            fired = event(EventType.TIMER_FIRED, self.at, TimerId=task.task_id, FireAt=task.fire_at)
            self.episode.posts.append(Post(row.id, row.execution, due, fired))
            self.turn.wake.append((row.id, due))
        else:
            self._add_child(row, task)

    def _scheduled(self, task: NewTask) -> Event:
        if task.kind == EventType.TASK_SCHEDULED:
            return event(task.kind, self.at, task.task_id, Name=task.name, Version="", Input=None, Tags=None, ParentTraceContext=None)
        if task.kind == EventType.TIMER_CREATED:
            return event(task.kind, self.at, task.task_id, FireAt=task.fire_at)
        fields: dict[str, Any] = {"Version": task.version, "InstanceId": task.instance_id, "ClientSpanId": None}
        return event(task.kind, self.at, task.task_id, Name=task.name, Input=None, Tags=None, **fields)

    def _add_child(self, row: Instance, task: NewTask) -> None:
        if self._taken(row, task.instance_id):
            reason = f"An orchestration with id '{task.instance_id}' already exists and has not finished."
            failed = event(EventType.SUB_FAILED, self.at, TaskScheduledId=task.task_id, Reason=reason, Details=reason, FailureDetails=None)
            self.episode.posts.append(Post(row.id, row.execution, self.now, failed))
            self.turn.wake.append((row.id, self.now))
            return
        version = task.version if task.version is not None else self.settings.default_version
        text = None if task.input is None else compact(task.input)
        origin = (row.id, row.execution, task.task_id)
        child = Instance(task.instance_id, str(uuid.uuid4()), task.name, version, text, None, None, "Pending", self.now, self.now, *origin)
        self.episode.children.append(child)
        self.episode.posts.append(Post(child.id, child.execution, self.now, self._started(child)))
        self.turn.wake.append((child.id, self.now))

    def _taken(self, row: Instance, instance: str) -> bool:
        present = self.store.instance(instance)
        return (
            instance == row.id
            or (present is not None and not present.finished)
            or any(child.id == instance for child in self.episode.children)
        )

    def _started(self, row: Instance) -> Event:
        return execution_started(
            self.at,
            name=row.name,
            text=row.input,
            version=row.version,
            instance=row.id,
            execution=row.execution,
            parent=_parent_field(row),
        )


def _parent_field(row: Instance) -> dict[str, Any] | None:
    if row.parent is None:
        return None
    return {"TaskScheduleId": row.parent_task, "OrchestrationInstance": {"InstanceId": row.parent, "ExecutionId": row.parent_execution}}
