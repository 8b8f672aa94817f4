"""How long a preview lives, as people write it."""

from __future__ import annotations

import re

from shared.model import InputError

SHORTEST, LONGEST = 60, 7 * 86400
_UNITS = {"m": 60, "h": 3600, "d": 86400}
_TTL = re.compile(r"([1-9][0-9]{0,5})([mhd])")


def parse_ttl(text: str) -> int:
    """The seconds of `30m`, `24h` or `3d`, from one minute to seven days. Raises `InputError` QLF6001."""
    match = _TTL.fullmatch(text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not SHORTEST <= seconds <= LONGEST:
        raise InputError("QLF6001", f"{text[:40]!r} is not a lifetime from 1m to 7d")
    return seconds
