"""Waiting for an event: the bus tells of one in this process at once, the store of one in any other process a little later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from shared.stores.ports import EventBus


async def wait_until(reached: Callable[[], Awaitable[bool]], bus: EventBus, timeout: float, pause: float, longest: float) -> bool:
    """True once `reached()`, False after `timeout` seconds.

    It is asked again whenever the bus hands over an event, and without one after `pause` seconds, doubled each time up to `longest`.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    async with bus.subscribe() as heard:
        while not await reached():
            remaining = deadline - loop.time()
            if remaining <= 0:
                return False
            wake = asyncio.ensure_future(anext(heard))
            try:
                await asyncio.wait({wake}, timeout=min(pause, remaining))
            finally:
                wake.cancel()
            pause = min(pause * 2, longest)
    return True
