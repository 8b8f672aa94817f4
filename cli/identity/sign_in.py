"""Signing in with Entra, once with the user and then from what is kept."""

from __future__ import annotations

import contextlib
import os
import sys
import webbrowser
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from cli.home import Home
from cli.identity.cache import token_cache
from cli.identity.ways import Way
from shared.model import ConfigError

Tell = Callable[[dict[str, Any]], None]
"""Told the device code that the user types elsewhere: `user_code`, `verification_uri`, `expires_in`."""
BROWSER_SECONDS = 300
_NETWORK_SECONDS = 15


class Granted(NamedTuple):
    """Somebody who signed in: the account's id in the cache, their object id, name and tenant."""

    account: str
    id: str
    name: str
    tenant: str


def by_device_code(home: Home, way: Way, tell: Tell) -> Granted:
    """Sign in with a code that the user types in any browser. Raises ConfigError QLF8053 or QLF8055."""
    with _faults():
        app = _app(home, way)
        flow = app.initiate_device_flow([way.scope])
        if "user_code" not in flow:
            raise refused(flow)
        tell(flow)
        return _granted(app, app.acquire_token_by_device_flow(flow))


def by_browser(home: Home, way: Way) -> Granted:
    """Sign in with the browser of this machine. Raises ConfigError QLF8053 or QLF8055."""
    with _faults(), contextlib.redirect_stdout(sys.stderr):  # stdout carries data only
        app = _app(home, way)
        return _granted(app, app.acquire_token_interactive([way.scope], prompt="select_account", timeout=BROWSER_SECONDS))


def silently(home: Home, way: Way) -> tuple[str, float]:
    """A token from what is kept, renewed when it is due, and its seconds to live.

    Raises ConfigError QLF8051 when the user must sign in again, QLF8053 when Entra does not answer.
    """
    with _faults():
        app = _app(home, way)
        account = next((found for found in app.get_accounts() if found["home_account_id"] == way.account), None)
        answer = app.acquire_token_silent([way.scope], account=account) if account else None
        if not answer or "access_token" not in answer:
            raise ConfigError("QLF8051", "the sign-in has ended")
        return str(answer["access_token"]), float(answer.get("expires_in", 0))


def has_browser() -> bool:
    """True when a browser can be opened for this user."""
    if os.environ.get("SSH_CONNECTION"):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def refused(answer: dict[str, Any]) -> ConfigError:
    """Why Entra gave no token: the first line of what it says."""
    lines = str(answer.get("error_description") or "").strip().splitlines()
    return ConfigError("QLF8055", f"{answer.get('error', 'no token')}{f': {lines[0][:300]}' if lines else ''}")


def _granted(app: Any, answer: dict[str, Any]) -> Granted:
    claims = answer.get("id_token_claims") or {}
    if "access_token" not in answer or not claims.get("oid"):
        raise refused(answer)
    account = next((found["home_account_id"] for found in app.get_accounts() if found["local_account_id"] == claims["oid"]), "")
    return Granted(account, str(claims["oid"]), str(claims.get("preferred_username") or ""), str(claims.get("tid") or ""))


def _app(home: Home, way: Way) -> Any:
    cache = token_cache(home)
    import msal

    # The page of a cloud that msal knows is looked up by msal; one that the user named is taken as it is.
    return msal.PublicClientApplication(
        way.client_id, authority=f"{way.authority}/{way.tenant}", token_cache=cache, timeout=_NETWORK_SECONDS,
        instance_discovery=None if way.known else False, validate_authority=way.known,
    )  # fmt: skip


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    """What msal and its HTTP library raise, as coded errors."""
    try:
        yield
    except OSError as error:  # a failure of the network, too: requests raises kinds of it
        network = type(error).__module__.startswith("requests")
        raise ConfigError("QLF8053" if network else "QLF8056", type(error).__name__) from error
    except RuntimeError as error:  # a keyring that is locked or gone; its errors are of its platform, and this is their common kind
        raise ConfigError("QLF8056", f"the keyring: {type(error).__name__}") from error
    except ValueError as error:  # msal, when the authority's own document cannot be had
        raise ConfigError("QLF8053", (str(error).strip().splitlines() or [type(error).__name__])[0][:300]) from error
