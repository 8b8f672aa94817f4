"""Entra access tokens, checked here: signature, issuer, audience, tenant, times. Used wherever `ENTRA_TENANT_ID` is set.

https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jwt

from api.identity.keys import SigningKeys
from api.identity.principal import Claims, require_app
from shared.model import ConfigError

LONGEST = 16 * 1024
LEEWAY = 60
_ALGORITHM = "RS256"
_REQUIRED = ["exp", "iat", "nbf", "iss", "aud", "tid", "oid", "ver"]
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (jwt.ExpiredSignatureError, "the token has expired"),
    (jwt.ImmatureSignatureError, "the token is not valid yet"),
    (jwt.InvalidAudienceError, "the token is for another application"),
    (jwt.InvalidIssuerError, "the token comes from another issuer"),
    (jwt.MissingRequiredClaimError, "the token lacks a claim"),
    (jwt.InvalidSignatureError, "the signature of the token does not check"),
)


class EntraTokens:
    """Checks the access tokens of one tenant for one application."""

    def __init__(self, tenant: str, client_id: str, authority: str, keys: SigningKeys | None = None) -> None:
        self._tenant = tenant.lower()
        self._audiences = [client_id, f"api://{client_id}"]
        self._issuers = {"2.0": f"{authority}/{tenant}/v2.0", "1.0": f"{_v1_issuer(authority)}/{tenant}/"}
        self._keys = keys or SigningKeys(f"{authority}/{tenant}/discovery/v2.0/keys")

    async def claims(self, token: str) -> Claims:
        """What the token says. Raises ConfigError QLF7121 for one that does not hold, InternalError QLF7123 while keys are missing."""
        key = await self._keys.get(_key_id(token))
        try:
            found = self._decode(token, key)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            reason = next((text for kind, text in _REASONS if isinstance(error, kind)), "the token cannot be read")
            raise ConfigError("QLF7121", reason) from None
        if str(found["tid"]).lower() != self._tenant:
            raise ConfigError("QLF7121", "the token is from another tenant")
        if "scp" not in found:
            require_app(**{name: str(found.get(name, "")) for name in ("oid", "sub", "idtyp", "nonce")})
        return Claims(
            id=str(found["oid"]),
            tenant=self._tenant,
            name=str(found.get("preferred_username") or found.get("name") or ""),
            roles=_words(found.get("roles")),
            scopes=_words(found["scp"]) if "scp" in found else None,
            groups=_words(found.get("groups")),
        )

    def _decode(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        found: dict[str, Any] = jwt.decode(
            token, key, algorithms=[_ALGORITHM], audience=self._audiences, issuer=list(self._issuers.values()), leeway=LEEWAY,
            options={"require": _REQUIRED},
        )  # fmt: skip
        if found["iss"] != self._issuers.get(str(found["ver"])):
            raise jwt.InvalidIssuerError
        return found


def _key_id(token: str) -> str:
    """The id of the key that the token says it is signed with, once its form is one that may be checked at all."""
    if not token:
        raise ConfigError("QLF7121", "there is no token")
    if len(token) > LONGEST:
        raise ConfigError("QLF7121", "the token is too long")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise ConfigError("QLF7121", "the token cannot be read") from None
    if header.get("alg") != _ALGORITHM or "crit" in header:
        raise ConfigError("QLF7121", f"the token is not signed with {_ALGORITHM}")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= 256:
        raise ConfigError("QLF7121", "the token does not name its key")
    return kid


def _v1_issuer(authority: str) -> str:
    """Tokens of version 1 come under another name: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference."""
    return "https://sts.chinacloudapi.cn" if authority.endswith((".chinacloudapi.cn", ".microsoftonline.cn")) else "https://sts.windows.net"


def _words(value: object) -> frozenset[str]:
    """A claim of several words: a list, or a text with spaces between."""
    words: Iterable[object] = value.split() if isinstance(value, str) else value if isinstance(value, list) else ()
    return frozenset(word for word in words if isinstance(word, str))
