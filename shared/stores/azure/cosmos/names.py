"""Ids of documents. Cosmos DB refuses `/ \\ ? #` and long ids; what a caller sends may be anything."""

from __future__ import annotations

import re

from shared.model import sha256

_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,100}")


def item_id(kind: str, name: str) -> str:
    """`<kind>-<name>`; a name with other characters than letters, digits, `_`, `.` and `-` goes by its digest.

    The tilde keeps a digest apart from a name that looks like one.
    """
    return f"{kind}-{name}" if _PLAIN.fullmatch(name) else f"{kind}~{sha256(name.encode('utf-8', 'surrogatepass'))}"
