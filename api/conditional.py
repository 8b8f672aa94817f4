"""ETags: documents that need not be sent again (RFC 9110, section 13.1.2), and commands that must not meet another state (13.1.1)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Request
from starlette.responses import Response

from api.problems import Responses
from shared.model import InputError, Record

NOT_MODIFIED: Responses = {304: {"description": "The document is the one that `If-None-Match` names."}}
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=1000, include_in_schema=False)]
"""The ETag of the document that the command was decided on. Left out of OpenAPI, as all conditional headers are."""


def tagged(request: Request, content: bytes | Record, etag: str, media_type: str = "application/json", status: int = 200) -> Response:
    """The document with its ETag, or 304 when the caller has it already."""
    if status == 200 and names(request, etag):
        return not_modified(etag)
    body = content.model_dump_json(by_alias=True).encode() if isinstance(content, Record) else content
    return Response(body, status, {"ETag": f'"{etag}"'}, media_type)


def names(request: Request, etag: str) -> bool:
    """True when the caller's `If-None-Match` names this document."""
    return _names(request.headers.get("if-none-match", ""), etag)


def not_modified(etag: str) -> Response:
    """304, with the ETag."""
    return Response(status_code=304, headers={"ETag": f'"{etag}"'})


def require(if_match: str | None, etag: str) -> None:
    """Raises InputError QLF7111 when the caller names another state than the one that is there."""
    if if_match is not None and not _names(if_match, etag):
        raise InputError("QLF7111")


def _names(header: str, etag: str) -> bool:
    words = {word.strip().removeprefix("W/").strip('"') for word in header.split(",")}
    return etag in words or "*" in words
