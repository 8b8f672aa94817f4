"""Parsed histories of the instances used last, so that a sequence does not read its own past again and again."""

from collections import OrderedDict

from funchost.durable.protocol import Event
from funchost.store import Instance, Store

_CACHED_EVENTS = 200_000


class HistoryCache:
    """Bounded by the number of events it holds. Not thread-safe."""

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
