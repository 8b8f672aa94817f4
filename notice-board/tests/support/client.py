"""A client that calls the application in this process and this thread, without a server."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

from fastapi import FastAPI
from httpx2 import AsyncBaseTransport, AsyncByteStream, AsyncClient, Request, Response
from starlette.types import Message, Scope


class Transport(AsyncBaseTransport):
    """Hands requests to the application by its ASGI interface. Bodies arrive as they are sent, chunk by chunk."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    async def handle_async_request(self, request: Request) -> Response:
        """The application's answer; a crash that it did not answer is a 500 without a body."""
        assert isinstance(request.stream, AsyncByteStream)
        chunks = aiter(request.stream)
        sent: list[Message] = []

        async def receive() -> Message:
            body = await anext(chunks, None)
            return {"type": "http.request", "body": body or b"", "more_body": body is not None}

        async def send(message: Message) -> None:
            sent.append(message)

        try:
            await self.app(scope_of(request), receive, send)
        except Exception:
            sent = sent or [{"status": 500, "headers": []}]
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return Response(sent[0]["status"], headers=sent[0]["headers"], content=body)


def scope_of(request: Request) -> Scope:
    """The request as a server would describe it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": ("testserver", 80),
        "client": ("testclient", 50000),
        "root_path": "",
    }


class Client:
    """Starts the application, sends it requests one after the other, and stops it."""

    def __init__(self, app: FastAPI) -> None:
        self._http = AsyncClient(transport=Transport(app), base_url="http://testserver")
        self._lifespan = app.router.lifespan_context(app)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        self._runner.run(self._lifespan.__aenter__())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.run(self._lifespan.__aexit__(kind, error, trace))
        self._runner.run(self._http.aclose())
        self._runner.close()

    def request(self, method: str, path: str, **options: Any) -> Response:
        """The answer to one request; `options` are those of httpx2."""
        return self._runner.run(self._http.request(method, path, **options))

    def get(self, path: str, **options: Any) -> Response:
        """The answer to a GET."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> Response:
        """The answer to a POST."""
        return self.request("POST", path, **options)
