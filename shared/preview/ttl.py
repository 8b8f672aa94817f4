"""How long a preview lives: as people write it, and when one that never came up is given up."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from shared.model import InputError, Preview

LOST_AFTER = timedelta(minutes=10)
"""Longer than any pause between two looks at a deployment: beyond its end by so much, nobody drives it any more."""
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


def is_lost(preview: Preview, now: str) -> bool:
    """True when the preview is still `deploying` so long after its end that its orchestration must be gone. `now` is RFC 3339."""
    return preview.status == "deploying" and datetime.fromisoformat(preview.expires_at) + LOST_AFTER <= datetime.fromisoformat(now)


def end_of_lost(preview: Preview) -> Preview:
    """The record of a deployment that was lost."""
    reason = "QLF6031: it was still deploying when its time had been over for ten minutes"
    return preview.model_copy(update={"status": "failed", "reason": reason, "url": None, "port": None, "pid": None})
