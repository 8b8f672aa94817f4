"""A client that calls the application in this process and this thread, without a server."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response


class Client:
    """Starts the application, sends it requests one after the other, and stops it. A crash of it is a 500."""

    def __init__(self, app: FastAPI) -> None:
        transport = ASGITransport(app=app, raise_app_exceptions=False)
        self._http = AsyncClient(transport=transport, base_url="http://testserver")
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
