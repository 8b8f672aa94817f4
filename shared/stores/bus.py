"""The in-process bus: committed events go to listeners on any thread's event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from shared.model import Event

_BACKLOG = 1000


class InProcessBus:
    """Hands each event to every subscription of this process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._subscriptions: list[_Subscription] = []

    async def publish(self, event: Event) -> None:
        """Hand the event to every subscription; never waits for a listener."""
        for subscription in self._current():
            subscription.offer(event)

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Listen from now on. A listener more than 1,000 events behind loses the oldest ones."""
        return self._listen()

    @asynccontextmanager
    async def _listen(self) -> AsyncIterator[AsyncIterator[Event]]:
        subscription = _Subscription(asyncio.get_running_loop())
        with self._guard:
            self._subscriptions.append(subscription)
        try:
            yield subscription
        finally:
            with self._guard:
                self._subscriptions.remove(subscription)

    def _current(self) -> Iterator[_Subscription]:
        with self._guard:
            return iter(list(self._subscriptions))


class _Subscription:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queue: asyncio.Queue[Event] = asyncio.Queue(_BACKLOG)

    def offer(self, event: Event) -> None:
        with contextlib.suppress(RuntimeError):  # a loop that was closed meanwhile has no listener left
            self._loop.call_soon_threadsafe(self._put, event)

    def _put(self, event: Event) -> None:
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(event)

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        return await self._queue.get()
