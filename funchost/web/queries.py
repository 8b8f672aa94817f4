"""Reads query parameters as .NET does: names without case, and a value that does not parse counts as absent."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from funchost.durable.client import ClientError
from funchost.store import Instance, Query

_PAGE, _LARGEST_PAGE = 100, 10_000
_STATUSES = ("Running", "Completed", "ContinuedAsNew", "Failed", "Canceled", "Terminated", "Pending", "Suspended")


class Parameters:
    """The query parameters of one request."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {key.lower(): value for key, value in values.items()}

    def text(self, name: str) -> str | None:
        """The value as it is."""
        return self._values.get(name.lower())

    def flag(self, name: str, default: bool) -> bool:
        """`true` or `false` in any case."""
        return {"true": True, "false": False}.get((self.text(name) or "").strip().lower(), default)

    def number(self, name: str) -> float | None:
        """A decimal number."""
        try:
            return float(self.text(name) or "")
        except ValueError:
            return None

    def time(self, name: str) -> float | None:
        """A point in time, UTC unless it says otherwise, as seconds since the epoch."""
        text = (self.text(name) or "").strip()
        try:
            moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        except ValueError:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

    def statuses(self) -> tuple[str, ...]:
        """The `runtimeStatus` list; names and numbers that are none are left out."""
        found = (part.strip() for part in (self.text("runtimeStatus") or "").split(","))
        return tuple(
            _STATUSES[int(p)] if p.isdecimal() and int(p) < len(_STATUSES) else p for p in found if p in _STATUSES or p.isdecimal()
        )

    def query(self) -> Query:
        """The filter of a list of instances."""
        top = self.text("top") or ""
        return Query(
            self.text("instanceIdPrefix") or "",
            self.time("createdTimeFrom"),
            self.time("createdTimeTo"),
            self.statuses(),
            min(int(top), _LARGEST_PAGE) if top.isdecimal() and int(top) else _PAGE,
        )


def token_after(row: Instance) -> str:
    """A continuation token for the page that follows `row`."""
    return base64.urlsafe_b64encode(json.dumps([row.created, row.id]).encode()).decode()


def read_token(token: str) -> tuple[float, str] | None:
    """The inverse of `token_after`; None for no token. Raises 400."""
    if not token:
        return None
    try:
        created, instance = json.loads(base64.urlsafe_b64decode(token))
        return float(created), str(instance)
    except (ValueError, TypeError) as error:
        raise ClientError(
            400, "One or more of the arguments submitted is incorrect", f"Invalid continuation token: {error}", "System.ArgumentException"
        ) from error
