"""Runs that are at work and tell nothing: they are counted for an alert, and each silence is written down once, in its run.

A run that hangs raises nothing, and what its orchestration waits for may never come; only that its events have stopped can be seen.
"""

from __future__ import annotations

import logging

from activities.open_preview import later
from activities.transition import ETAG_CONFLICT
from shared.model import Event, EventType, InputError, Run, make_event
from shared.stores import MAX_PAGE
from shared.telemetry import names, record, span
from shared.wiring import Services, services

SILENT_SECONDS = 30 * 60
"""Longer than any single activity may run: a gate ends within 25 minutes."""
_STUCK: EventType = "run.stuck_detected"
_log = logging.getLogger("qlf.silence")


async def listen() -> list[str]:
    """Look at the runs of every project, at most 100 that are silent; the ids of those whose silence is new."""
    house = services()
    with span("silence"):
        before = later(house.clock(), -SILENT_SECONDS)
        new: list[str] = []
        silent = 0
        for run in await house.stores.runs.silent(before, MAX_PAGE):
            newest = await _newest(house, run)
            if newest is None or (newest.type != _STUCK and newest.time >= before):
                continue
            if newest.type == _STUCK or await _written_down(house, run, newest):
                silent += 1
                new += [run.id] if newest.type != _STUCK else []
        record(names.RUNS_SILENT, silent)
    return new


async def _newest(house: Services, run: Run) -> Event | None:
    """The last event that the run has told, as far as the list of runs knows; what came since makes `commit` refuse."""
    found = await house.stores.runs.events(run.id, after=run.seq - 1, limit=1)
    return found[0] if found else None


async def _written_down(house: Services, run: Run, last: Event) -> bool:
    """Append the event; False when the run was heard of meanwhile. Its id follows from the last event, so a silence has one."""
    told = make_event(run, _STUCK, last.id, {"silent_since": last.time, "last_event": last.type, "phase": run.phase}, house.clock())
    try:
        await house.stores.runs.commit(run, [told], if_match=run.etag)
    except InputError as error:
        if error.code != ETAG_CONFLICT:
            raise
        return False
    with span("silence", run_id=run.id, project_id=run.project_id):
        _log.warning("run %s is silent since %s, after %s in phase %s", run.id, last.time, last.type, run.phase)
    return True
