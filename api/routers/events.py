"""A run's events, with a long poll: ask with the last `next`, wait, get what came."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.parameters import House, RunId
from api.problems import documented
from api.schemas import EventPage

router = APIRouter(tags=["runs"])
After = Annotated[int, Query(ge=0, le=2**63 - 1, description="Only events with a greater `seq`.")]
Wait = Annotated[int, Query(ge=0, le=30, description="Seconds to wait for an event when there is none yet.")]
Many = Annotated[int, Query(ge=1, le=1000, description="Most events of the answer.")]


@router.get("/runs/{run_id}/events", response_model=EventPage, responses=documented("QLF7001"))
async def read(run_id: RunId, house: House, after: After = 0, wait: Wait = 0, limit: Many = 100) -> EventPage:
    """Events after `after`, in order."""
    run = await house.stores.runs.get(run_id)
    if wait and run.seq <= after:
        await house.stores.runs.wait(run_id, after, wait)
    events = await house.stores.runs.events(run_id, after=after, limit=limit)
    return EventPage(items=events, next=events[-1].seq if events else after)
