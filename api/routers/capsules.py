"""Capsules: list, read, check."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.conditional import NOT_MODIFIED, tagged
from api.parameters import CapsuleId, Cursor, House, Limit, OfProject, OfRun
from api.problems import documented
from api.schemas import CapsulePage, Verification
from api.verification import verification
from shared.model import Capsule, digest

router = APIRouter(tags=["capsules"])


@router.get("/capsules", response_model=CapsulePage, responses=documented("QLF7006", "QLF7124", "QLF7125"))
async def browse(house: House, project: OfProject, limit: Limit = 20, cursor: Cursor = None, run_id: OfRun = None) -> CapsulePage:
    """A page of capsules, newest first."""
    page = await house.stores.capsules.list(project, run_id=run_id, limit=limit, cursor=cursor)
    return CapsulePage(items=page.items, next_cursor=page.next_cursor)


@router.get("/capsules/{capsule_id}", response_model=Capsule, responses=documented("QLF7007") | NOT_MODIFIED)
async def read(request: Request, capsule_id: CapsuleId, house: House) -> Response:
    """The capsule's record."""
    capsule = await house.stores.capsules.get(capsule_id)
    return tagged(request, capsule, digest(capsule))


@router.post("/capsules/{capsule_id}/actions/verify", response_model=Verification, responses=documented("QLF7004", "QLF7005", "QLF7007"))
async def verify(capsule_id: CapsuleId, house: House) -> Verification:
    """Check the stored capsule against its bundles."""
    capsule = await house.stores.capsules.get(capsule_id)
    bundles = {name: await house.stores.artifacts.get(ref) for name, ref in sorted(capsule.bundles.items())}
    return await verification(house, await house.stores.artifacts.get(capsule.file), bundles)
