"""The lease of one blob, state by state, as the reference has it: available, leased, breaking, broken, expired.

https://learn.microsoft.com/rest/api/storageservices/lease-blob
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass


class Refused(Exception):
    """What the service answers instead."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass
class Lease:
    """`ends` is when a lease expires, or when one that breaks is broken; times in seconds, by the clock of the service."""

    id: str = ""
    seconds: int = 0
    ends: float = 0.0
    breaks: bool = False

    def state(self, now: float) -> str:
        if not self.id:
            return "available"
        if now < self.ends:
            return "breaking" if self.breaks else "leased"
        return "broken" if self.breaks else "expired"

    def locked(self, now: float) -> bool:
        return self.state(now) in ("leased", "breaking")

    def act(self, headers: Mapping[str, str], now: float) -> tuple[int, dict[str, str]]:
        """Status and headers of the answer. Raises Refused."""
        action = headers.get("x-ms-lease-action", "")
        if action == "acquire":
            return self._acquire(_seconds(headers), _guid(headers.get("x-ms-proposed-lease-id") or str(uuid.uuid4())), now)
        if action == "break":
            return self._break(headers.get("x-ms-lease-break-period"), now)
        if action not in ("renew", "release"):
            raise Refused(400, "InvalidHeaderValue")
        if "x-ms-lease-id" not in headers:
            raise Refused(400, "MissingRequiredHeader")
        if _guid(headers["x-ms-lease-id"]) != self.id:
            raise Refused(409, "LeaseIdMismatchWithLeaseOperation")
        return self._renew(now) if action == "renew" else self._release()

    def _acquire(self, seconds: int, proposed: str, now: float) -> tuple[int, dict[str, str]]:
        if self.locked(now) and proposed != self.id:
            raise Refused(409, "LeaseAlreadyPresent")
        if self.state(now) == "breaking":
            raise Refused(409, "LeaseIsBreakingAndCannotBeAcquired")
        self.id, self.seconds, self.breaks = proposed, seconds, False
        self.ends = self._span(now)
        return 201, {"x-ms-lease-id": self.id}

    def _renew(self, now: float) -> tuple[int, dict[str, str]]:
        if self.breaks:
            raise Refused(409, "LeaseIsBrokenAndCannotBeRenewed")
        self.ends = self._span(now)
        return 200, {"x-ms-lease-id": self.id}

    def _release(self) -> tuple[int, dict[str, str]]:
        self.id, self.breaks = "", False
        return 200, {}

    def _break(self, period: str | None, now: float) -> tuple[int, dict[str, str]]:
        if self.state(now) == "available":
            raise Refused(409, "LeaseNotPresentWithLeaseOperation")
        if period is not None and not 0 <= int(period) <= 60:
            raise Refused(400, "InvalidHeaderValue")
        left = max(0.0, self.ends - now)
        if period is not None:
            left = min(left, int(period))
        elif math.isinf(left):
            left = 0.0
        self.breaks, self.ends = True, now + left
        return 202, {"x-ms-lease-time": str(math.ceil(left))}

    def _span(self, now: float) -> float:
        return math.inf if self.seconds == -1 else now + self.seconds


def _seconds(headers: Mapping[str, str]) -> int:
    if "x-ms-lease-duration" not in headers:
        raise Refused(400, "MissingRequiredHeader")
    try:
        seconds = int(headers["x-ms-lease-duration"])
    except ValueError:
        raise Refused(400, "InvalidHeaderValue") from None
    if seconds != -1 and not 15 <= seconds <= 60:
        raise Refused(400, "InvalidHeaderValue")
    return seconds


def _guid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise Refused(400, "InvalidHeaderValue") from None
