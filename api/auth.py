"""Who may call. One middleware in front of all routes, so that no route can be forgotten and no body is read for a stranger.

On a laptop the key is the token in `QLF_HOME/token`, which only its owner can read. With Entra configured, or inside Azure, that
token is refused; until Entra sign-in is there the API answers 503 and is never open.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem
from shared.model import ConfigError, QlfError
from shared.settings import Settings

_LONGEST_TOKEN = 4096


class Authenticated:
    """Lets a request pass when its path is open to all, or when it carries the right bearer token."""

    def __init__(self, app: ASGIApp, *, settings: Settings, open_paths: frozenset[str]) -> None:
        self._app = app
        self._settings = settings
        self._open = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in self._open:
            try:
                check(self._settings, Headers(scope=scope).get("authorization", ""))
            except QlfError as error:
                await problem(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def check(settings: Settings, authorization: str) -> None:
    """Raises ConfigError: QLF7106 for a missing or wrong token, QLF7107 where only Entra may open, QLF7118 without a usable token file."""
    if not settings.local_auth:
        raise ConfigError("QLF7107")
    scheme, _, given = authorization.partition(" ")
    expected = local_token(settings.home)
    given = given.strip()[:_LONGEST_TOKEN]
    if scheme.lower() != "bearer" or not secrets.compare_digest(given.encode(errors="replace"), expected.encode()):
        raise ConfigError("QLF7106")


def local_token(home: Path) -> str:
    """The token of this home, made (32 random bytes, owner-only) by whoever asks first. Raises ConfigError QLF7118."""
    path = home / "token"
    try:
        if not path.exists():
            _make(path)
        with path.open("rb") as file:
            _require_owner_only(os.fstat(file.fileno()))
            token = file.read(_LONGEST_TOKEN).decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("QLF7118", str(error)) from error
    if not token:
        raise ConfigError("QLF7118", "the token file is empty")
    return token


def _require_owner_only(facts: os.stat_result) -> None:
    if os.name == "posix" and (facts.st_uid != os.geteuid() or stat.S_IMODE(facts.st_mode) & 0o077):
        raise ConfigError("QLF7118", "the token file is not owner-only")


def _make(path: Path) -> None:
    """Write beside and link, so that of several processes one wins and nobody reads half a token."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".token-{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
