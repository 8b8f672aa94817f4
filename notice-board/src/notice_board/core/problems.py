"""Errors as RFC 9457 problem details. Every 4xx and 5xx of the application leaves through this module."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ExceptionHandler

MEDIA_TYPE: Final = "application/problem+json"
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="api"'}
_DESCRIPTIONS: Final = {
    400: "The request cannot be read",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    409: "Conflict with the stored data",
    413: "The body is too large",
    422: "The request is not valid",
    429: "Too many requests",
    503: "Not available right now",
}
_HEADERS: Final = {
    401: ("WWW-Authenticate", "How to authenticate", {"type": "string"}),
    429: ("Retry-After", "Seconds to wait", {"type": "integer"}),
}


class ProblemError(HTTPException):
    """Raised anywhere below a route to answer with a problem."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status_code=status, detail=detail, headers=headers)


def not_found(what: str) -> ProblemError:
    """404, also for a row that exists but belongs to someone else."""
    return ProblemError(404, f"There is no such {what}")


def conflict(detail: str) -> ProblemError:
    """409: the request is well formed but the stored data forbids it."""
    return ProblemError(409, detail)


def forbidden(detail: str = "Your role does not allow this") -> ProblemError:
    """403."""
    return ProblemError(403, detail)


def unauthorized(detail: str = "Send a valid access token") -> ProblemError:
    """401 with the challenge that RFC 9110 asks for."""
    return ProblemError(401, detail, CHALLENGE)


def respond(
    status: int,
    detail: str,
    headers: dict[str, str] | None = None,
    errors: Sequence[dict[str, str]] = (),
) -> JSONResponse:
    """A problem as a response."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: one problem per status, with its headers."""
    return {status: _response(status) for status in sorted(statuses)}


def created(key: str, operations: Sequence[str]) -> dict[str, Any]:
    """The documentation of a 201: where the new row is, and the operations that take its id as `key`."""
    header = {"description": "Where the new row is", "schema": {"type": "string"}, "required": True}
    links = {name: {"operationId": name, "parameters": {key: "$response.body#/id"}} for name in operations}
    return {"description": "Successful Response", "headers": {"Location": header}, "links": links}


def _response(status: int) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": _DESCRIPTIONS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in _HEADERS:
        name, description, schema = _HEADERS[status]
        response["headers"] = {name: {"description": description, "schema": schema, "required": True}}
    return response


def _http_error(request: Request, error: StarletteHTTPException) -> JSONResponse:
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = request.app.state.allowed(request)
    return respond(error.status_code, str(error.detail), headers)


def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    """422; a path with an id that no row can have names nothing, so it is 404 like any other unknown id."""
    in_path = [str(item["loc"][1]) for item in error.errors() if item["loc"][0] == "path"]
    if in_path:
        return _http_error(request, not_found(in_path[0].removesuffix("_id").replace("_", " ")))
    errors = [
        {
            "pointer": "/" + "/".join(str(part) for part in item["loc"]),
            "detail": str(item["msg"]).removeprefix("Value error, "),
        }
        for item in error.errors()
    ]
    return respond(422, "The request is not valid", errors=errors[:50])


def _unavailable(_: Request, __: Exception) -> JSONResponse:
    return respond(503, "The database does not answer", {"Retry-After": "5"})


def install(app: FastAPI) -> None:
    """Answer every error of the application with a problem."""
    handlers: dict[type[Exception], Any] = {
        StarletteHTTPException: _http_error,
        RequestValidationError: _invalid,
        OperationalError: _unavailable,
        PoolTimeoutError: _unavailable,
    }
    for kind, handler in handlers.items():
        typed: ExceptionHandler = handler
        app.add_exception_handler(kind, typed)
