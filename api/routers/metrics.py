"""What this process has measured, for Prometheus to collect."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.problems import Responses, documented
from shared.telemetry import exposition

router = APIRouter(tags=["health"])
_TEXT: Responses = {
    200: {"description": "Metrics in Prometheus text format 0.0.4.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.get("/metrics", response_class=Response, responses=documented("QLF7150") | _TEXT)
def collect() -> Response:
    """All metrics of this process since its start; docs/metrics.md explains each."""
    text, media_type = exposition()
    return Response(text, media_type=media_type)
