"""Events that a subscriber outside gave up on."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path

from api.auditing import accept, note
from api.identity import Principal
from api.parameters import Caller, Unscoped
from api.problems import documented
from api.schemas import Replayed, ReplayOrder
from api.services import Services
from shared.model import ConfigError, InputError
from shared.stores import Replay

router = APIRouter(tags=["dead letters"])
Subscription = Annotated[str, Path(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$", description="A subscription of the topic.")]


@router.post(
    "/dead-letters/{subscription}/actions/replay",
    response_model=Replayed,
    responses=documented("QLF7050", "QLF7051", "QLF7052", "QLF7053"),
)
async def replay(subscription: Subscription, body: ReplayOrder, house: Unscoped, caller: Caller) -> Replayed:
    """Send events that this subscriber gave up on once more, the oldest first, to it alone. Each run's events tell who had it done."""
    if house.dead_letters is None:
        raise ConfigError("QLF7053")
    return Replayed(items=await house.dead_letters.replay(subscription, body.limit, partial(_write_down, house, caller, subscription)))


async def _write_down(house: Services, caller: Principal, subscription: str, letter: Replay) -> None:
    """The record of a letter that is about to be sent: an event of its run, or a line of the audit log where no such run is known."""
    try:
        run = await house.stores.runs.get(letter.run_id)
    except InputError:  # a letter of a run that was deleted, or of somebody else's making
        note(caller, "replay", subscription=subscription, message_id=letter.message_id, run_id=letter.run_id)
        return
    key = f"{subscription}/{letter.message_id}"
    await accept(house, run, caller, "replay", key=key, subscription=subscription, message_id=letter.message_id)
