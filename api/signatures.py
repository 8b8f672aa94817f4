"""Who sent a webhook's delivery: checked over the raw bytes, in constant time, before anything parses them.

- GitHub: `X-Hub-Signature-256`, HMAC-SHA256 of the body. https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
- GitLab: `X-Gitlab-Token`, the secret itself. https://docs.gitlab.com/user/project/integrations/webhooks/
- other CI systems: Standard Webhooks, HMAC-SHA256 over id, time and body. https://www.standardwebhooks.com
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import SecretStr
from starlette.datastructures import Headers

from shared.model import ConfigError, InputError
from shared.settings import Settings

Provider = Literal["github", "gitlab", "ci"]
TOLERANCE = 300
"""Seconds by which the sender's clock may differ from ours."""
_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_SECRET_PREFIX = "whsec_"  # noqa: S105  # the form of Standard Webhooks
_KIND = {"github": "x-github-event", "gitlab": "x-gitlab-event", "ci": "webhook-event"}
_DELIVERY = {"github": "x-github-delivery", "gitlab": "x-gitlab-event-uuid", "ci": "webhook-id"}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that its sender signed. `id` is the sender's name for it; only what is in `body` is sure to be theirs."""

    provider: Provider
    id: str
    kind: str
    body: bytes


def secret_of(settings: Settings, provider: Provider) -> str:
    """The shared secret. Raises ConfigError QLF7128 when the provider is not set up."""
    secrets: dict[Provider, SecretStr | None] = {
        "github": settings.webhook_github_secret,
        "gitlab": settings.webhook_gitlab_secret,
        "ci": settings.webhook_ci_secret,
    }
    found = secrets[provider]
    if found is None:
        raise ConfigError("QLF7128", f"no secret is set for {provider}")
    return found.get_secret_value()


def require_signed(provider: Provider, headers: Headers) -> None:
    """Refuse what carries no signature at all, before its body is read. Raises ConfigError QLF7127."""
    if not _given(provider, headers):
        raise ConfigError("QLF7127", "the delivery carries no signature")


def checked(provider: Provider, secret: str, headers: Headers, body: bytes, now: str) -> Delivery:
    """The delivery, once its signature holds.

    Raises ConfigError QLF7127 for a signature that does not hold, InputError QLF7129 for one whose time is over, QLF7130 without an id.
    """
    given, delivery = _given(provider, headers), headers.get(_DELIVERY[provider], "")
    holds = {"github": _github, "gitlab": _gitlab, "ci": _standard}[provider]
    if not holds(secret, given, headers, body):
        raise ConfigError("QLF7127")
    if provider == "ci":
        _require_recent(headers.get("webhook-timestamp", ""), now)
    if not _ID.fullmatch(delivery):
        raise InputError("QLF7130", f"the header {_DELIVERY[provider]} is missing or malformed")
    kind = headers.get(_KIND[provider], "")
    return Delivery(provider, delivery, kind if re.fullmatch(r"[A-Za-z0-9 ._-]{1,64}", kind) else "", body)


def _given(provider: Provider, headers: Headers) -> str:
    names = {"github": "x-hub-signature-256", "gitlab": "x-gitlab-token", "ci": "webhook-signature"}
    given = headers.getlist(names[provider])
    return given[0] if len(given) == 1 else ""


def _github(secret: str, given: str, _: Headers, body: bytes) -> bool:
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return _equal(expected, given)


def _gitlab(secret: str, given: str, _: Headers, __: bytes) -> bool:
    return _equal(secret, given)


def _standard(secret: str, given: str, headers: Headers, body: bytes) -> bool:
    """One of the signatures in the header is ours: while a secret is changed there are two."""
    signed = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()
    return any(_equal(expected, word) for word in given.split(" ")[:16])


def _key(secret: str) -> bytes:
    if not secret.startswith(_SECRET_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ConfigError("QLF7128", "the secret starts with whsec_ and is not base64") from None


def _equal(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())


def _require_recent(given: str, now: str) -> None:
    sent = int(given) if re.fullmatch("[0-9]{1,12}", given) else None
    if sent is None or abs(datetime.fromisoformat(now).timestamp() - sent) > TOLERANCE:
        raise InputError("QLF7129", f"webhook-timestamp is not within {TOLERANCE} seconds of now")
