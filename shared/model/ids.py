"""Identifiers: a prefix that says what the thing is, and a ULID that sorts by the time it was made."""

from __future__ import annotations

import re
from typing import Literal

from ulid import ULID

Prefix = Literal["run", "cap", "prv", "evt", "apr"]
ULID_PATTERN = r"[0-7][0-9A-HJKMNP-TV-Z]{25}"


def new_id(prefix: Prefix) -> str:
    """A new id such as `run_01J…`. Called at the API only; everything below it derives ids from there."""
    return f"{prefix}_{ULID()}"


def is_id(prefix: Prefix, text: str) -> bool:
    """True when `text` is an id of this kind."""
    return re.fullmatch(rf"{prefix}_{ULID_PATTERN}", text) is not None
