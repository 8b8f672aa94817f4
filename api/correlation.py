"""A request's place in its trace: taken from the host or the caller, given back to the caller, and told which run it is about."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from opentelemetry import trace
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import TRACE_HEADER
from shared.model import is_id
from shared.telemetry import correlated, names, note, record, trace_id

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_IDS: dict[str, Literal["run", "cap", "prv"]] = {"run_id": "run", "capsule_id": "cap", "preview_id": "prv"}


@contextmanager
def in_trace(scope: Scope) -> Iterator[None]:
    """Serve inside the host's trace, else the caller's, else a new one; FastAPI reads it from the request's header."""
    with correlated(Headers(scope=scope).get("traceparent", "")) as parent:
        if parent:
            MutableHeaders(scope=scope)["traceparent"] = parent
        yield


class Correlated:
    """Names the trace in every answer, tells the request's span which run, capsule or preview it is about, and measures the request."""

    def __init__(self, app: ASGIApp, *, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; outermost of the middleware, so that refusals count too."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), ""

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
                note(trace.get_current_span(), **ids(scope))
                if found := trace_id():
                    MutableHeaders(scope=message)[TRACE_HEADER] = found
            await send(message)

        record(names.HTTP_ACTIVE, 1)
        try:
            await self._app(scope, receive, named)
        except Exception:
            status = status or "500"  # what the layers around will answer
            raise
        finally:
            record(names.HTTP_ACTIVE, -1)
            method = scope["method"] if scope["method"] in _METHODS else "other"
            record(names.HTTP_DURATION, time.monotonic() - began, method=method, route=self.route(scope), status=status)

    def route(self, scope: Scope) -> str:
        """The template of the address; empty when no route took the request."""
        path = str(getattr(scope.get("route"), "path", ""))
        return path if not path or path.startswith(self._prefix) else self._prefix + path


def ids(scope: Scope) -> dict[str, str]:
    """What the address names, where it is an id."""
    given = scope.get("path_params", {})
    return {name: given[name] for name, prefix in _IDS.items() if is_id(prefix, str(given.get(name, "")))}
