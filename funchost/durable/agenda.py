"""What the engine has to look at, and when: instances with messages, answers of activities, timers.

Replay costs grow with history, so an instance whose activities are still coming in rests after an episode, for a time in
proportion to its last replay; otherwise a fan-out of n would be replayed n times.
"""

import heapq
import threading
import time
from collections import Counter
from dataclasses import dataclass
from itertools import islice

from funchost.store import Activity, Answer

_PACE = 2.0
_LONGEST_REST = 0.5
_MOST = 64
_REMINDED = float("inf")


@dataclass(frozen=True, slots=True)
class Ready:
    """An instance to look at; `inbox` if something may have been posted to it, `answers` of its activities in any case."""

    instance: str
    inbox: bool
    answers: list[Answer]


class Agenda:
    """Thread-safe. One thread takes from it; it sleeps until there is something to take."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._ready: dict[str, bool] = {}
        self._later: list[tuple[float, str]] = []
        self._answers: dict[str, list[Answer]] = {}
        self._put_back: dict[str, list[Answer]] = {}
        self._outstanding: Counter[str] = Counter()
        self._rest: dict[str, float] = {}
        self._posted: set[str] = set()
        self.closed = False

    def close(self) -> None:
        """Let `take` give out answers only, and no more instances."""
        with self._condition:
            self.closed = True
            self._condition.notify()

    def wake(self, instance: str, due: float = 0.0) -> None:
        """Something has been posted to an instance; look at it when `due` (seconds since the epoch) has come."""
        with self._condition:
            if due <= time.time():
                self._ready[instance] = True
            else:
                heapq.heappush(self._later, (due, instance))
            self._condition.notify()

    def expect(self, activities: list[Activity]) -> None:
        """Activities that will be answered."""
        with self._condition:
            for activity in activities:
                self._outstanding[activity.instance] += 1

    def answer(self, answer: Answer) -> None:
        """An activity has ended. The last one, and any one of an instance that does not rest, makes the instance ready."""
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

    def put_back(self, instance: str, answers: list[Answer], pause: float) -> None:
        """Answers that could not be written; they are taken again when the instance is, after a pause at the latest."""
        with self._condition:
            self._put_back.setdefault(instance, []).extend(answers)
        self.wake(instance, time.time() + pause)

    def rest(self, instance: str, replay_seconds: float, *, finished: bool) -> None:
        """An episode of the instance has been written."""
        with self._condition:
            if finished or instance not in self._outstanding:
                self._rest.pop(instance, None)
            else:
                self._rest[instance] = time.time() + min(_LONGEST_REST, _PACE * replay_seconds)

    def take(self) -> tuple[list[Ready], list[Answer]]:
        """What is ready, as soon as there is anything, and answers for instances that rest; all answers when it is closed."""
        with self._condition:
            while not self.closed:
                now = time.time()
                while self._later and self._later[0][0] <= now:
                    instance = heapq.heappop(self._later)[1]
                    self._ready[instance] = True
                    self._rest.pop(instance, None)  # the reminder is used up: an answer that comes now must not wait for it
                if self._ready or self._answers:
                    break
                self._condition.wait(min(self._later[0][0] - now, 3600.0) if self._later else None)
            if self.closed:
                return [], [a for some in (*self._put_back.values(), *self._answers.values()) for a in some]
            ready = [self._visit(instance) for instance in list(islice(self._ready, _MOST))]
            resting = [i for i in self._answers if i not in self._ready]
            self._posted.update(resting)
            return ready, [answer for i in resting for answer in self._answers.pop(i)]

    def _visit(self, instance: str) -> Ready:
        inbox = self._ready.pop(instance) or instance in self._posted
        self._posted.discard(instance)
        return Ready(instance, inbox, self._put_back.pop(instance, []) + self._answers.pop(instance, []))
