"""Cursors: a position in a list as one opaque word, so that clients cannot come to depend on how a store sorts."""

from __future__ import annotations

import base64
import binascii
import json

from shared.model import InputError

_MAX_LENGTH = 512


def encode_cursor(*position: str) -> str:
    """The cursor for the place after `position` (the sort keys of the last item shown)."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> tuple[str, ...]:
    """The `length` sort keys in a cursor. Raises InputError QLF7006 when it is not one of ours."""
    if len(cursor) > _MAX_LENGTH:
        raise InputError("QLF7006")
    try:
        position = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise InputError("QLF7006") from error
    if not isinstance(position, list) or len(position) != length or not all(isinstance(key, str) for key in position):
        raise InputError("QLF7006")
    return tuple(position)
