"""Writing down in a run what somebody did to it, with who it was. The record is written before the deed, so that no deed is without one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from api.identity import Principal
from api.services import Services
from shared.model import EventType, Run, make_event, new_id
from shared.stores import append

_LONGEST = 160
_log = logging.getLogger("qlf.audit")


async def accept(house: Services, run: Run, caller: Principal, command: str, *, key: str | None = None, **facts: str) -> Run:
    """Write `command.accepted`: this caller may do this, and it is handed over now. A repeated key of the same caller is written once."""
    cause = f"{command}/{caller.id}/{key or new_id('evt')}"
    return await record(house, run, caller, kind="command.accepted", key=cause, data={"command": command, **facts})


async def record(house: Services, run: Run, caller: Principal, *, kind: EventType, key: str, data: Mapping[str, Any]) -> Run:
    """Append an event with its actor to the run, whatever state the run is in by then; returns the run as it is afterwards."""
    event = make_event(run, kind, key, {**data, "actor": caller.actor()}, house.clock())
    return await append(house.stores.runs, run, event)


def note(caller: Principal, command: str, **facts: str) -> None:
    """Log what is done to something that has no run of ours, beside the line that every request has; foreign text comes escaped and cut."""
    told = " ".join(f"{name}:{value[:_LONGEST]!a}" for name, value in facts.items())
    _log.info("%s for %s %s %s", command, caller.kind, caller.id, told)
