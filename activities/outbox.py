"""The outbox's work: what was committed goes out to whoever listens outside the installation. And, as this timer is the most frequent
one, the sign of life that an alert waits for."""

from __future__ import annotations

from shared.telemetry import names, record
from shared.wiring import services


async def relay() -> int:
    """Relay committed events; how many. Where nobody outside listens there is nothing to do."""
    house = services()
    record(names.HEARTBEAT)
    if house.publisher is None:
        return 0
    return await house.stores.outbox.relay(house.publisher)
