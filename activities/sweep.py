"""The sweeper's work: end the previews whose time is over, and write down which have ended while nobody looked."""

from __future__ import annotations

from shared.wiring import services


async def sweep() -> list[str]:
    """Refresh every preview of this installation that is not known to have ended; the ids of those that have."""
    house = services()
    await house.previews.sweep()
    gone, cursor = [], None
    while True:
        page = await house.stores.previews.list(house.settings.project, limit=100, cursor=cursor)
        for preview in page.items:
            if preview.status in ("destroyed", "failed"):
                continue
            now = await house.previews.refresh(preview)
            if now.status != preview.status:
                await house.stores.previews.put(now, if_match=preview.etag)
                gone.append(now.id)
        cursor = page.next_cursor
        if cursor is None:
            return gone
