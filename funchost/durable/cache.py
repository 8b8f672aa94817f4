"""Rows and parsed histories of the running instances used last, so that a sequence does not read its own past again and again.

Only the engine's thread changes a running instance, so what it wrote last is what the store holds.
"""

from collections import OrderedDict

from funchost.durable.protocol import Event
from funchost.store import Instance, Store

_CACHED_EVENTS = 200_000


class HistoryCache:
    """Bounded by the number of events it holds. Not thread-safe."""

    def __init__(self, limit: int = _CACHED_EVENTS) -> None:
        self._entries: OrderedDict[str, tuple[Instance, list[Event]]] = OrderedDict()
        self._limit, self._size = limit, 0

    def row(self, instance: str) -> Instance | None:
        """The instance as it was written last, if it is remembered."""
        entry = self._entries.get(instance)
        return None if entry is None else entry[0]

    def get(self, row: Instance, store: Store) -> list[Event]:
        """The past of the current execution."""
        entry = self._entries.get(row.id)
        if entry is not None and entry[0].execution == row.execution:
            self._entries.move_to_end(row.id)
            return entry[1]
        return store.history(row.id)

    def put(self, row: Instance, events: list[Event]) -> None:
        """Keep a history; the oldest entries make room."""
        self.drop(row.id)
        self._entries[row.id] = (row, events)
        self._size += len(events)
        while self._size > self._limit and self._entries:
            self.drop(next(iter(self._entries)))

    def drop(self, instance: str) -> None:
        """Forget an instance."""
        entry = self._entries.pop(instance, None)
        if entry is not None:
            self._size -= len(entry[1])
