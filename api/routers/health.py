"""Is the process there, and can it work? Open to all: probes carry no token."""

from __future__ import annotations

from fastapi import APIRouter

from api.parameters import House
from api.problems import documented
from api.schemas import Health, Readiness
from shared.model import InternalError, QlfError, sha256

router = APIRouter()


@router.get("/health", response_model=Health)
async def health() -> Health:
    """The process answers."""
    return Health()


@router.get("/health/liveness", response_model=Health)
async def liveness() -> Health:
    """The process answers."""
    return Health()


@router.get("/health/readiness", response_model=Readiness, responses=documented("QLF7113"))
async def readiness(house: House) -> Readiness:
    """Every store answers; else 503 names the one that does not, and why."""
    stores = house.stores
    probes = {
        "runs": stores.runs.list(house.settings.project, limit=1),
        "artifacts": stores.artifacts.exists(sha256(b"")),
        "capsules": stores.capsules.list(house.settings.project, limit=1),
        "previews": stores.previews.list(house.settings.project, limit=1),
        "memos": stores.memos.get("readiness"),
    }
    for name, probe in probes.items():
        try:
            await probe
        except QlfError as error:
            raise InternalError("QLF7113", f"{name}: {error.code}") from error
    return Readiness(checks=dict.fromkeys(probes, "ok"))
