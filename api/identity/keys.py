"""The public keys that Entra signs tokens with, fetched when they are needed and kept while the endpoint is down.

Entra rotates its keys without notice, so an unknown key id asks again, but not more often than `PAUSE`: key ids come from strangers.
https://learn.microsoft.com/entra/identity-platform/access-tokens#signing-keys
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPException
from typing import Any

import jwt

from shared.model import ConfigError, InternalError

FRESH = 3600.0
"""Seconds after which known keys are asked for again, beside the requests that use them."""
STALE = 86400.0
"""Seconds that keys serve without being confirmed."""
PAUSE = 10.0
"""Seconds between two attempts."""
PATIENCE = 5.0
MAX_BYTES = 256 * 1024
_MAX_KEYS = 64
log = logging.getLogger("qlf.identity")


class SigningKeys:
    """A JWKS endpoint (RFC 7517) behind a cache. May be used from several event loops; only one fetch runs at a time."""

    def __init__(self, url: str, *, now: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._now = now
        self._guard = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="jwks")
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        self._flight: Future[None] | None = None

    async def get(self, kid: str) -> jwt.PyJWK:
        """The key of this id. Raises ConfigError QLF7121 when Entra has none, InternalError QLF7123 while that cannot be found out."""
        age = self._now() - self._fetched
        known = self._keys.get(kid) if age < STALE else None
        flight = self._refresh() if known is None or age >= FRESH else None
        if known is not None:
            return known
        if flight is not None:
            await asyncio.shield(asyncio.wrap_future(flight))
        found = self._keys.get(kid) if self._now() - self._fetched < STALE else None
        if found is not None:
            return found
        if self._fetched < self._tried:
            raise InternalError("QLF7123")
        raise ConfigError("QLF7121", "the token is signed by a key that Entra does not publish")

    def _refresh(self) -> Future[None] | None:
        """The fetch that is under way, or a new one; None when the last one is too recent."""
        with self._guard:
            if self._flight is not None and not self._flight.done():
                return self._flight
            if self._now() - self._tried < PAUSE:
                return None
            self._tried = self._now()
            self._flight = self._worker.submit(self._load, self._tried)
            return self._flight

    def _load(self, started: float) -> None:
        try:
            keys = parse_keys(fetch(self._url))
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            log.warning("the signing keys cannot be fetched: %s", type(error).__name__)
            return
        self._keys, self._fetched = keys, started


def fetch(url: str) -> bytes:
    """The body at `url`: no redirects, at most `MAX_BYTES`, within `PATIENCE` seconds all told.

    Raises OSError, http.client.HTTPException or ValueError.
    """
    deadline = time.monotonic() + PATIENCE
    opener = urllib.request.build_opener(_NoRedirects)
    body = b""
    with opener.open(url, timeout=PATIENCE) as response:
        while chunk := response.read1(65536):
            body += chunk
            if len(body) > MAX_BYTES:
                raise ValueError("the answer is too large")
            if time.monotonic() > deadline:
                raise TimeoutError("the answer takes too long")
    return body


def parse_keys(body: bytes) -> dict[str, jwt.PyJWK]:
    """The RSA signing keys of a key set, by id. Raises ValueError for what is none, or holds no such key."""
    document = json.loads(body)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list) or len(entries) > _MAX_KEYS:
        raise ValueError("not a key set")
    keys = {str(entry["kid"]): key for entry in entries if _may_sign(entry) and (key := _key(entry)) is not None}
    if not keys:
        raise ValueError("no key of the set can be used")
    return keys


def _may_sign(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("kty") == "RSA" and isinstance(entry.get("kid"), str) and entry.get("use", "sig") == "sig"


def _key(entry: dict[str, Any]) -> jwt.PyJWK | None:
    try:
        return jwt.PyJWK.from_dict({name: entry[name] for name in ("kty", "kid", "n", "e") if name in entry}, algorithm="RS256")
    except (jwt.PyJWTError, ValueError, TypeError):
        return None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Takes a redirect for the failure that it is here."""

    def redirect_request(self, *_: Any) -> None:
        return None
