"""The application: `uvicorn notice_board.main:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio.to_thread import run_sync
from fastapi import FastAPI, Request
from starlette.routing import Match

from notice_board.api import ROUTERS
from notice_board.core import logs, middleware, openapi, problems
from notice_board.core.metrics import Metrics
from notice_board.core.settings import Settings
from notice_board.db.session import make_engine, make_sessions
from notice_board.services.accounts import first_administrator


class Application(FastAPI):
    """FastAPI with the document of this application."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document in its normal form."""
        return openapi.document(self)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application. Without settings they are read from the environment."""
    settings = settings or Settings()
    logs.configure(settings.log_level)
    application = Application(
        title="Notice Board",
        version="0.1.0",
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        lifespan=_lifespan,
        redirect_slashes=False,
        docs_url="/docs" if settings.is_safe else None,
        redoc_url=None,
    )
    engine = make_engine(settings.database_url)
    application.state.settings = settings
    application.state.engine = engine
    application.state.sessions = make_sessions(engine)
    application.state.readers = make_sessions(engine.execution_options(reading=True))
    application.state.metrics = Metrics()
    application.state.allowed = _allowed
    problems.install(application)
    for router in ROUTERS:
        application.include_router(router)
    middleware.install(application, settings, application.state.metrics)
    return application


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    await run_sync(_start, application)
    yield
    application.state.engine.dispose()


def _start(application: FastAPI) -> None:
    with application.state.sessions() as session:
        first_administrator(session, application.state.settings)


def _allowed(request: Request) -> str:
    """The methods that the path of a request takes, for the `Allow` header."""
    found: set[str] = set()
    for route in [*request.app.routes, *(route for router in ROUTERS for route in router.routes)]:
        if hasattr(route, "methods") and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return ", ".join(sorted(found))


def __getattr__(name: str) -> FastAPI:
    """Make `app` when it is first asked for, so that importing this module reads no environment."""
    if name != "app":
        raise AttributeError(name)
    application = create_app()
    globals()["app"] = application
    return application
