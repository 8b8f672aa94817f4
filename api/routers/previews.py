"""Previews: start one from a capsule, read it and its log, extend or end it."""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auditing import accept
from api.conditional import NOT_MODIFIED, IfMatch, require, tagged
from api.durable import Client, start_once
from api.identity import Principal
from api.parameters import Caller, CapsuleId, Cursor, House, Key, Limit, OfProject, OfRun, PreviewId
from api.problems import Responses, documented, linked
from api.schemas import CreatePreview, PreviewPage
from api.services import Services
from api.starting import traced
from shared.model import PREVIEW_ENDED, InputError, Preview, keyed_id, new_id
from shared.stores import move_preview, tell_preview

router = APIRouter(tags=["previews"])
_LINKS = linked(202, "preview_id", "previews_read", "previews_logs", "previews_extend", "previews_destroy")
LOG_BYTES = 256 * 1024
_READER = {"id": "api", "kind": "system"}
"""Who writes down what a preview did by itself, when a request finds it."""
_TEXT: Responses = {200: {"description": "The end of the log.", "content": {"text/plain": {"schema": {"type": "string"}}}}}


@router.post(
    "/capsules/{capsule_id}/previews",
    status_code=202,
    response_model=Preview,
    responses=documented("QLF7003", "QLF7007", "QLF7110", "QLF7112") | _LINKS,
)
async def create(
    *, request: Request, capsule_id: CapsuleId, house: House, caller: Caller, client: Client, body: CreatePreview, key: Key = None
) -> Response:
    """Start a preview of the capsule. `Location` names it; its `url` is set once the app answers. A repeated key gives the same preview."""
    capsule = await house.stores.capsules.get(capsule_id)
    now = house.clock()
    preview_id = _id_for(capsule.project_id, key)
    known = await _known(house, preview_id) if key else None
    if known and known.capsule_id != capsule_id:
        raise InputError("QLF7003")
    preview = known or Preview(
        id=preview_id,
        run_id=capsule.run_id,
        capsule_id=capsule.id,
        project_id=capsule.project_id,
        owner=caller.id,
        created_at=now,
        expires_at=_later(now, body.ttl),
    )
    if not known:
        await _write_down(house, preview, "preview.create", caller, key)
        preview = await house.stores.previews.create(preview)
    if preview.status == "deploying":
        await tell_preview(house.stores, preview, actor=caller.actor(), time=now)
        await start_once(client, "preview", preview.id, {"preview_id": preview.id} | traced())
    return _accepted(request, preview)


@router.get("/previews", response_model=PreviewPage, responses=documented("QLF7006", "QLF7124", "QLF7125"))
async def browse(house: House, project: OfProject, limit: Limit = 20, cursor: Cursor = None, run_id: OfRun = None) -> PreviewPage:
    """A page of previews, newest first."""
    page = await house.stores.previews.list(project, run_id=run_id, limit=limit, cursor=cursor)
    return PreviewPage(items=[await _current(house, preview) for preview in page.items], next_cursor=page.next_cursor)


@router.get("/previews/{preview_id}", response_model=Preview, responses=documented("QLF7008") | NOT_MODIFIED)
async def read(request: Request, preview_id: PreviewId, house: House) -> Response:
    """The preview, with its ETag."""
    preview = await _current(house, await house.stores.previews.get(preview_id))
    return tagged(request, preview, preview.etag)


@router.get("/previews/{preview_id}/logs", response_class=Response, responses=documented("QLF7008") | _TEXT)
async def logs(preview_id: PreviewId, house: House) -> Response:
    """The last 256 kB of what the app wrote."""
    data = await house.previews.logs(await house.stores.previews.get(preview_id), LOG_BYTES)
    return Response(data[-LOG_BYTES:].decode(errors="replace"), media_type="text/plain")


@router.post(
    "/previews/{preview_id}/actions/extend",
    status_code=202,
    response_model=Preview,
    responses=documented("QLF7008", "QLF7009", "QLF7110", "QLF7111", "QLF7114"),
)
async def extend(
    *, request: Request, preview_id: PreviewId, house: House, caller: Caller, body: CreatePreview, if_match: IfMatch = None
) -> Response:
    """Let the preview live for `ttl` from now on."""
    preview = await _live(house, preview_id, if_match)
    await _write_down(house, preview, "preview.extend", caller)
    changed = await house.previews.extend(preview, _later(house.clock(), body.ttl))
    return _accepted(request, await house.stores.previews.put(changed, if_match=preview.etag))


@router.post(
    "/previews/{preview_id}/actions/destroy",
    status_code=202,
    response_model=Preview,
    responses=documented("QLF7008", "QLF7009", "QLF7111", "QLF7114"),
)
async def destroy(*, request: Request, preview_id: PreviewId, house: House, caller: Caller, if_match: IfMatch = None) -> Response:
    """End the preview now."""
    preview = await _live(house, preview_id, if_match)
    await _write_down(house, preview, "preview.destroy", caller)
    ended = await house.previews.destroy(preview)
    return _accepted(request, await move_preview(house.stores, preview, ended, actor=caller.actor(), time=house.clock()))


def _id_for(project: str, key: str | None) -> str:
    """The id that the key has in its project. It cannot be chosen: neither one of another project nor a run's own preview is met."""
    return new_id("prv") if key is None else keyed_id("prv", project, "POST /capsules/{capsule_id}/previews", key)


async def _known(house: Services, preview_id: str) -> Preview | None:
    """The preview that this key made before."""
    try:
        return await house.stores.previews.get(preview_id)
    except InputError:
        return None


async def _write_down(house: Services, preview: Preview, command: str, caller: Principal, key: str | None = None) -> None:
    """The audit record in the capsule's run."""
    run = await house.stores.runs.get(preview.run_id)
    await accept(house, run, caller, command, key=key, preview_id=preview.id, capsule_id=preview.capsule_id)


async def _live(house: Services, preview_id: str, if_match: str | None) -> Preview:
    preview = await _current(house, await house.stores.previews.get(preview_id))
    require(if_match, preview.etag)
    if preview.status in PREVIEW_ENDED:
        raise InputError("QLF7114", f"the preview is {preview.status}")
    return preview


async def _current(house: Services, preview: Preview) -> Preview:
    """The record as it should be now; what changed by itself is written down."""
    if preview.status in PREVIEW_ENDED:
        return preview
    changed = await house.previews.refresh(preview)
    if changed == preview:
        return preview
    try:
        return await move_preview(house.stores, preview, changed, actor=_READER, time=house.clock())
    except InputError:
        return await house.stores.previews.get(preview.id)


def _accepted(request: Request, preview: Preview) -> Response:
    response = tagged(request, preview, preview.etag, status=202)
    response.headers["Location"] = f"/api/v1/previews/{preview.id}"
    return response


def _later(now: str, ttl: str | int) -> str:
    from shared.preview import parse_ttl

    span = timedelta(seconds=ttl if isinstance(ttl, int) else parse_ttl(ttl))
    return (datetime.fromisoformat(now) + span).isoformat(timespec="microseconds").replace("+00:00", "Z")
