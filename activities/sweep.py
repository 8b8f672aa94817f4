"""The sweeper's work: end the previews whose time is over, and write down which have ended while nobody looked."""

from __future__ import annotations

import logging

from shared.model import Preview, QlfError
from shared.telemetry import names, record, span
from shared.wiring import Services, services

_ENDED = ("destroyed", "failed")
_log = logging.getLogger("qlf.sweep")


async def sweep() -> list[str]:
    """Refresh every preview that the place of previews knows, of whichever project, and the records of our own project that it does not.

    The ids of those that have ended. One that cannot be looked at now is left to the next time.
    """
    house = services()
    gone: list[Preview] = []
    live = overdue = 0
    with span("sweep"):
        record(names.HEARTBEAT)
        ended = await house.previews.sweep()
        running = set(await house.previews.running())
        for preview_id in sorted({*ended, *running, *await _of_own_project(house)}):
            try:
                before, now = await _looked_at(house, preview_id)
            except QlfError as error:
                live += preview_id in running
                if error.code != "QLF7008":  # its record is lost: the place ends it at its time
                    _log.warning("preview %s could not be looked at: %s", preview_id, error)
                continue
            if now.status != before.status:
                gone.append(now)
            if now.status not in _ENDED:
                live, overdue = live + 1, overdue + (now.expires_at < house.clock())
    return told(gone, live, overdue)


async def _of_own_project(house: Services) -> list[str]:
    """The previews whose records do not say that they have ended."""
    found: list[str] = []
    cursor = None
    while True:
        page = await house.stores.previews.list(house.settings.project, limit=100, cursor=cursor)
        found += [preview.id for preview in page.items if preview.status not in _ENDED]
        cursor = page.next_cursor
        if cursor is None:
            return found


async def _looked_at(house: Services, preview_id: str) -> tuple[Preview, Preview]:
    """The record before and after the look; what changed is written down."""
    before = await house.stores.previews.get(preview_id)
    if before.status in _ENDED:
        return before, before
    now = await house.previews.refresh(before)
    if now.status != before.status:
        now = await house.stores.previews.put(now, if_match=before.etag)
    return before, now


def told(gone: list[Preview], live: int, overdue: int) -> list[str]:
    """Record what the sweep found; the ids of the previews that have ended."""
    for preview in gone:
        record(names.PREVIEWS_ENDED, 1, status=preview.status)
    record(names.PREVIEWS_LIVE, live)
    record(names.PREVIEWS_OVERDUE, overdue)
    return [preview.id for preview in gone]
