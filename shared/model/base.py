"""The ground every record stands on: frozen, strict, and serialised to one canonical form."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict

Json = None | bool | int | float | str | list[Any] | dict[str, Any]


class Record(BaseModel):
    """A frozen value. Unknown keys are refused, so a misspelt one is never lost in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data, with the public (aliased) names."""
        return self.model_dump(mode="json", by_alias=True)


def canonical_json(value: Record | Json) -> bytes:
    """UTF-8 JSON with sorted keys and no insignificant space, ended by one newline: the form that is hashed."""
    data = value.to_json() if isinstance(value, Record) else value
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def sha256(data: bytes) -> str:
    """Lower-case hexadecimal SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Record | Json) -> str:
    """SHA-256 of the canonical JSON of `value`."""
    return sha256(canonical_json(value))
