"""Making a run: its document, its first event, and the one orchestration that drives it."""

from __future__ import annotations

from typing import Any

from api.bodies import BRIEF_BYTES
from api.durable import DurableClient, start_once
from api.identity import Principal
from api.services import Services
from shared.model import TERMINAL, ArtifactRef, InputError, Run, RunOptions, is_id, make_event, new_id
from shared.telemetry import traceparent


def brief_bytes(brief: str) -> bytes:
    """The brief as UTF-8. Raises InputError QLF7105 above 64 kB."""
    data = brief.encode()
    if len(data) > BRIEF_BYTES:
        raise InputError("QLF7105")
    return data


async def create_run(
    house: Services,
    client: DurableClient,
    brief: ArtifactRef,
    options: RunOptions,
    *,
    project: str,
    caller: Principal,
    key: str | None,
    parent: str | None = None,
) -> Run:
    """The run that this request asks for, made or found by its key, and its orchestration started where none exists."""
    now = house.clock()
    run = Run(
        id=id_for(key), project_id=project, owner=caller.id, parent_run_id=parent,
        brief=brief, options=options, created_at=now, updated_at=now,
    )  # fmt: skip
    facts = {"brief": brief.to_json(), "parent_run_id": parent, "actor": caller.actor()}
    received = make_event(run, "run.received", "received", facts, now)
    stored, _ = await house.stores.runs.create(run, received, key)
    if stored.status not in TERMINAL:
        await start_once(client, "run", stored.id, job_of(stored))
    return stored


def job_of(run: Run, attempt: int = 0) -> dict[str, Any]:
    """The input of the orchestration `run`. `attempt` is 0, or what tells a retry's events from those before."""
    return {"run_id": run.id, "project_id": run.project_id} | ({"attempt": attempt} if attempt else {}) | traced()


def traced() -> dict[str, Any]:
    """The request's place in its trace, which the orchestration hands on to its activities."""
    return {"trace": found} if (found := traceparent()) else {}


def id_for(key: str | None) -> str:
    """`run_<key>` when the key is a ULID, so that a client knows the id before it asks; else a new id."""
    return f"run_{key}" if key is not None and is_id("run", f"run_{key}") else new_id("run")
