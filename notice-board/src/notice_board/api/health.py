"""Probes and metrics."""

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from sqlalchemy import Engine, text

from notice_board.core.problems import ProblemError, documented
from notice_board.schemas.base import Status

router = APIRouter(tags=["health"])


@router.get("/livez", operation_id="livez", responses=documented(429))
def livez() -> Status:
    """The process answers."""
    return Status(status="alive")


@router.get("/readyz", operation_id="readyz", responses=documented(429, 503))
async def readyz(request: Request) -> Status:
    """The database answers within two seconds."""
    with anyio.move_on_after(2):
        await run_sync(_ping, request.app.state.readers.kw["bind"], abandon_on_cancel=True)
        return Status(status="ready")
    raise ProblemError(503, "The database does not answer in time")


def _ping(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


@router.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    responses={
        200: {"description": "Prometheus text", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **documented(429),
    },
)
def metrics(request: Request) -> Response:
    """Metrics in the Prometheus text format."""
    return Response(request.app.state.metrics.text(), media_type="text/plain; version=0.0.4")
