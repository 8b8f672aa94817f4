"""How long a lease may last: what Blob Storage allows, and so what every adapter does."""

from __future__ import annotations

from shared.model import InternalError

SHORTEST_LEASE = 15
LONGEST_LEASE = 60


def lease_seconds(seconds: int) -> int:
    """The same number. Raises InternalError QLF9000 when it is not within 15 to 60."""
    if not SHORTEST_LEASE <= seconds <= LONGEST_LEASE:
        raise InternalError("QLF9000", f"a lease lasts {SHORTEST_LEASE} to {LONGEST_LEASE} seconds, not {seconds}")
    return seconds
