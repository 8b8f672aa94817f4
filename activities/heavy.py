"""Heavy work (gates, packaging) goes through a few slots, first come first served, so that a busy machine stays usable."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from shared.telemetry import names, record
from shared.wiring import services


class Slots:
    """As many at once as there are slots; the others wait in the order they came."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self._waiting = 0

    @asynccontextmanager
    async def take(self, on_wait: Callable[[int], Awaitable[None]]) -> AsyncIterator[None]:
        """Hold a slot; `on_wait` is told the position in the queue (from 1) when there is none free."""
        began = time.monotonic()
        if self._free.locked():
            self._waiting += 1
            record(names.HEAVY_WAITING, 1)
            try:
                await on_wait(self._waiting)
                await self._free.acquire()
            finally:
                self._waiting -= 1
                record(names.HEAVY_WAITING, -1)
        else:
            await self._free.acquire()
        record(names.HEAVY_WAIT, time.monotonic() - began)
        try:
            yield
        finally:
            self._free.release()


@functools.cache
def slots() -> Slots:
    """The slots of this process: one per core unless the settings say otherwise."""
    return Slots(services().settings.heavy_slots)
