"""Every failure as a problem document (RFC 9457) with the catalogue's code, advice and exit code."""

from __future__ import annotations

import functools
import json
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from shared.model import CATALOGUE, ConfigError, InputError, InternalError, QlfError, stack_of
from shared.telemetry import trace_id

Responses = dict[int | str, dict[str, Any]]
"""OpenAPI responses of a route, by status."""
MEDIA_TYPE = "application/problem+json"
TRACE_HEADER = "X-Trace-Id"
log = logging.getLogger("qlf.api")
_LONGEST = 1000
_MOST_PLACES = 20
_BY_STATUS = {400: "QLF7110", 401: "QLF7106", 404: "QLF7101", 405: "QLF7102", 413: "QLF7104"}
_BY_EXIT_CODE = {2: 422, 3: 409, 4: 503, 5: 422, 6: 422}
_EVERYWHERE = ("QLF7103", "QLF7106", "QLF7107", "QLF7121", "QLF7122", "QLF7123", "QLF7012", "QLF9000")


class Place(BaseModel):
    """One place of the request that is wrong: a JSON pointer that starts at `body`, `query`, `path` or `header`."""

    pointer: str
    message: str


class Problem(BaseModel):
    """A problem document. `code` is stable: `qlf explain CODE` tells more; `retryable` says that the same call may succeed later."""

    type: str = Field(description="`urn:qlf:error:` and the code.")
    title: str
    status: int
    detail: str
    code: str = Field(pattern="^QLF[0-9]{4}$")
    advice: str
    retryable: bool
    exit_code: int = Field(description="What `qlf` ends with when it meets this problem.")
    errors: list[Place] = Field(default=[], description="For a request that is not valid: where and why.")
    context: dict[str, Any] = Field(default={}, description="Facts about the failure, by name.")


def status_of(error: QlfError) -> int:
    """The HTTP status: the catalogue's, and never a fault of ours (5xx) for what the class lays at the caller's door."""
    return _BY_EXIT_CODE.get(error.exit_code, 500) if error.http_status == HTTPStatus.INTERNAL_SERVER_ERROR else error.http_status


def problem(
    error: QlfError, *, status: int | None = None, headers: Mapping[str, str] | None = None, places: Sequence[Place] = ()
) -> Response:
    """The response for an error. Text is cut to 1,000 characters; what UTF-8 cannot hold is replaced."""
    document = Problem(
        type=f"urn:qlf:error:{error.code}",
        title=error.entry.title,
        status=status or status_of(error),
        detail=_clean(error.detail),
        code=error.code,
        advice=error.advice,
        retryable=error.retryable,
        exit_code=error.exit_code,
        errors=list(places),
    )
    body = document.model_dump() | {"context": _plain(error.context)}
    more = {
        401: {"WWW-Authenticate": "Signature" if error.code == "QLF7127" else "Bearer"},
        503: {"Retry-After": "1"} if error.retryable else {},
    }.get(document.status, {})
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, document.status, {**more, **(headers or {})}, MEDIA_TYPE)


def linked(status: int, parameter: str, *operations: str) -> Responses:
    """OpenAPI links: what the answer's `id` can be used for next, by operation id."""
    links = {name: {"operationId": name, "parameters": {parameter: "$response.body#/id"}} for name in operations}
    return {status: {"links": links}}


def documented(*codes: str) -> Responses:
    """The OpenAPI responses of a route: these codes and those that every route can answer, by status."""
    by_status: dict[int | str, list[str]] = {}
    for code in sorted({*codes, *_EVERYWHERE}):
        by_status.setdefault(CATALOGUE[code].http_status, []).append(code)
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _describe(found), "content": content} for status, found in by_status.items()}


async def on_qlf_error(_: Request, error: Exception) -> Response:
    """Answer a typed error; what the caller cannot help is logged with its cause."""
    found = error if isinstance(error, QlfError) else InternalError("QLF9000")
    if status_of(found) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("%s: %s", found.code, stack_of(error))
    return problem(found)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer what the router itself refuses: unknown path, unknown method, unreadable body."""
    if not isinstance(error, HTTPException):
        return problem(InternalError("QLF9000"))
    code = _BY_STATUS.get(error.status_code, "QLF7119" if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else "QLF9000")
    kind = ConfigError if error.status_code == HTTPStatus.UNAUTHORIZED else InputError
    headers = {"Allow": ", ".join(allowed_methods(request))} if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else error.headers
    return problem(kind(code), status=error.status_code, headers=headers)


async def on_invalid(_: Request, error: Exception) -> Response:
    """Answer a request that does not fit its schema; the caller's values are not echoed."""
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    if any(fault["type"] == "json_invalid" for fault in faults):
        return problem(InputError("QLF7110", "the body is not JSON"))
    return problem(InputError("QLF7103"), places=[_place(fault) for fault in faults[:_MOST_PLACES]])


async def on_fault(_: Request, __: Exception) -> Response:
    """Answer a fault of ours; its text stays in the log."""
    found = trace_id()
    return problem(InternalError("QLF9000"), headers={TRACE_HEADER: found} if found else {})


def allowed_methods(request: Request) -> list[str]:
    """Every documented method of the request's path; the router itself names those of the first route only (RFC 9110, section 10.2.1)."""
    paths: dict[str, dict[str, Any]] = request.app.openapi()["paths"]
    found = {method.upper() for path, methods in paths.items() if _template(path).match(request.url.path) for method in methods}
    return sorted(found)


@functools.cache
def _template(path: str) -> re.Pattern[str]:
    return compile_path(path.replace("{name}", "{name:path}"))[0]


def _place(fault: Mapping[str, Any]) -> Place:
    pointer = "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in fault["loc"])
    return Place(pointer=_clean(f"/{pointer}"), message=_clean(str(fault["msg"])))


def _describe(codes: Iterable[str]) -> str:
    return "; ".join(f"{code}: {CATALOGUE[code].title}" for code in codes)


def _clean(text: str) -> str:
    return text[:_LONGEST].encode(errors="replace").decode()


def _plain(context: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of plain types only: an error may carry what JSON cannot say."""
    return {_clean(name): _clean(value) if isinstance(value, str) else value for name, value in context.items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, str)) or (isinstance(value, float) and value - value == 0)
