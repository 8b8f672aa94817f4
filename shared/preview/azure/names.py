"""Names of preview apps: short, lower-case, the same for the same preview, and never another one's."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

CANDIDATES = 5
REPOSITORIES = "previews/"


def candidates(preview_id: str) -> Iterator[str]:
    """At most five names, best first, each `pv-` and 12 characters of a digest: a letter-and-digit name that Container Apps takes."""
    for attempt in range(CANDIDATES):
        digest = hashlib.sha256(f"{preview_id}/{attempt}".encode()).digest()
        yield "pv-" + base64.b32encode(digest).decode().lower()[:12]


def repository_of(name: str) -> str:
    """Where the registry keeps the images of the app of that name."""
    return REPOSITORIES + name
