"""One row of the catalogue."""

from __future__ import annotations

from typing import NamedTuple


class CodeEntry(NamedTuple):
    """A code, what happened in one sentence, what to do, and how HTTP says it."""

    code: str
    title: str
    advice: str
    http_status: int = 500
    retryable: bool = False
