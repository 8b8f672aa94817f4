"""One event loop for the cloud clients of a process.

The SDK's asynchronous clients belong to the loop that first used them, while the ports promise to work from any loop: so the clients
live on a loop of their own, in a daemon thread, and callers of any loop wait for what runs there.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_CLOSE_SECONDS = 5.0


class ClientLoop:
    """Runs coroutines on its own loop, started on first use. What is handed to `at_close` runs there before it ends."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._guard = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closers: list[Callable[[], Awaitable[None]]] = []

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, which runs with the caller's context and ends when the caller is cancelled."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._running()))

    async def iterate(self, items: AsyncGenerator[T, None]) -> AsyncIterator[T]:
        """The items of a generator, each made on the client loop when the caller asks for it; closed there when the caller leaves."""
        try:
            while True:
                try:
                    item = await self.run(_next(items))
                except StopAsyncIteration:
                    return
                yield item
        finally:
            await self.run(items.aclose())

    def at_close(self, closer: Callable[[], Awaitable[None]]) -> None:
        """Run `closer` on the loop before it ends; the one that came last runs first."""
        self._closers.append(closer)

    def close(self) -> None:
        """Close the clients within seconds and end the thread. The loop starts anew should it be used again."""
        with self._guard:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        atexit.unregister(self.close)
        closing = asyncio.run_coroutine_threadsafe(self._close_all(), loop)
        with contextlib.suppress(TimeoutError):
            closing.result(_CLOSE_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_CLOSE_SECONDS)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._guard:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_serve, args=(self._loop,), name=self._name, daemon=True)
                self._thread.start()
                atexit.register(self.close)
            return self._loop

    async def _close_all(self) -> None:
        while self._closers:
            closer = self._closers.pop()
            # A client that cannot say goodbye must not keep the others, or the process, from ending.
            with contextlib.suppress(Exception):
                await closer()


async def _next(items: AsyncGenerator[T, None]) -> T:
    return await anext(items)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
