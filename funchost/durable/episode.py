"""Turns of orchestrations: read what is due, let it be decided, and write the whole answer down at once.

Several orchestrations that are decided one after the other may be written in one transaction: none of it is visible, and no
activity starts, before all of it is committed, so for each it is as if it had been alone.
"""

import time
import uuid
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from funchost.durable.cache import HistoryCache
from funchost.durable.decisions import Decider
from funchost.durable.outcomes import NewTask, Outcome
from funchost.durable.protocol import Event, EventType, compact, epoch, event, execution_started, iso, mark_played, storable
from funchost.durable.sdk import trigger_input
from funchost.durable.versions import may_run
from funchost.logs import Log
from funchost.settings import Settings
from funchost.store import Activity, Answer, Child, Episode, Instance, Message, Post, Store

_NUMBERS = {"Completed": 0, "Failed": 3, "Terminated": 5}


@dataclass(slots=True)
class Turn:
    """An episode that has been decided. Once it is written, `activities` and `wake` say what the loop has to do."""

    episode: Episode
    past: list[Event]
    status: str
    seconds: float = 0.0
    activities: list[Activity] = field(default_factory=list)
    wake: list[tuple[str, float]] = field(default_factory=list)

    @property
    def instance(self) -> Instance:
        """The instance as the episode leaves it."""
        return self.episode.instance


class Turns:
    """Runs episodes. Not thread-safe: the engine's thread owns it."""

    def __init__(self, store: Store, decider: Decider, settings: Settings, log: Log) -> None:
        self._store, self._decider, self._settings, self._log = store, decider, settings, log
        self._cache = HistoryCache()

    def decide(self, instance: str, now: float, answers: list[Answer], *, inbox: bool = True) -> Turn | None:
        """The next episode of an instance, or None; `inbox` is False if nothing but answers can have come for it.

        The episode must be written before the instance is decided again. Raises `StoreError`.
        """
        posted = self._store.due(instance, now) if inbox else []
        messages = posted + [Message((a.at, 0), a.activity.execution, a.event) for a in answers]
        if not messages:
            return None
        row = self._row(instance, messages)
        if row is None or row.finished or not any(m.execution is None or m.execution == row.execution for m in messages):
            self._store.drop(instance, posted)
            return None
        if not may_run(row.version, self._settings) and self._settings.on_mismatch.lower() != "fail":
            return None
        messages.sort(key=attrgetter("key"))
        try:
            turn = self._episode(row, messages, now)
        except BaseException:
            self._cache.drop(instance)
            raise
        turn.episode.consumed, turn.episode.answers = [m.key for m in posted], answers
        return turn

    def write(self, turns: list[Turn], answers: list[Answer]) -> None:
        """Write episodes of different instances, and answers for others, in one transaction. Raises `StoreError`."""
        if not turns and not answers:
            return
        try:
            written = self._store.commit([turn.episode for turn in turns], answers)
        except BaseException:
            for turn in turns:
                self._cache.drop(turn.instance.id)
            raise
        for turn, activities in zip(turns, written, strict=True):
            episode, row = turn.episode, turn.instance
            if activities is None or episode.fresh or row.finished:
                self._cache.drop(row.id)
            else:
                self._cache.put(row, turn.past + episode.events)
            turn.activities = activities or []
            ms = round(turn.seconds * 1000, 2)
            self._log("info", "orchestrator", function=row.name, instance=row.id, status=turn.status, ms=ms)

    def _row(self, instance: str, messages: list[Message]) -> Instance | None:
        row = self._cache.row(instance)
        if row is not None and all(m.execution is None or m.execution == row.execution for m in messages):
            return row
        return self._store.instance(instance)

    def failure(self, instance: str, reason: str, now: float) -> Turn | None:
        """An episode that fails an instance without running its code (quarantine)."""
        row = self._store.instance(instance)
        if row is None or row.finished:
            return None
        past = self._cache.get(row, self._store)
        new = [event(EventType.ORCHESTRATOR_STARTED, iso(now))]
        return self._turn(Episode(row, new, len(past)), past, Outcome("Failed", result=reason))

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
        turn = self._turn(Episode(row, new, len(past)), past, outcome)
        turn.seconds = time.perf_counter() - began
        return turn

    def _turn(self, episode: Episode, past: list[Event], outcome: Outcome) -> Turn:
        row, at = episode.instance, episode.events[0]["Timestamp"]
        turn = Turn(episode, past, outcome.status)
        changes = _Changes(self._settings, episode, turn, at, epoch(at))
        row.status, row.custom, row.updated = outcome.status, outcome.custom, changes.now
        if outcome.status == "ContinuedAsNew":
            changes.continue_as_new(outcome)
        elif outcome.over:
            changes.end(outcome)
        else:
            for task in outcome.tasks:
                changes.add(task)
        if not episode.fresh:
            episode.events.append(event(EventType.ORCHESTRATOR_COMPLETED, at))
        return turn


@dataclass(slots=True)
class _Changes:
    """Collects what an outcome changes. `episode.events` grows in place."""

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
        row.output = compact(outcome.output) if outcome.output is not None else outcome.result and storable(outcome.result)
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
        version = task.version if task.version is not None else self.settings.default_version
        text = None if task.input is None else compact(task.input)
        origin = (row.id, row.execution, task.task_id)
        child = Instance(task.instance_id, str(uuid.uuid4()), task.name, version, text, None, None, "Pending", self.now, self.now, *origin)
        started = Post(child.id, child.execution, self.now, self._started(child))
        reason = f"An orchestration with id '{child.id}' already exists and has not finished."
        failed = event(EventType.SUB_FAILED, self.at, TaskScheduledId=task.task_id, Reason=reason, Details=reason, FailureDetails=None)
        self.episode.children.append(Child(child, started, Post(row.id, row.execution, self.now, failed)))
        self.turn.wake += [(child.id, self.now), (row.id, self.now)]

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
