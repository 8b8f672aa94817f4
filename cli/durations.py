"""Durations as people write them: `90s`, `30m`, `24h`, `3d`."""

from __future__ import annotations

import re

from shared.model import InputError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SHORTEST, LONGEST = 60, 30 * 86400


def seconds(text: str) -> int:
    """The seconds of `text`, from one minute to thirty days. Raises InputError QLF8020."""
    match = re.fullmatch(r"(\d{1,7})([smhd])", text.strip(), re.ASCII)
    value = int(match[1]) * _UNITS[match[2]] if match else 0
    if not SHORTEST <= value <= LONGEST:
        raise InputError("QLF8020", f"{text!r} is not a duration between 1m and 30d")
    return value
