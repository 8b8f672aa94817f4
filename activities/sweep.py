"""The sweeper's work: end the previews whose time is over, and write down which have ended while nobody looked."""

from __future__ import annotations

from shared.model import Preview
from shared.telemetry import names, record, span
from shared.wiring import services


async def sweep() -> list[str]:
    """Refresh every preview of this installation that is not known to have ended; the ids of those that have."""
    house = services()
    gone: list[Preview] = []
    live, overdue, cursor = 0, 0, None
    with span("sweep"):
        record(names.HEARTBEAT)
        await house.previews.sweep()
        while True:
            page = await house.stores.previews.list(house.settings.project, limit=100, cursor=cursor)
            for preview in page.items:
                if preview.status in ("destroyed", "failed"):
                    continue
                now = await house.previews.refresh(preview)
                if now.status != preview.status:
                    await house.stores.previews.put(now, if_match=preview.etag)
                    gone.append(now)
                if now.status not in ("destroyed", "failed"):
                    live, overdue = live + 1, overdue + (now.expires_at < house.clock())
            cursor = page.next_cursor
            if cursor is None:
                return told(gone, live, overdue)


def told(gone: list[Preview], live: int, overdue: int) -> list[str]:
    """Record what the sweep found; the ids of the previews that have ended."""
    for preview in gone:
        record(names.PREVIEWS_ENDED, 1, status=preview.status)
    record(names.PREVIEWS_LIVE, live)
    record(names.PREVIEWS_OVERDUE, overdue)
    return [preview.id for preview in gone]
