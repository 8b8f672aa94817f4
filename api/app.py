"""The REST surface as one ASGI app: routers behind authentication and limits, every failure a problem document."""

from __future__ import annotations

import logging
import re
from typing import Any, get_args

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from api.bodies import ARCHIVE_BODY, DELIVERY_BODY, Bounded
from api.correlation import Correlated, in_trace
from api.identity import DECLARED, PREFIX, Gate, describe_access, local_token
from api.problems import Problem, on_fault, on_http_error, on_invalid, on_qlf_error, problem
from api.routers import (
    capsule_files,
    capsules,
    commands,
    compiling,
    dead_letters,
    events,
    health,
    identity,
    metrics,
    previews,
    results,
    runs,
    verifying,
    webhooks,
)
from api.services import Services
from api.signatures import Provider
from shared.model import ConfigError, InternalError, QlfError, stack_of

_DESCRIPTION = (
    "Turns a plain-language brief into a verified, signed application. Failures are problem documents (RFC 9457) with a stable code."
)
_ROOMS = (
    health,
    identity,
    runs,
    events,
    results,
    commands,
    capsules,
    capsule_files,
    previews,
    compiling,
    verifying,
    webhooks,
    metrics,
    dead_letters,
)

_SPANS_ONLY: Any = {"auto_configure": False, "logs": False, "metrics": False, "operation_spans": False}
"""FastAPI's own telemetry, once a tracer is set up: requests are measured in `api.correlation`, with names that Azure keeps."""

log = logging.getLogger("qlf.api")


class Api(FastAPI):
    """FastAPI whose outermost layer answers every fault, and raises only when half an answer is out: it must not pass for a whole one."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; a fault that got past every handler is logged, and answered with QLF9000 if nothing was sent yet."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        started = ended = False

        async def watched(message: Message) -> None:
            nonlocal started, ended
            started = started or message["type"] == "http.response.start"
            ended = ended or (message["type"] == "http.response.body" and not message.get("more_body", False))
            await send(message)

        try:
            with in_trace(scope):
                await super().__call__(scope, receive, watched)
        except Exception as error:
            found = scope.get(DECLARED)
            log.error("%s %s failed: %s", scope["method"], found.template if found else "-", stack_of(error))
            if not started:
                await problem(InternalError("QLF9000"))(scope, receive, send)
            elif not ended:
                raise

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, with the problem schema that every failure refers to."""
        document = super().openapi()
        schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
        if "Problem" not in schemas:
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas["Problem"] = schema
            describe_access(document, self.state.services.settings)
        return document


def operation_id(route: APIRoute) -> str:
    """The router's module and the function: `runs_create`."""
    return f"{route.endpoint.__module__.rpartition('.')[2]}_{route.name}"


def require_declared(request: Request) -> None:
    """Refuse a route that the table of access does not name itself, though another one's declaration covers its address (QLF7126)."""
    found, route = request.scope.get(DECLARED), request.scope["route"]
    if found is None or _shape(found.template) not in (_shape(route.path), _shape(f"{PREFIX}{route.path}")):
        raise ConfigError("QLF7126")


def _shape(template: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", template)


def create_api(services: Services) -> Api:
    """The app over these services. Makes the local token on first use, so that a client of this home can read it."""
    if services.settings.local_auth:
        local_token(services.settings.home)
    app = Api(
        title="QuantumLayer Factory", version="1", description=_DESCRIPTION, openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None, redoc_url=None, redirect_slashes=False, separate_input_output_schemas=False,
        generate_unique_id_function=operation_id, telemetry=_SPANS_ONLY,
        dependencies=[Depends(require_declared)],
    )  # fmt: skip
    app.state.services = services
    app.include_router(identity.metadata_router)
    for room in _ROOMS:
        app.include_router(room.router, prefix=PREFIX)
    for kind, handler in (
        (QlfError, on_qlf_error),
        (HTTPException, on_http_error),
        (RequestValidationError, on_invalid),
        (Exception, on_fault),
    ):
        app.add_exception_handler(kind, handler)
    deliveries = {f"{PREFIX}/webhooks/{name}": DELIVERY_BODY for name in get_args(Provider)}
    app.add_middleware(Bounded, larger={f"{PREFIX}/verify": ARCHIVE_BODY, **deliveries})
    app.add_middleware(Gate, settings=services.settings)
    app.add_middleware(Correlated, prefix=PREFIX)
    return app
