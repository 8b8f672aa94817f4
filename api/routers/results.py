"""What a run made: its documents, steps, artifacts, verdicts, findings and usage."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from api.conditional import NOT_MODIFIED, tagged
from api.parameters import House, RunId
from api.problems import documented
from api.schemas import Artifacts, Findings, NamedArtifact, Steps, Usage, UsageEntry, Verdicts
from api.services import Services
from shared.model import IR, ArtifactRef, Event, Finding, InputError, Ledger, Plan, Verdict

router = APIRouter(tags=["runs"])
MAX_CONTENT = 100 * 1024 * 1024
_PAGE = 1000
_NO_RESULT = documented("QLF7001", "QLF7004", "QLF7005", "QLF7109", "QLF7116")
Name = Annotated[str, Path(min_length=1, max_length=200, description="The artifact's name in the run.")]


@router.get("/runs/{run_id}/ledger", response_model=Ledger, responses=_NO_RESULT | NOT_MODIFIED)
async def ledger(request: Request, run_id: RunId, house: House) -> Response:
    """What became of each clause of the brief."""
    return await _document(request, house, run_id, "ledger")


@router.get("/runs/{run_id}/ir", response_model=IR, responses=_NO_RESULT | NOT_MODIFIED)
async def ir(request: Request, run_id: RunId, house: House) -> Response:
    """What the brief asks for."""
    return await _document(request, house, run_id, "ir")


@router.get("/runs/{run_id}/plan", response_model=Plan, responses=_NO_RESULT | NOT_MODIFIED)
async def plan(request: Request, run_id: RunId, house: House) -> Response:
    """The components of the run."""
    return await _document(request, house, run_id, "plan")


@router.get("/runs/{run_id}/steps", response_model=Steps, responses=documented("QLF7001"))
async def steps(run_id: RunId, house: House) -> Steps:
    """The steps of the run, in the order they were planned."""
    return Steps(items=list((await house.stores.runs.get(run_id)).steps.values()))


@router.get("/runs/{run_id}/artifacts", response_model=Artifacts, responses=documented("QLF7001"))
async def artifacts(run_id: RunId, house: House) -> Artifacts:
    """The artifacts of the run, by name."""
    run = await house.stores.runs.get(run_id)
    return Artifacts(items=[NamedArtifact(name=name, **ref.to_json()) for name, ref in sorted(run.artifacts.items())])


@router.get(
    "/runs/{run_id}/artifacts/{name:path}/content",
    response_class=Response,
    responses=documented("QLF7001", "QLF7004", "QLF7005", "QLF7116", "QLF7120")
    | NOT_MODIFIED
    | {200: {"description": "The bytes.", "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def content(request: Request, run_id: RunId, name: Name, house: House) -> Response:
    """The bytes of an artifact, at most 100 MB."""
    ref, data = await artifact(house, run_id, name, "QLF7120")
    return tagged(request, data, ref.sha256, "application/octet-stream")


@router.get("/runs/{run_id}/verdicts", response_model=Verdicts, responses=_NO_RESULT)
async def verdicts(run_id: RunId, house: House) -> Verdicts:
    """What each gate found out."""
    _, data = await artifact(house, run_id, "verdicts")
    return Verdicts(items=TypeAdapter(list[Verdict]).validate_json(data))


@router.get("/runs/{run_id}/findings", response_model=Findings, responses=_NO_RESULT)
async def findings(run_id: RunId, house: House) -> Findings:
    """What is wrong, where, and how to see it again."""
    _, data = await artifact(house, run_id, "findings")
    return Findings(items=TypeAdapter(list[Finding]).validate_json(data))


@router.get("/runs/{run_id}/usage", response_model=Usage, responses=documented("QLF7001"))
async def usage(run_id: RunId, house: House) -> Usage:
    """What the run used of models: sums of its `usage.recorded` events, null where one of them has no measurement."""
    await house.stores.runs.get(run_id)
    recorded = [event for event in await _all_events(house, run_id) if event.type == "usage.recorded"]
    return Usage(
        run_id=run_id,
        model_calls=len(recorded),
        input_tokens=_sum(recorded, "input_tokens"),
        output_tokens=_sum(recorded, "output_tokens"),
        cost_usd=_sum(recorded, "cost_usd"),
        entries=[UsageEntry(seq=event.seq, time=event.time, data=event.data) for event in recorded],
    )


async def artifact(house: Services, run_id: str, name: str, missing: str = "QLF7109") -> tuple[ArtifactRef, bytes]:
    """A run's artifact. Raises InputError: `missing` while it is not there, QLF7116 above 100 MB."""
    run = await house.stores.runs.get(run_id)
    ref = run.artifacts.get(name)
    if ref is None:
        raise InputError(missing, f"run {run_id} has no artifact {name!a}; its phase is {run.phase}")
    if ref.size > MAX_CONTENT:
        raise InputError("QLF7116", f"{name} has {ref.size} bytes, at most {MAX_CONTENT} are sent")
    return ref, await house.stores.artifacts.get(ref)


async def _document(request: Request, house: Services, run_id: str, name: str) -> Response:
    ref, data = await artifact(house, run_id, name)
    return tagged(request, data, ref.sha256)


async def _all_events(house: Services, run_id: str) -> list[Event]:
    events: list[Event] = []
    while page := await house.stores.runs.events(run_id, after=events[-1].seq if events else 0, limit=_PAGE):
        events += page
    return events


def _sum(events: list[Event], name: str) -> Any:
    values = [event.data.get(name) for event in events]
    return None if any(value is None for value in values) else sum(value for value in values if value is not None)
