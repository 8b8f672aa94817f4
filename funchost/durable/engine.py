"""The loop that keeps orchestrations moving: one thread takes what is ready from the agenda, decides it, and writes it down.

Instances that are ready at the same moment are written in one transaction, as many as can be decided in a few milliseconds.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

from funchost.durable.activities import Runner
from funchost.durable.agenda import Agenda, Ready
from funchost.durable.episode import Turn, Turns
from funchost.durable.running import RunningMark
from funchost.errors import StoreBusy, StoreError
from funchost.logs import Log
from funchost.store import Activity, Answer, Store

Probe: TypeAlias = Callable[[str, dict[str, Any]], bool]

_DEATHS = 3
_GROUP_SECONDS = 0.005


class Engine:
    """Owns the episode thread."""

    def __init__(self, store: Store, turns: Turns, runner: Runner, mark: RunningMark, log: Log, *, probe: Probe) -> None:
        self._store, self._turns, self._runner, self._mark, self._log, self._probe = store, turns, runner, mark, log, probe
        self._agenda = Agenda()
        self._trouble: Counter[str] = Counter()
        self._suspects: set[str] = set()
        self._thread: threading.Thread | None = None
        self.wake = self._agenda.wake
        runner.answered = self._agenda.answer

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
        """Finish the current episode, write down what came of activities, and end."""
        self._agenda.close()
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._agenda.closed:
            self._round(*self._agenda.take())
        try:
            self._turns.write([], self._agenda.take()[1])
        except StoreError as error:  # what is not written comes of another run of the activity
            self._log("error", "store", code=error.code, message=error.message, advice=error.advice)

    def _round(self, ready: list[Ready], answers: list[Answer]) -> None:
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

    def _decide(self, one: Ready) -> Turn | None:
        try:
            if one.answers and one.instance in self._suspects:  # written first, so that a rehearsal meets them too
                self._turns.write([], one.answers)
                return self._turns.decide(one.instance, time.time(), [])
            turn = None if self._agenda.closed else self._turns.decide(one.instance, time.time(), one.answers, inbox=one.inbox)
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
            self._trouble.pop(turn.instance.id, None)
            self._agenda.rest(turn.instance.id, turn.seconds, finished=turn.instance.finished)
            for instance, due in turn.wake:
                self.wake(instance, due)

    def _dispatch(self, activities: list[Activity]) -> None:
        if activities:
            self._agenda.expect(activities)
            self._runner.submit(activities)

    def _postpone(self, instance: str, answers: list[Answer], error: Exception) -> None:
        self._trouble[instance] += 1
        pause = min(30.0, 0.25 * 2.0 ** min(self._trouble[instance], 7))
        if isinstance(error, StoreError):
            self._log("error", "store", code=error.code, message=error.message, advice=error.advice, instance=instance, again_in_s=pause)
        else:
            self._log("error", "engine", instance=instance, error=f"{type(error).__name__}: {error}", again_in_s=pause)
        self._agenda.put_back(instance, answers, pause)
