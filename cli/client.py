"""The REST API over HTTP: one place that knows paths, the token and what a refusal looks like (RFC 9457)."""

from __future__ import annotations

from types import TracebackType
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from cli.identity import Token
from shared.model import CATALOGUE, ConfigError, InputError, InternalError, QlfError, from_json

LONG_POLL = 20
_TIMEOUT = httpx2.Timeout(60.0, connect=10.0)
_MOST_PLACES = 5
_MOVED = (302, 303, 307)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Unreachable(ConfigError):
    """Nobody answers at the API's address, or the connection broke."""


class Api:
    """A client for one address. Raises the typed error that the service tells of, or QLF8011, QLF8012, QLF8013 of its own."""

    def __init__(self, url: str, token: Token) -> None:
        address = urlsplit(url)
        local, tls = address.hostname in _LOOPBACK, address.scheme == "https"
        headers = {"Accept": "application/json"}
        self.url = url.rstrip("/")
        self._token = token
        try:
            self._http = httpx2.Client(
                base_url=f"{self.url}/api/v1", headers=headers, timeout=_TIMEOUT, trust_env=not local, verify=tls or not local
            )
        except (httpx2.InvalidURL, ValueError) as error:
            raise InputError("QLF8017", f"{url!r} is not a URL") from error

    def __enter__(self) -> Api:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._http.close()

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """The JSON object at `path`."""
        return self._object(self._send("GET", path, params={k: v for k, v in params.items() if v is not None}))

    def items(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """The `items` of a list at `path`: one page."""
        found = self.get(path, **params).get("items")
        if not isinstance(found, list):
            raise InternalError("QLF8013", f"{path} holds no list")
        return found

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> dict[str, Any]:
        """POST JSON; `key` is the Idempotency-Key."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._object(self._send("POST", path, json=body or {}, headers=headers))

    def content(self, path: str) -> bytes:
        """The bytes at `path`, or those of the store that the service hands out a link to."""
        response = self._send("GET", path, moved=True, headers={"Accept": "*/*"})
        return self._linked(response.headers["Location"]) if response.status_code in _MOVED else response.content

    def _linked(self, address: str) -> bytes:
        """The bytes behind a link, which is its own right to read: the token is not for that host. No error shows the link."""
        link = urlsplit(address)
        if link.scheme != "https" and not (link.scheme == "http" and {link.hostname, urlsplit(self.url).hostname} <= _LOOPBACK):
            raise InternalError("QLF8013", "the service's link is not https")
        try:
            response = self._http.request("GET", address, headers={"Accept": "*/*"})
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Unreachable("QLF8011", f"{link.hostname}: {type(error).__name__}") from None
        if response.status_code != 200:
            raise InternalError("QLF8013", f"the link to {link.hostname} was answered with HTTP status {response.status_code}")
        return response.content

    def run(self, run_id: str) -> dict[str, Any]:
        """The run document."""
        return self.get(f"/runs/{quote(run_id, safe='')}")

    def alive(self) -> bool:
        """True when something answers like this API."""
        try:
            return self._http.get("/health", timeout=2.0).status_code < 500
        except httpx2.HTTPError:
            return False

    def _send(self, method: str, path: str, *, moved: bool = False, **more: Any) -> httpx2.Response:
        headers = more.pop("headers", {}) | ({"Authorization": f"Bearer {token}"} if (token := self._token()) else {})
        try:
            response = self._http.request(method, path, headers=headers, **more)
        except httpx2.HTTPError as error:
            raise Unreachable("QLF8011", f"{self.url}: {error or type(error).__name__}") from error
        if response.status_code >= 300 and not (moved and response.status_code in _MOVED and response.headers.get("Location")):
            raise problem(response.status_code, body_of(response))
        return response

    def _object(self, response: httpx2.Response) -> dict[str, Any]:
        body = body_of(response)
        if body is None:
            raise InternalError("QLF8013", f"{response.request.url.path} holds no JSON object")
        return body


def body_of(response: httpx2.Response) -> dict[str, Any] | None:
    """The JSON object of a response, or None."""
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def problem(status: int, body: dict[str, Any] | None) -> QlfError:
    """The error that a problem document tells of; its exit code is the service's, else it follows from the HTTP status."""
    if status in (401, 403) and (body is None or body.get("code") not in CATALOGUE):
        return ConfigError("QLF8012", f"HTTP status {status}")
    if body is None or body.get("code") not in CATALOGUE:
        told = (body or {}).get("detail") or (body or {}).get("title") or "no problem document"
        return InternalError("QLF8013", f"HTTP status {status}: {told}")
    context = body.get("context") if isinstance(body.get("context"), dict) else {}
    detail = "; ".join(filter(None, [str(body.get("detail") or ""), *places(body)]))
    return from_json({"code": body["code"], "detail": detail, "exit_code": body.get("exit_code", exit_code_of(status)), "context": context})


def places(body: dict[str, Any]) -> list[str]:
    """What a problem document says of single places of the request, as `pointer: message`."""
    found = body.get("errors")
    told = [place for place in found if isinstance(place, dict)] if isinstance(found, list) else []
    return [f"{place.get('pointer')}: {place.get('message')}" for place in told[:_MOST_PLACES]]


def exit_code_of(status: int) -> int:
    """The exit code for an HTTP status whose problem document names none."""
    if status in (401, 403, 503):
        return 4
    return 1 if status >= 500 else 2
