"""Is the process there, and can it work? Open to all: probes carry no token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter

from api.parameters import Unscoped
from api.problems import documented
from api.schemas import Health, Readiness
from shared.model import InternalError, QlfError, sha256

router = APIRouter(tags=["health"])


@router.get("/health", response_model=Health)
async def health() -> Health:
    """The process answers."""
    return Health()


@router.get("/health/liveness", response_model=Health)
async def liveness() -> Health:
    """The process answers."""
    return Health()


@router.get("/health/readiness", response_model=Readiness, responses=documented("QLF7113"))
async def readiness(house: Unscoped) -> Readiness:
    """Every store answers; else 503 names the one that does not, and why."""
    stores, project = house.stores, house.settings.project
    probes: dict[str, Callable[[], Awaitable[object]]] = {
        "runs": lambda: stores.runs.list(project, limit=1),
        "artifacts": lambda: stores.artifacts.exists(sha256(b"")),
        "capsules": lambda: stores.capsules.list(project, limit=1),
        "previews": lambda: stores.previews.list(project, limit=1),
        "memos": lambda: stores.memos.get("readiness"),
    }
    for name, probe in probes.items():
        try:
            await probe()
        except QlfError as error:
            raise InternalError("QLF7113", f"{name}: {error.code}") from error
    return Readiness(checks=dict.fromkeys(probes, "ok"))
