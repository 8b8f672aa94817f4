"""ASGI requests and responses in the few shapes the host needs, so that no framework sits between a socket and a function."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from funchost.durable.protocol import compact

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
_LINGER_SECONDS, _LINGER_BYTES = 2.0, 16 * 1024 * 1024
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class BodyTooLarge(Exception):
    """The request body is above the limit; answered with 413."""


class Disconnected(Exception):
    """The client went away before its body was complete; nobody waits for an answer."""


@dataclass(slots=True)
class Request:
    """One HTTP request. `path` is percent-encoded, `headers` lower-case with repeats joined by a comma."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    origin: str
    body: bytes = b""

    @property
    def url(self) -> str:
        """The absolute URL."""
        return f"{self.origin}{self.path}" + (f"?{self.query}" if self.query else "")

    def parameters(self) -> dict[str, str]:
        """Query parameters; repeated ones are joined by a comma, as the Functions host does."""
        values: dict[str, str] = {}
        for key, value in parse_qsl(self.query, keep_blank_values=True):
            values[key] = f"{values[key]},{value}" if key in values else value
        return values


@dataclass(slots=True)
class Response:
    """One HTTP response. `headers` may repeat names."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of_json(cls, status: int, value: Any, headers: dict[str, str] | None = None) -> "Response":
        """A JSON answer."""
        body = compact(value).encode()
        return cls(status, body, [("content-type", "application/json; charset=utf-8"), *(headers or {}).items()])

    async def send(self, send: Send, head_only: bool = False, *, unread: Receive | None = None) -> None:
        """Write it to the wire. `unread` is where a body comes from that nobody read: to close at once would take the answer back."""
        raw = [
            (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in self.headers
            if name.lower() not in ("content-length", "transfer-encoding")
        ]
        if self.status >= 200 and self.status not in (204, 304):
            raw.append((b"content-length", str(len(self.body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        body = b"" if head_only or self.status in (204, 304) else self.body
        if unread is not None:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            body = await discard(unread)
        await send({"type": "http.response.body", "body": body})


async def discard(receive: Receive) -> bytes:
    """Let a client finish what it is sending, within bounds, so that it comes to read its answer; nothing of it is kept.

    A socket that is closed with bytes unread resets the connection, and the answer is lost on the way (RFC 9112, 9.6).
    """
    left = _LINGER_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    break
    return b""


def read_request(scope: Scope, origin: str) -> Request:
    """The request without its body."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        joiner = "; " if name == "cookie" else ","
        headers[name] = f"{headers[name]}{joiner}{value}" if name in headers else value
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    if "host" in headers:
        origin = f"{scope.get('scheme', 'http')}://{headers['host']}"
    return Request(scope["method"], path.partition("?")[0], scope["query_string"].decode("latin-1"), headers, origin)


async def read_body(receive: Receive, headers: dict[str, str], limit: int) -> bytes:
    """The whole body, or `BodyTooLarge` as soon as that is known, or `Disconnected`."""
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise BodyTooLarge
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge
        chunks.append(chunk)
        if not message.get("more_body"):
            break
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
