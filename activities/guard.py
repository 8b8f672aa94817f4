"""The border of every activity: answers are small JSON, failures are typed errors in the answer.

An activity never raises for what it can name. A fault of ours is logged with its stack and answered as QLF9000, so an
orchestration always learns what happened, and a run that has ended makes the work still queued for it stop at once.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from activities.watch import watched
from shared.model import TERMINAL, InternalError, QlfError, stack_of
from shared.wiring import services

Job = dict[str, Any]
Activity = Callable[[Job], Awaitable[Job]]

log = logging.getLogger("qlf.activities")


def guarded(activity: Activity) -> Activity:
    """Turn exceptions into `{"error": …}` (see `QlfError.to_json`)."""

    @functools.wraps(activity)
    async def run(job: Job) -> Job:
        with watched(activity.__name__, job) as watch:
            try:
                return watch.answered(await activity(job))
            except QlfError as error:
                return watch.answered({"error": error.to_json()})
            except Exception as error:
                log.error("activity %s failed in run %s: %s", activity.__module__, job.get("run_id"), stack_of(error))
                fault = InternalError("QLF9000", f"{activity.__module__}: {type(error).__name__}")  # its text may quote the brief
                return watch.answered({"error": fault.to_json()})

    return run


def for_live_run(activity: Activity) -> Activity:
    """As `guarded`, and refuse to work for a run that has ended meanwhile."""

    @functools.wraps(activity)
    async def run(job: Job) -> Job:
        if (await services().stores.runs.get(job["run_id"])).status in TERMINAL:
            raise InternalError("QLF9003")
        return await activity(job)

    return guarded(run)
