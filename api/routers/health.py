"""Is the process there, and can it work? Open to all: probes carry no token.

So the stores are asked once in five seconds, however often we are.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request

from api.parameters import Unscoped
from api.problems import documented
from api.schemas import Health, Readiness
from api.services import Services
from shared.model import InternalError, QlfError, sha256

router = APIRouter(tags=["health"])
_FRESH_SECONDS = 5.0


@router.get("/health", response_model=Health)
async def health() -> Health:
    """The process answers."""
    return Health()


@router.get("/health/liveness", response_model=Health)
async def liveness() -> Health:
    """The process answers."""
    return Health()


@router.get("/health/readiness", response_model=Readiness, responses=documented("QLF7113"))
async def readiness(request: Request, house: Unscoped) -> Readiness:
    """Every store answers; else 503 names the one that does not, and why. An answer stands for five seconds."""
    asked: Asked | None = getattr(request.app.state, "asked", None)
    if asked is None or not asked.fresh():
        asked = request.app.state.asked = Asked(house)
    return await asyncio.shield(asked.answer)


class Asked:
    """One question to the stores, which everybody who comes meanwhile waits for."""

    def __init__(self, house: Services) -> None:
        self.answer = asyncio.create_task(_ask(house))
        self._began = time.monotonic()

    def fresh(self) -> bool:
        """True while the answer stands; a task of another event loop cannot be waited for."""
        return time.monotonic() < self._began + _FRESH_SECONDS and self.answer.get_loop() is asyncio.get_running_loop()


async def _ask(house: Services) -> Readiness:
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
