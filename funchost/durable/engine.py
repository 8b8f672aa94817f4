"""The loop that keeps orchestrations moving: a thread that sleeps until an inbox has something due.

Replay costs grow with history, so an instance whose activities are still coming in is replayed again only after a pause
in proportion to its last replay; otherwise a fan-out of n would be replayed n times. Instances that are ready at the same
moment are written in one transaction, as many as can be decided in a few milliseconds.
"""

import heapq
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from funchost.durable.activities import Runner
from funchost.durable.episode import Turn, Turns
from funchost.durable.running import RunningMark
from funchost.errors import StoreBusy, StoreError
from funchost.logs import Log
from funchost.store import Activity, Answer, Store

Probe: TypeAlias = Callable[[str, dict[str, Any]], bool]

_PACE = 2.0
_LONGEST_PAUSE = 0.5
_DEATHS = 3
_GROUP_SECONDS, _MOST = 0.005, 64
_REMINDED = float("inf")


@dataclass(frozen=True, slots=True)
class _Ready:
    """An instance to look at; `inbox` if something may have been posted to it, `answers` of its activities in any case."""

    instance: str
    inbox: bool
    answers: list[Answer]


class Engine:
    """Owns the episode thread."""

    def __init__(self, store: Store, turns: Turns, runner: Runner, mark: RunningMark, log: Log, *, probe: Probe) -> None:
        self._store, self._turns, self._runner, self._mark, self._log, self._probe = store, turns, runner, mark, log, probe
        self._condition = threading.Condition()
        self._ready: dict[str, bool] = {}
        self._later: list[tuple[float, str]] = []
        self._answers: dict[str, list[Answer]] = {}
        self._unwritten: dict[str, list[Answer]] = {}
        self._outstanding: Counter[str] = Counter()
        self._rest: dict[str, float] = {}
        self._trouble: Counter[str] = Counter()
        self._suspects: set[str] = set()
        self._stopping = False
        self._thread: threading.Thread | None = None
        runner.answered = self._answered

    def recover(self) -> None:
        """Take up where the last process stopped: count its death, queue what was due or running."""
        victim = self._mark.left_behind()
        if victim is not None:
            row = self._store.count_death(victim)
            self._suspects.add(victim)
            if row is not None and not row.finished and row.deaths >= _DEATHS:
                self._judge(victim, row.deaths)
        self._mark.clear()
        for instance, due in self._store.wakeups():
            self.wake(instance, due)
        self._dispatch(self._store.activities())

    def _judge(self, instance: str, deaths: int) -> None:
        """Quarantine an instance, unless its next episode leaves a child process alive."""
        now = time.time()
        rehearsal = self._turns.rehearsal(instance, now)
        if rehearsal is None or self._probe(*rehearsal):
            self._log("warning", "acquitted", instance=instance, deaths=deaths)
            self._store.forget_deaths(instance)
            return
        reason = (
            f"FH1303: the process died {deaths} times during an episode of this instance without progress; it is quarantined. "
            "Advice: correct the orchestrator, then restart the instance."
        )
        self._log("error", "quarantine", instance=instance, code="FH1303", message=reason)
        turn = self._turns.failure(instance, reason, now)
        if turn is not None:
            self._write([turn], [])

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="episodes", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Finish the current episode and end."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        if self._thread is not None:
            self._thread.join(timeout)

    def wake(self, instance: str, due: float = 0.0) -> None:
        """Look at an instance when `due` (seconds since the epoch) has come. Thread-safe."""
        with self._condition:
            if due <= time.time():
                self._ready[instance] = True
            else:
                heapq.heappush(self._later, (due, instance))
            self._condition.notify()

    def _answered(self, answer: Answer) -> None:
        instance = answer.activity.instance
        with self._condition:
            self._answers.setdefault(instance, []).append(answer)
            self._outstanding[instance] -= 1
            rest = self._rest.get(instance, 0.0)
            if self._outstanding[instance] <= 0:
                del self._outstanding[instance]
                self._ready.setdefault(instance, False)
            elif rest <= time.time():
                self._ready.setdefault(instance, False)
            elif rest < _REMINDED:
                heapq.heappush(self._later, (rest, instance))
                self._rest[instance] = _REMINDED
            self._condition.notify()

    def _run(self) -> None:
        while True:
            ready, answers = self._next()
            if self._stopping:
                return self._keep(answers)
            self._round(ready, answers)

    def _next(self) -> tuple[list[_Ready], list[Answer]]:
        """What to look at, as soon as there is anything, and answers for instances that rest."""
        with self._condition:
            while not self._stopping:
                now = time.time()
                while self._later and self._later[0][0] <= now:
                    self._ready[heapq.heappop(self._later)[1]] = True
                if self._ready or self._answers:
                    break
                self._condition.wait(min(self._later[0][0] - now, 3600.0) if self._later else None)
            chosen = [] if self._stopping else list(self._ready)[:_MOST]
            ready = [_Ready(i, self._ready.pop(i), self._unwritten.pop(i, []) + self._answers.pop(i, [])) for i in chosen]
            rest = [i for i in self._answers if self._stopping or i not in self._ready]
            return ready, [answer for i in rest for answer in self._answers.pop(i)]

    def _round(self, ready: list[_Ready], answers: list[Answer]) -> None:
        group: list[Turn] = []
        began = time.monotonic()
        for one in ready:
            turn = self._decide(one)
            if turn is not None:
                group.append(turn)
            if time.monotonic() > began + _GROUP_SECONDS:
                self._write(group, answers)
                group, answers, began = [], [], time.monotonic()
        self._write(group, answers)

    def _decide(self, one: _Ready) -> Turn | None:
        try:
            if one.answers and one.instance in self._suspects:  # written first, so that a rehearsal meets them too
                self._turns.write([], one.answers)
                return self._turns.decide(one.instance, time.time(), [])
            turn = None if self._stopping else self._turns.decide(one.instance, time.time(), one.answers, inbox=one.inbox)
            if turn is None:
                self._turns.write([], one.answers)
        except Exception as error:
            self._postpone(one.instance, one.answers, error)
            return None
        return turn

    def _write(self, group: list[Turn], answers: list[Answer]) -> None:
        """Write episodes and answers together; when that fails, each alone, so that one cannot hold up the others."""
        try:
            self._turns.write(group, answers)
        except Exception as error:
            if len(group) + len(answers) > 1 and not isinstance(error, StoreBusy):
                for turn in group:
                    self._write([turn], [])
                for answer in answers:
                    self._write([], [answer])
                return
            for turn in group:
                self._postpone(turn.instance.id, turn.episode.answers, error)
            for answer in answers:
                self._postpone(answer.activity.instance, [answer], error)
            return
        self._dispatch([activity for turn in group for activity in turn.activities])
        for turn in group:
            self._rest_after(turn)
            for instance, due in turn.wake:
                self.wake(instance, due)

    def _rest_after(self, turn: Turn) -> None:
        instance = turn.instance.id
        with self._condition:
            self._trouble.pop(instance, None)
            if turn.instance.finished or instance not in self._outstanding:
                self._rest.pop(instance, None)
            else:
                self._rest[instance] = time.time() + min(_LONGEST_PAUSE, _PACE * turn.seconds)

    def _dispatch(self, activities: list[Activity]) -> None:
        if not activities:
            return
        with self._condition:
            for activity in activities:
                self._outstanding[activity.instance] += 1
        self._runner.submit(activities)

    def _postpone(self, instance: str, answers: list[Answer], error: Exception) -> None:
        with self._condition:
            self._unwritten.setdefault(instance, []).extend(answers)
        self._trouble[instance] += 1
        pause = min(30.0, 0.25 * 2.0 ** self._trouble[instance])
        if isinstance(error, StoreError):
            self._log("error", "store", code=error.code, message=error.message, advice=error.advice, instance=instance, again_in_s=pause)
        else:
            self._log("error", "engine", instance=instance, error=f"{type(error).__name__}: {error}", again_in_s=pause)
        self.wake(instance, time.time() + pause)

    def _keep(self, answers: list[Answer]) -> None:
        """At the end: what is not kept comes of another run of the activity."""
        answers += [answer for some in self._unwritten.values() for answer in some]
        try:
            self._turns.write([], answers)
        except StoreError as error:
            self._log("error", "store", code=error.code, message=error.message, advice=error.advice)
