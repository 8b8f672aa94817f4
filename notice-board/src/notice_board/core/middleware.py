"""What surrounds every request: its id, its log line, its metrics, limits and security headers."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from uuid import uuid4

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notice_board.core.logs import access_log, request_id
from notice_board.core.metrics import Metrics
from notice_board.core.problems import ProblemError, respond
from notice_board.core.settings import Settings

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"})
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PAGES_WITH_SCRIPTS: Final = ("/docs", "/redoc")
_CLIENTS: Final = 10_000
_SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Cache-Control": "no-store",
}


class Surroundings:
    """The outermost layer: gives a request its id, answers a crash with a problem, logs and counts what happened."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        current = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        request_id.set(current)
        status = 0
        started = time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _decorate(MutableHeaders(scope=message), scope["path"], current)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            access_log.exception("request failed")
            if status == 0:
                await respond(500, "The server failed")(scope, receive, send_with_headers)
        self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self.metrics.observe(method, route, status, seconds)
        context = {"method": method, "route": route, "status": status, "milliseconds": round(seconds * 1000, 1)}
        access_log.info("request", extra={"context": context})


def _decorate(headers: MutableHeaders, path: str, current: str) -> None:
    headers["X-Request-ID"] = current
    for name, value in _SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    if not path.startswith(_PAGES_WITH_SCRIPTS):
        headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")


class BodyLimit:
    """Refuses a body above the limit, announced or streamed, with 413."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        announced = Headers(scope=scope).get("content-length", "0") if scope["type"] == "http" else "0"
        if announced.isdigit() and int(announced[:20]) > self.limit:
            await respond(413, "The body is too large", {"Connection": "close"})(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                raise ProblemError(413, "The body is too large")
            return message

        await self.app(scope, counted, send)


class RateLimit:
    """Allows each client so many requests per minute, counted in this process. A limit of 0 is off."""

    def __init__(self, app: ASGIApp, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self.limit = limit
        self.clock = clock
        self._windows: OrderedDict[tuple[str, bool], tuple[int, int]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        wait = self._wait(scope) if scope["type"] == "http" and self.limit else 0
        if wait:
            await respond(429, "Too many requests", {"Retry-After": str(wait)})(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _wait(self, scope: Scope) -> int:
        """Count the request; the seconds to wait when the client is above its limit, else 0. Signing in has a tenth."""
        signing_in = scope["path"] in ("/auth/login", "/auth/register", "/auth/refresh", "/auth/password")
        limit = max(1, self.limit // 10) if signing_in else self.limit
        client = scope.get("client") or ("unknown", 0)
        now = self.clock()
        window = int(now // 60)
        key = (str(client[0]), signing_in)
        start, count = self._windows.pop(key, (window, 0))
        count = count + 1 if start == window else 1
        self._windows[key] = (window, count)
        while len(self._windows) > _CLIENTS:
            self._windows.popitem(last=False)
        return 0 if count <= limit else max(1, int((window + 1) * 60 - now))


def install(app: FastAPI, settings: Settings, metrics: Metrics) -> None:
    """Put the layers around the application, the innermost first."""
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes)
    app.add_middleware(RateLimit, limit=settings.rate_limit)
    app.add_middleware(Surroundings, metrics=metrics)
