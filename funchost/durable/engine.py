"""The loop that keeps orchestrations moving: a thread that sleeps until an inbox has something due.

Replay costs grow with history, so an instance whose activities are still coming in is replayed again only after a pause
in proportion to its last replay; otherwise a fan-out of n would be replayed n times.
"""

import heapq
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any, TypeAlias

from funchost.durable.activities import Runner
from funchost.durable.episode import Turn, Turns
from funchost.durable.running import RunningMark
from funchost.errors import StoreError
from funchost.logs import Log
from funchost.store import Activity, Store

Probe: TypeAlias = Callable[[str, dict[str, Any]], bool]

_PACE = 2.0
_LONGEST_PAUSE = 0.5
_DEATHS = 3


class Engine:
    """Owns the episode thread."""

    def __init__(self, store: Store, turns: Turns, runner: Runner, mark: RunningMark, log: Log, *, probe: Probe) -> None:
        self._store, self._turns, self._runner, self._mark, self._log, self._probe = store, turns, runner, mark, log, probe
        self._condition = threading.Condition()
        self._ready: OrderedDict[str, None] = OrderedDict()
        self._later: list[tuple[float, str]] = []
        self._outstanding: Counter[str] = Counter()
        self._rest: dict[str, float] = {}
        self._trouble: Counter[str] = Counter()
        self._stopping = False
        self._thread: threading.Thread | None = None
        runner.finished = self._activity_finished

    def recover(self) -> None:
        """Take up where the last process stopped: count its death, queue what was due or running."""
        victim = self._mark.left_behind()
        if victim is not None:
            row = self._store.count_death(victim)
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
        self._schedule(self._turns.fail(instance, reason, now))

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
                self._ready[instance] = None
            else:
                heapq.heappush(self._later, (due, instance))
            self._condition.notify()

    def _activity_finished(self, activity: Activity) -> None:
        instance = activity.instance
        with self._condition:
            self._outstanding[instance] -= 1
            rest = self._rest.get(instance, 0.0)
            if self._outstanding[instance] <= 0:
                del self._outstanding[instance]
                self._ready[instance] = None
            elif instance in self._ready:
                return
            elif rest > time.time():
                if rest < float("inf"):
                    heapq.heappush(self._later, (rest, instance))
                    self._rest[instance] = float("inf")  # one reminder is enough
                return
            else:
                self._ready[instance] = None
            self._condition.notify()

    def _run(self) -> None:
        while True:
            instance = self._next()
            if instance is None:
                return
            try:
                self._episode(instance)
            except StoreError as error:
                self._postpone(instance, error)
            except Exception as error:
                self._log("error", "engine", instance=instance, error=f"{type(error).__name__}: {error}")
                self._trouble[instance] += 1
                self.wake(instance, time.time() + min(30.0, 2.0 ** self._trouble[instance]))

    def _next(self) -> str | None:
        with self._condition:
            while not self._stopping:
                now = time.time()
                while self._later and self._later[0][0] <= now:
                    _, instance = heapq.heappop(self._later)
                    self._ready[instance] = None
                if self._ready:
                    return self._ready.popitem(last=False)[0]
                self._condition.wait(min(self._later[0][0] - now, 3600.0) if self._later else None)
        return None

    def _episode(self, instance: str) -> None:
        began = time.time()
        turn = self._turns.run(instance, began)
        self._trouble.pop(instance, None)
        self._schedule(turn)
        now = time.time()
        with self._condition:
            if turn.finished or instance not in self._outstanding:
                self._rest.pop(instance, None)
            else:
                self._rest[instance] = now + min(_LONGEST_PAUSE, _PACE * (now - began))

    def _schedule(self, turn: Turn) -> None:
        for instance, due in turn.wake:
            self.wake(instance, due)
        self._dispatch(turn.activities)

    def _dispatch(self, activities: list[Activity]) -> None:
        if not activities:
            return
        with self._condition:
            for activity in activities:
                self._outstanding[activity.instance] += 1
        self._runner.submit(activities)

    def _postpone(self, instance: str, error: StoreError) -> None:
        self._trouble[instance] += 1
        pause = min(10.0, 0.25 * 2.0 ** self._trouble[instance])
        self._log("error", "store", code=error.code, message=error.message, advice=error.advice, instance=instance, again_in_s=pause)
        self.wake(instance, time.time() + pause)
