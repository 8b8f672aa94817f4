"""App Service authentication: the platform checked the sign-in, and says so in headers that it strips from what callers send.

Believed only where the platform's own settings say that it stands in front; anywhere else the header is as good as no header.
https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers

from api.identity.principal import Claims, require_app
from shared.model import ConfigError
from shared.settings import Settings

HEADER = "x-ms-client-principal"
_LONGEST = 64 * 1024
_MOST_CLAIMS = 2000
# The platform may hand claims on under their short names or under those of WS-Federation.
_OID = ("oid", "http://schemas.microsoft.com/identity/claims/objectidentifier")
_TID = ("tid", "http://schemas.microsoft.com/identity/claims/tenantid")
_SUB = ("sub", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier")  # an application is its own subject
_SCP = ("scp", "http://schemas.microsoft.com/identity/claims/scope")
_ROLES = ("roles", "role", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")
_GROUPS = ("groups", "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups")
_NAMES = ("preferred_username", "name")


def in_front(settings: Settings) -> bool:
    """True when the platform stands in front and asks for a sign-in."""
    return settings.azure_site_name is not None and settings.azure_auth_enabled


def platform_claims(headers: Headers, tenant: str | None) -> Claims | None:
    """What the platform says of the caller; None when it says nothing (an address that it leaves open).

    Raises ConfigError QLF7121 for a principal that cannot be read, is there twice, is of another tenant or provider, or signed in
    to a page (an ID token) and not to the API.
    """
    given = headers.getlist(HEADER)
    if not given:
        return None
    if len(given) > 1:
        raise ConfigError("QLF7121", "the platform's principal is there more than once")
    document = _document(given[0])
    if document.get("auth_typ") != "aad":
        raise ConfigError("QLF7121", "the sign-in is not one of Entra")
    claims = _by_type(document)
    scopes = _all(claims, _SCP)
    found = Claims(
        id=_one(claims, _OID) or headers.get(f"{HEADER}-id", ""),
        tenant=_one(claims, _TID).lower(),
        name=_one(claims, _NAMES) or headers.get(f"{HEADER}-name", ""),
        roles=_all(claims, (*_ROLES, str(document.get("role_typ") or ""))),
        scopes=frozenset(" ".join(scopes).split()) if scopes else None,
        groups=_all(claims, _GROUPS),
    )
    if tenant is not None and found.tenant != tenant.lower():
        raise ConfigError("QLF7121", "the sign-in is from another tenant")
    if found.scopes is None:
        require_app(oid=_one(claims, _OID), sub=_one(claims, _SUB), idtyp=_one(claims, ("idtyp",)), nonce=_one(claims, ("nonce",)))
    return found


def _document(header: str) -> Mapping[str, Any]:
    try:
        if len(header) > _LONGEST:
            raise ValueError("too long")
        document = json.loads(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise ConfigError("QLF7121", "the platform's principal cannot be read") from None
    if not isinstance(document, dict):
        raise ConfigError("QLF7121", "the platform's principal cannot be read")
    return document


def _by_type(document: Mapping[str, Any]) -> dict[str, list[str]]:
    entries = document.get("claims")
    found: dict[str, list[str]] = {}
    for entry in entries[:_MOST_CLAIMS] if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("typ"), str) and isinstance(entry.get("val"), str):
            found.setdefault(entry["typ"], []).append(entry["val"])
    return found


def _all(claims: Mapping[str, list[str]], types: tuple[str, ...]) -> frozenset[str]:
    return frozenset(value for kind in types for value in claims.get(kind, []))


def _one(claims: Mapping[str, list[str]], types: tuple[str, ...]) -> str:
    return next((value for kind in types for value in claims.get(kind, [])), "")
