"""HTTP triggers: finds the function for a request, calls it, and turns whatever comes back into an HTTP answer."""

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any

import azure.functions as func

from funchost.durable.activities import Threads
from funchost.functions import Caller
from funchost.loading import LoadedApp, LoadedFunction
from funchost.logs import Log
from funchost.settings import resolve
from funchost.web.messages import Request, Response
from funchost.web.routes import Template


class HttpFunctions:
    """The routing table of one app. Routes live under `prefix` (host.json's routePrefix)."""

    def __init__(self, app: LoadedApp, prefix: str, binding: str, threads: Threads, log: Log) -> None:
        self._threads, self._log = threads, log
        self._routes: list[tuple[Template, frozenset[str], Caller]] = []
        for function in app.of_kind("httpTrigger"):
            route = "/".join(part for part in (prefix, _route(function)) if part)
            methods = frozenset(m.upper() for m in function.trigger.get("methods") or [])
            self._routes.append((Template(route), methods, Caller(function, app.directory, binding)))
        self._routes.sort(key=lambda entry: entry[0].rank)

    def listing(self) -> list[tuple[str, list[str], str]]:
        """Route, methods and function name of each HTTP function."""
        return [("/" + template.text, sorted(methods), caller.function.name) for template, methods, caller in self._routes]

    def find(self, method: str, path: str) -> tuple[Caller, dict[str, str]] | None:
        """The function for a request with its route parameters."""
        bare = path.strip("/")
        for template, methods, caller in self._routes:
            if methods and method not in methods:
                continue
            values = template.match(bare)
            if values is not None:
                return caller, values
        return None

    async def call(self, caller: Caller, values: dict[str, str], request: Request) -> Response:
        """Invoke the function; an exception becomes an empty 500 with a log entry."""
        began, invocation = time.perf_counter(), str(uuid.uuid4())
        error = None
        try:
            value = func.HttpRequest(
                request.method, request.url, headers=request.headers, params=request.parameters(), route_params=values, body=request.body
            )
            result = await self._invoke(caller, value)
            response = to_response(result)
        except (Exception, SystemExit, KeyboardInterrupt, asyncio.CancelledError) as caught:
            task = asyncio.current_task()
            if isinstance(caught, asyncio.CancelledError) and task is not None and task.cancelling():
                raise
            error = f"{type(caught).__name__}: {caught}"
            response = Response(500)
        self._log(
            "error" if error else "info",
            "http",
            function=caller.function.name,
            method=request.method,
            path=request.path,
            status=response.status,
            invocation=invocation,
            ms=round((time.perf_counter() - began) * 1000, 2),
            **({"error": error} if error else {}),
        )
        return response

    async def _invoke(self, caller: Caller, value: Any) -> Any:
        if caller.function.is_async:
            return await caller(value)
        result = await in_thread(self._threads, lambda: caller(value))
        return await result if asyncio.iscoroutine(result) else result


async def in_thread(threads: Threads, work: Callable[[], Any]) -> Any:
    """Run `work` on a thread and await its result."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)
        elif isinstance(error, Exception) and not isinstance(error, StopIteration):
            future.set_exception(error)
        else:
            future.set_exception(RuntimeError(f"{type(error).__name__}: {error}"))

    def run() -> None:
        result, error = None, None  # type: Any, BaseException | None
        try:
            result = work()
        except BaseException as caught:
            error = caught
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, error)

    threads.submit(run)
    return await future


def to_response(result: Any) -> Response:
    """An HTTP function's result -> response: HttpResponse, text (200 text/plain) or nothing (204)."""
    if result is None:
        return Response(204)
    if isinstance(result, str):
        return Response(200, result.encode(), [("content-type", "text/plain; charset=utf-8")])
    if not isinstance(result, func.HttpResponse):
        raise TypeError(f"unable to encode outgoing TypedData: unsupported type '{type(result).__name__}' for a http response")
    headers = [(str(name), str(value)) for name, value in result.headers.items()]
    if not any(name.lower() == "content-type" for name, _ in headers):
        kind = result.mimetype or "text/plain"
        headers.append(("content-type", f"{kind}; charset={result.charset}" if kind.startswith("text/") else kind))
    return Response(int(result.status_code), result.get_body(), headers)


def _route(function: LoadedFunction) -> str:
    return resolve(str(function.trigger.get("route", function.name))).strip("/")
