"""Records as the text that every store keeps, exactly: no database rounds a number in it, and JSON escapes the NUL that would cut it."""

from __future__ import annotations

import json

from shared.model import InternalError, Json, Record


def to_text(value: Record | Json) -> str:
    """Compact JSON with sorted keys. Raises InternalError QLF7015 for what JSON cannot say (NaN, foreign types, lone surrogates)."""
    try:
        data = value.model_dump(mode="json", by_alias=True) if isinstance(value, Record) else value
        text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode()
        return text
    except (ValueError, TypeError, RecursionError) as error:
        raise InternalError("QLF7015", str(error)) from error
