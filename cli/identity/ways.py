"""Where to sign in for a service: what the environment says, else what the service says of itself (RFC 9728).

A service could name somebody else's sign-in page, or an application that is not its own. So its word is taken only for the known
clouds of Entra and for one scope that names its application; another authority must come from the user's own environment.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import httpx2

from cli.home import Home, replace_private
from shared.model import ConfigError

METADATA = "/.well-known/oauth-protected-resource/api/v1"
CLOUDS = frozenset({"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Way:
    """What it takes to get a token: the tenant, the public client that asks, the scope, the sign-in endpoint, and who signed in."""

    tenant: str
    client_id: str
    scope: str
    authority: str
    account: str = ""

    @property
    def known(self) -> bool:
        """True for a cloud of Entra, whose name needs no further trust."""
        return urlsplit(self.authority).hostname in CLOUDS


def way_to(endpoint: str) -> Way:
    """The way for a service (empty: for the host of this process). Raises ConfigError QLF8050, QLF8052 or QLF8011."""
    if found := from_environment():
        return found
    if not endpoint:
        raise ConfigError("QLF8050")
    return discover(endpoint)


def from_environment() -> Way | None:
    """The way that `ENTRA_*` describe, once tenant and application are named. Raises ConfigError QLF8040 for values that are none."""
    if not os.environ.get("ENTRA_TENANT_ID") or not os.environ.get("ENTRA_CLIENT_ID"):
        return None
    from shared.settings import load_settings

    settings = load_settings()
    api = settings.entra_client_id or ""
    scope = f"api://{api}/access_as_user"
    return Way(settings.entra_tenant_id or "", settings.entra_cli_client_id or api, scope, settings.entra_authority)


def discover(endpoint: str) -> Way:
    """What the service says of itself. Raises ConfigError QLF8011 when it does not answer, QLF8052 when its word cannot be taken."""
    address = urlsplit(endpoint)
    if address.scheme != "https" and address.hostname not in LOOPBACK:
        raise ConfigError("QLF8052", f"{endpoint} is not reached over https")
    document = _fetch(f"{address.scheme}://{address.netloc}{METADATA}", local=address.hostname in LOOPBACK)
    if urlsplit(str(document.get("resource"))).netloc != address.netloc:
        raise ConfigError("QLF8052", "the metadata is of another service")
    servers, scopes = document.get("authorization_servers"), document.get("scopes_supported")
    if not servers:
        raise ConfigError("QLF8050", f"{endpoint} does not use Entra: it takes the token of its own data folder")
    match = re.fullmatch(rf"(https://[^/?#@]+)/({_GUID})/v2\.0", _only(servers))
    scope, client = _only(scopes), str(document.get("qlf_client_id"))
    if not match or not re.fullmatch(rf"api://{_GUID}/access_as_user", scope) or not re.fullmatch(_GUID, client):
        raise ConfigError("QLF8052", "the metadata names no sign-in of Entra")
    way = Way(match[2], client, scope, match[1])
    if not way.known and way.authority != os.environ.get("ENTRA_AUTHORITY", "").rstrip("/"):
        raise ConfigError("QLF8052", f"{way.authority} is no sign-in page of Entra; if you trust it, name it with ENTRA_AUTHORITY")
    return way


def _fetch(url: str, *, local: bool) -> dict[str, object]:
    try:
        with httpx2.Client(timeout=10.0, trust_env=not local) as http, http.stream("GET", url) as answer:
            body = b""
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > _LARGEST:
                    raise ConfigError("QLF8052", "the metadata is too large")
            document = json.loads(body) if answer.status_code == 200 else None
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise ConfigError("QLF8011", f"{url}: {type(error).__name__}") from error
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ConfigError("QLF8052", f"there is no metadata at {url}")
    return document


def _only(values: object) -> str:
    return values[0] if isinstance(values, list) and len(values) == 1 and isinstance(values[0], str) else ""


class Ways:
    """The ways that were signed in on, by endpoint, in `QLF_HOME/entra/endpoints.json`."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._path = home.root / "entra" / "endpoints.json"

    def all(self) -> dict[str, Way]:
        """Every way. Raises ConfigError QLF8056 when the file is damaged."""
        try:
            found = json.loads(self._path.read_text("utf-8"))
            return {str(endpoint): Way(**way) for endpoint, way in found.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ConfigError("QLF8056", f"{self._path}: {type(error).__name__}") from error

    def get(self, endpoint: str) -> Way | None:
        """The way that was used for this endpoint."""
        return self.all().get(name_of(endpoint))

    def keep(self, endpoint: str, way: Way | None) -> None:
        """Keep a way; None forgets it."""
        found = self.all()
        found.pop(name_of(endpoint), None)
        if way is not None:
            found[name_of(endpoint)] = way
        self._home.folder("entra")
        replace_private(self._path, json.dumps({key: asdict(value) for key, value in found.items()}, indent=2, sort_keys=True).encode())


def name_of(endpoint: str) -> str:
    """An endpoint as a key: scheme, host and port, lower-case; empty for the host of this process."""
    address = urlsplit(endpoint)
    return f"{address.scheme}://{address.netloc}".lower() if endpoint else ""
