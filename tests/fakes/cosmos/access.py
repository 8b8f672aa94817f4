"""Who may ask: the signature of a key, or a token that the account knows. https://learn.microsoft.com/rest/api/cosmos-db/access-control-on-cosmosdb-resources"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

from tests.fakes.cosmos.state import Refused

_SKEW_SECONDS = 15 * 60
_TYPES = ("dbs", "colls", "docs", "pkranges")


def check(method: str, path: str, headers: Mapping[str, str], *, key: str, knows: Callable[[str], bool], now: float) -> None:
    """Raises Refused 401 unless the request is signed with the key, or carries a token that the account knows."""
    kind, _, rest = unquote(headers.get("authorization", "")).partition("&ver=1.0&sig=")
    if kind == "type=aad":
        if not knows(rest):
            raise Refused(401, "the token is not one of this account")
        return
    if kind != "type=master":
        raise Refused(401, "Required Header authorization is missing or malformed")
    date = headers.get("x-ms-date", "")
    try:
        skew = abs(parsedate_to_datetime(date).timestamp() - now)
    except (TypeError, ValueError) as error:
        raise Refused(401, "x-ms-date is missing or malformed") from error
    if skew > _SKEW_SECONDS:
        raise Refused(403, "the request is too old")
    wanted = hmac.new(base64.b64decode(key), _signed(method, path, date).encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(base64.b64encode(wanted).decode(), rest):
        raise Refused(401, "The input authorization token can't serve the request")


def _signed(method: str, path: str, date: str) -> str:
    """What is signed: the type of the resource, and the link of the resource itself or, for a feed, of its parent."""
    parts = [part for part in unquote(path).split("/") if part]
    if parts and parts[-1] in _TYPES and len(parts) % 2 == 1:
        kind, link = parts[-1], "/".join(parts[:-1])
    else:
        kind, link = parts[-2] if len(parts) > 1 else "", "/".join(parts)
    return f"{method.lower()}\n{kind}\n{link}\n{date.lower()}\n\n"
