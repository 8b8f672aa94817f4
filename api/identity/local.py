"""The key of a laptop: the token in `QLF_HOME/token`, which only its owner can read."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from shared.model import ConfigError

_LONGEST_TOKEN = 4096


def check(home: Path, token: str) -> None:
    """Raises ConfigError: QLF7106 for a missing or wrong token, QLF7118 without a usable token file."""
    expected = local_token(home)
    if not secrets.compare_digest(token[:_LONGEST_TOKEN].encode(errors="replace"), expected.encode()):
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
