"""Runs: make one, list them, read one."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.conditional import NOT_MODIFIED, tagged
from api.durable import Client
from api.parameters import Caller, Cursor, House, Key, Limit, OfProject, RunId
from api.problems import documented, linked
from api.schemas import CreateRun, RunPage
from api.starting import brief_bytes, create_run
from shared.model import Run, RunStatus

router = APIRouter(tags=["runs"])
_LINKS = linked(202, "run_id", "runs_read", "events_read", "commands_act", "results_steps", "results_artifacts", "results_usage")


@router.post(
    "/runs",
    status_code=202,
    response_model=Run,
    responses=documented("QLF7003", "QLF7104", "QLF7105", "QLF7110", "QLF7112", "QLF7124", "QLF7125") | _LINKS,
)
async def create(*, request: Request, body: CreateRun, house: House, caller: Caller, client: Client, key: Key = None) -> Response:
    """Start a run for a brief. `Location` names it; the same request with the same Idempotency-Key gives the same run."""
    project = caller.choose(body.project, house.settings.project)
    brief = await house.stores.artifacts.put(brief_bytes(body.brief))
    run = await create_run(house, client, brief, body.options.options(), project=project, caller=caller, key=key)
    return accepted(request, run)


@router.get("/runs", response_model=RunPage, responses=documented("QLF7006", "QLF7124", "QLF7125"))
async def browse(house: House, project: OfProject, limit: Limit = 20, cursor: Cursor = None, status: RunStatus | None = None) -> RunPage:
    """A page of runs, newest first."""
    page = await house.stores.runs.list(project, status=status, limit=limit, cursor=cursor)
    return RunPage(items=page.items, next_cursor=page.next_cursor)


@router.get("/runs/{run_id}", response_model=Run, responses=documented("QLF7001") | NOT_MODIFIED)
async def read(request: Request, run_id: RunId, house: House) -> Response:
    """The run, with its ETag."""
    run = await house.stores.runs.get(run_id)
    return tagged(request, run, run.etag)


def accepted(request: Request, run: Run) -> Response:
    """202 with the run, where to find it, and its ETag."""
    response = tagged(request, run, run.etag, status=202)
    response.headers["Location"] = f"/api/v1/runs/{run.id}"
    return response
