"""Identifiers: a prefix that says what the thing is, and a ULID that sorts by the time it was made."""

from __future__ import annotations

import re
from typing import Literal

from ulid import ULID

from shared.model.base import digest

Prefix = Literal["run", "cap", "prv", "evt", "apr"]
ULID_PATTERN = r"[0-7][0-9A-HJKMNP-TV-Z]{25}"


def new_id(prefix: Prefix) -> str:
    """A new id such as `run_01J…`. Called at the API only; everything below it derives ids from there."""
    return f"{prefix}_{ULID()}"


def keyed_id(prefix: Prefix, *parts: str) -> str:
    """The id of the thing that `parts` name, always the same one: their digest, so nobody can choose it. It does not sort by time."""
    return f"{prefix}_{ULID.from_hex(digest(list(parts))[:32])}"


def is_id(prefix: Prefix, text: str) -> bool:
    """True when `text` is an id of this kind."""
    return re.fullmatch(rf"{prefix}_{ULID_PATTERN}", text) is not None
