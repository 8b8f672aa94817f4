"""One JSON object per line, because the reader of a host's log is more often a program than a human."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol, TextIO

Sink = Callable[[dict[str, Any]], None]


class Log(Protocol):
    """How every part of the host speaks: a level, a word for what happened, and fields."""

    def __call__(self, level: str, what: str, /, **fields: Any) -> None:
        """Write one entry."""


def to_sink(sink: Sink | None) -> Log:
    """A `Log` that hands entries to `sink`; without one, nothing is built at all."""
    if sink is None:
        return _nothing

    def log(level: str, what: str, /, **fields: Any) -> None:
        sink({"at": round(time.time(), 3), "level": level, "event": what, **fields})

    return log


def _nothing(level: str, what: str, /, **fields: Any) -> None:
    """Say nothing."""


def lines(stream: TextIO | None = None) -> Sink:
    """A sink that writes JSON lines to `stream`, standard error by default."""
    out = stream or sys.stderr

    def sink(entry: dict[str, Any]) -> None:
        try:
            out.write(json.dumps(entry, ensure_ascii=False, default=str) + "\n")
            out.flush()
        except (OSError, ValueError):
            return

    return sink
