"""Commands to a run. The orchestration moves the state: a command starts it, or reaches it as an external event."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auditing import accept, record
from api.conditional import IfMatch, require
from api.durable import ENDED, Client, DurableClient, start_once, state_of, tell
from api.identity import Principal
from api.parameters import Caller, House, Key, RunId
from api.problems import documented
from api.routers.runs import accepted
from api.services import Services
from api.starting import create_run, job_of
from shared.model import TERMINAL, InputError, Run, new_id

router = APIRouter(tags=["runs"])
Command = Literal["start", "pause", "resume", "cancel", "retry", "rerun"]
_ACTIVE = ("pending", "planning", "planned", "running")


@router.post(
    "/runs/{run_id}/actions/{command}",
    status_code=202,
    response_model=Run,
    responses=documented("QLF7001", "QLF7002", "QLF7003", "QLF7108", "QLF7111", "QLF7112"),
)
async def act(
    *,
    request: Request,
    run_id: RunId,
    command: Command,
    house: House,
    caller: Caller,
    client: Client,
    key: Key = None,
    if_match: IfMatch = None,
) -> Response:
    """Give a command. 202 says that it was handed over; the run's events say what it did. Illegal ones are told as `command.rejected`."""
    run = await house.stores.runs.get(run_id)
    require(if_match, run.etag)
    if command == "rerun":
        again = await create_run(house, client, run.brief, run.options, project=run.project_id, caller=caller, key=key, parent=run.id)
        return accepted(request, again)
    if reason := await refusal(client, run, command):
        await _reject(house, run, command, reason, caller)
        raise InputError("QLF7108", f"{command}: {reason}")
    await _give(client, await accept(house, run, caller, command, key=key), command)
    return accepted(request, await house.stores.runs.get(run_id))


async def refusal(client: DurableClient, run: Run, command: Command) -> str:
    """Why the run does not take the command now; empty when it does."""
    if run.status in TERMINAL:
        return f"the run is {run.status}; start a new one with rerun"
    if command == "cancel":
        return ""
    if command == "start":
        return "" if run.status == "pending" else f"the run is {run.status}, not pending"
    driven = await _is_driven(client, run)
    if command == "pause":
        return "" if run.status in _ACTIVE and driven else f"the run is {run.status} and cannot be paused"
    if command == "resume":
        waits = run.status in ("paused", "blocked") and driven
        return "" if waits else f"the run is {run.status} and waits for nothing" + (": retry it" if run.status == "blocked" else "")
    return "" if run.status == "blocked" and not driven else f"the run is {run.status}; only a blocked one that has ended can be retried"


async def _give(client: DurableClient, run: Run, command: Command) -> None:
    if command == "start":
        await start_once(client, "run", run.id, job_of(run))
        return
    if command in ("retry", "cancel"):
        # Only an orchestration moves a run: where it has ended or was lost, a new one takes the command.
        await start_once(client, "run", run.id, job_of(run, run.seq), again=True)
    if command != "retry":
        await tell(client, run.id, run.signals.get(command, f"{command}-1"), {"id": new_id("evt")})


async def _is_driven(client: DurableClient, run: Run) -> bool:
    return await state_of(client, run.id) not in {None, *ENDED}


async def _reject(house: Services, run: Run, command: Command, reason: str, caller: Principal) -> None:
    """Write `command.rejected`, once for the same command of the same caller in the same state."""
    key = f"{command}/{run.status}/{run.phase}/{caller.id}"
    await record(house, run, caller, kind="command.rejected", key=key, data={"command": command, "reason": reason})
