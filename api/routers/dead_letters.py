"""Events that a subscriber outside gave up on."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated

from fastapi import APIRouter, Path

from api.auditing import record
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
    sent = await house.dead_letters.replay(subscription, body.limit)
    by_run: dict[str, list[Replay]] = defaultdict(list)
    for one in sent:
        by_run[one.run_id].append(one)
    for run_id, ones in by_run.items():
        await _write_down(house, caller, subscription, run_id, ones)
    return Replayed(items=sent)


async def _write_down(house: Services, caller: Caller, subscription: str, run_id: str, sent: list[Replay]) -> None:
    try:
        run = await house.stores.runs.get(run_id)
    except InputError:  # a letter of a run that was deleted, or of somebody else's making
        return
    ids = [one.message_id for one in sent]
    facts = {"command": "replay", "subscription": subscription, "message_ids": ids}
    await record(house, run, caller, kind="command.accepted", key=f"replay/{subscription}/{ids[0]}", data=facts)
