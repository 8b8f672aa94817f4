"""The sweeper's work: end the previews whose time is over or whose record has ended, and write down which ended while nobody looked."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shared.model import PREVIEW_ENDED, Preview, QlfError
from shared.stores import move_preview
from shared.telemetry import names, record, span
from shared.wiring import Services, services

OVERDUE_AFTER = timedelta(minutes=10)
"""Two rounds: what has lived so long beyond its end could not be ended by the first of them."""
SWEEPER = {"id": "sweeper", "kind": "system"}
_log = logging.getLogger("qlf.sweep")


@dataclass(slots=True)
class Found:
    """What a round has seen so far. `overdue` are ids of previews that had outlived their end when it came, or whose record has ended
    and that could not be ended after it; `live` are those that stay.

    Both stand for nothing until the place or the records were `read`.
    """

    read: bool = False
    gone: list[Preview] = field(default_factory=list)
    live: set[str] = field(default_factory=set)
    overdue: set[str] = field(default_factory=set)


async def sweep() -> list[str]:
    """Refresh every preview of whichever project: those that the place of previews knows, and those that live by their records alone.

    The ids of those that have ended. One that cannot be ended or looked at now is left to the next time, and is counted whatever
    goes wrong.
    """
    house, found = services(), Found()
    with span("sweep"):
        try:
            await _round(house, found)
        finally:
            told(found)
    return [preview.id for preview in found.gone]


async def _round(house: Services, found: Found) -> None:
    """Look at the place first and then at the records, also when the place does not answer; that is told at the end."""
    late = _before(house.clock(), OVERDUE_AFTER)
    ends: Mapping[str, str] = {}
    ended: list[str] = []
    fault = None
    try:
        ends = await house.previews.running()
        found.read = True
        found.overdue |= {preview_id for preview_id, end in ends.items() if end < late}
        ended = await _end_at_the_place(house)
    except QlfError as error:
        fault = error
    known = {preview.id: preview.expires_at for preview in await house.stores.previews.live()}
    found.read = True
    found.live |= {*ends, *known} - set(ended)
    for preview_id in sorted({*ended, *ends, *known}):
        await _look(house, preview_id, found, there=preview_id in ends and preview_id not in ended)
        if preview_id in known and known[preview_id] < late and preview_id in found.live:
            found.overdue.add(preview_id)
    if fault is not None:
        raise fault


async def _end_at_the_place(house: Services) -> list[str]:
    """The ids of what was ended; what could not be is told to the log."""
    swept = await house.previews.sweep()
    for what, code in swept.left.items():
        _log.warning("%s could not be ended: %s", what, code)
    return swept.ended


async def _look(house: Services, preview_id: str, found: Found, *, there: bool) -> None:
    """Look at one preview; what changed is written down. One that cannot be looked at now stays as it was found."""
    try:
        before = await house.stores.previews.get(preview_id)
        if before.status in PREVIEW_ENDED:
            await _end_again(house, before, found, there=there)
            return
        now = await house.previews.refresh(before)
        if now.status != before.status:
            now = await move_preview(house.stores, before, now, actor=SWEEPER, time=house.clock())
            found.gone.append(now)
    except QlfError as error:
        if error.code != "QLF7008":  # its record is lost: the place ends it at its time
            _log.warning("preview %s could not be looked at: %s", preview_id, error)
        return
    (found.live.discard if now.status in PREVIEW_ENDED else found.live.add)(preview_id)


async def _end_again(house: Services, preview: Preview, found: Found, *, there: bool) -> None:
    """End what lives on although its record has ended, as when it was refused then; the end is told, so nothing is written."""
    try:
        if there:
            await house.previews.destroy(preview)
        found.live.discard(preview.id)
    except QlfError as error:
        found.overdue.add(preview.id)
        _log.warning("preview %s has ended and is still there: %s", preview.id, error)


def _before(now: str, span: timedelta) -> str:
    return (datetime.fromisoformat(now).astimezone(UTC) - span).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def told(found: Found) -> None:
    """Record what the round found."""
    for preview in found.gone:
        record(names.PREVIEWS_ENDED, 1, status=preview.status)
    if found.read:
        record(names.PREVIEWS_LIVE, len(found.live))
        record(names.PREVIEWS_OVERDUE, len(found.overdue))
