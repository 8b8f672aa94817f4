"""Bodies are bounded before anything parses them: by what they announce, and by what really comes."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from shared.model import InputError

KB = 1024
MB = 1024 * KB
BRIEF_BYTES = 64 * KB
JSON_BODY = 512 * KB
"""A brief of 64 kB in which every character is escaped, and its options."""
ARCHIVE_BODY = 64 * MB
DELIVERY_BODY = 2 * MB
"""A webhook's delivery."""


class Bounded:
    """Refuses bodies above the limit of their path with 413 QLF7104."""

    def __init__(self, app: ASGIApp, *, larger: Mapping[str, int]) -> None:
        self._app = app
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._larger.get(scope["path"], JSON_BODY)
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or len(announced) > 18 or int(announced) > limit:
            await problem(InputError("QLF7104", f"this address takes at most {limit} bytes"))(scope, receive, send)
            return
        await self._app(scope, _Counted(receive, limit), send)


class _Counted:
    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._seen = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit:
            raise HTTPException(413)  # the only kind that FastAPI lets out of the reading of a body
        return message
