"""Where sign-ins are kept: the keyring of the platform, else a file that only its owner can read."""

from __future__ import annotations

import os
from typing import Any

from cli.home import OWNER_FILE, Home
from shared.model import ConfigError


def token_cache(home: Home) -> Any:
    """The persistent cache of msal; its `is_encrypted` says whether a keyring holds it. Raises ConfigError QLF8054 or QLF8056."""
    try:
        from msal_extensions import FilePersistence, PersistedTokenCache, build_encrypted_persistence
    except ImportError as error:
        raise ConfigError("QLF8054", "msal is not installed: pip install -r requirements-local.txt") from error
    path = home.folder("entra") / "tokens.json"
    try:
        persistence = build_encrypted_persistence(str(path.with_suffix(".keyring")))
    except Exception:  # each platform has failures of its own, and all mean the same: there is no keyring to use
        persistence = FilePersistence(str(path))
        if path.exists():
            os.chmod(path, OWNER_FILE)
    return PersistedTokenCache(persistence)


def forget(cache: Any, client_id: str, account: str) -> None:
    """Remove the tokens that a client holds for an account. Needs no network. Raises ConfigError QLF8056."""
    kinds = cache.CredentialType
    query = {"home_account_id": account, "client_id": client_id}
    try:
        for kind in (kinds.ACCESS_TOKEN, kinds.REFRESH_TOKEN, kinds.ID_TOKEN):
            for entry in list(cache.search(kind, query=query)):
                cache.modify(kind, entry)
        if not list(cache.search(kinds.REFRESH_TOKEN, query={"home_account_id": account})):
            for entry in list(cache.search(kinds.ACCOUNT, query={"home_account_id": account})):
                cache.modify(kinds.ACCOUNT, entry)
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigError("QLF8056", type(error).__name__) from error
