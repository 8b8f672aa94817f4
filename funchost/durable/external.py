"""External events of one execution: who waits for which name, and what came before anybody did."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable

from funchost.durable.traps import Trap
from funchost.durable.waits import Leaf


class ExternalEvents:
    """The engine's side of `wait_for_external_event`: names without case, the newest waiter first, early events in a queue."""

    def __init__(self, trap: Callable[[Trap], None]) -> None:
        self._trap = trap
        self._waiters: dict[str, list[tuple[str, Leaf]]] = defaultdict(list)
        self._queues: dict[str, deque[str]] = defaultdict(deque)
        self._early: set[str] = set()
        self._waits: Counter[str] = Counter()

    @property
    def unread(self) -> bool:
        """Whether events lie here that nobody has waited for."""
        return any(self._queues.values())

    def raised(self, name: str) -> None:
        """An event has come."""
        key = name.lower()
        waiting = self._waiters[key]
        if waiting:
            wanted, leaf = waiting.pop()
            if wanted != name:
                self._trap(Trap.event_case(name, wanted))
            leaf.finish()
            return
        self._queues[key].append(name)
        self._early.add(key)
        if len(self._queues[key]) > 1:
            self._trap(Trap.queued_events(name))

    def wait(self, name: str, leaf: Leaf) -> None:
        """End `leaf` with the oldest early event of that name, or with the next one that comes."""
        key = name.lower()
        self._waits[key] += 1
        if self._waits[key] > 1 and key in self._early:
            self._trap(Trap.event_reused(name))
        if not self._queues[key]:
            self._waiters[key].append((name, leaf))
            return
        raised = self._queues[key].popleft()
        if raised != name:
            self._trap(Trap.event_case(raised, name))
        leaf.finish()
