"""Which token goes to which service. The token of the data folder never leaves the machine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from cli.home import Home
from cli.identity import automation
from cli.identity.ways import LOOPBACK, Way, Ways
from shared.model import ConfigError

Token = Callable[[], str]
"""Gives the token to send now; asked for each request, since a run may outlive a token."""
_MARGIN = 120.0


def bearer(home: Home, endpoint: str = "") -> Token:
    """The token for a service (empty: a host of this machine over the same data folder). Raises ConfigError QLF8051 for none."""
    if endpoint and (given := os.environ.get("QLF_TOKEN")):
        return lambda: given
    if way := Ways(home).get(endpoint):
        return _Renewed(lambda: _kept(home, way))
    here = not endpoint or urlsplit(endpoint).hostname in LOOPBACK
    entra = os.environ.get("ENTRA_TENANT_ID") or (endpoint and os.environ.get("ENTRA_CLIENT_ID"))
    if automation.configured() and (entra or not here):
        return _Renewed(automation.automation_token)
    local = here if endpoint else not os.environ.get("ENTRA_TENANT_ID")
    if not local:
        where = f"qlf login --endpoint {endpoint}" if endpoint else "qlf login"
        raise ConfigError("QLF8051", f"there is no sign-in for {endpoint or 'this machine, where ENTRA_TENANT_ID is set'}: {where}")
    return home.token


class _Renewed:
    """A token that is asked for again shortly before it ends."""

    def __init__(self, fetch: Callable[[], tuple[str, float]]) -> None:
        self._fetch = fetch
        self._token, self._ends = "", 0.0

    def __call__(self) -> str:
        if time.time() > self._ends - _MARGIN:
            self._token, self._ends = self._fetch()
        return self._token


def _kept(home: Home, way: Way) -> tuple[str, float]:
    from cli.identity.sign_in import silently

    token, seconds = silently(home, way)
    return token, time.time() + seconds
