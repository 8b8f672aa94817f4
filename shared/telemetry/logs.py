"""Log lines: structured ones for the files of this machine, and clean copies for what leaves it.

A message may hold text of a user (an exception quotes its input). In a file of the owner that helps; an export gets the message's
template, its arguments where they are identifiers, and of an exception the type and the places in the code, not the words.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from shared.model import Places, QlfError
from shared.telemetry.facts import REMOVED, Value, safe
from shared.telemetry.tracing import facts, trace_id

APP = "qlf"
AUDIT = "qlf.audit"
"""Who asked for what: lines of information that are exported, too."""
EXPORT = "qlf-export"
_FRAMES = 20


class JsonLines(logging.Formatter):
    """One JSON object per line: time, level, logger, message, trace id, the facts around it, and the traceback of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(), "logger": record.name, "process": record.process, "message": record.getMessage(),
        }  # fmt: skip
        if known := trace_id():
            line["trace_id"] = known
        line |= facts()
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class CleanCopies(logging.Handler):
    """Hands a clean copy of each record to the logger that exports."""

    def emit(self, record: logging.LogRecord) -> None:
        """Copy and hand over."""
        logging.getLogger(EXPORT).handle(cleaned(record))


def cleaned(record: logging.LogRecord) -> logging.LogRecord:
    """The record without any words that the code did not write itself. Exporters send its extra attributes as dimensions."""
    copy = logging.LogRecord(record.name, record.levelno, record.filename, record.lineno, _message(record), None, None, record.funcName)
    copy.created, copy.process = record.created, record.process
    extra: dict[str, Value] = {f"qlf.{name}": value for name, value in facts().items()}
    if record.exc_info and record.exc_info[1] is not None:
        extra |= _exception(record.exc_info[1])
    vars(copy).update(extra)
    return copy


def _message(record: logging.LogRecord) -> str:
    args = record.args if isinstance(record.args, tuple) else ()
    if not isinstance(record.msg, str):
        return type(record.msg).__qualname__
    try:
        return record.msg % tuple(_argument(value) for value in args) if args else record.msg
    except (TypeError, ValueError):
        return record.msg


def _argument(value: object) -> Value:
    if isinstance(value, Places):
        return str(value)
    if isinstance(value, QlfError):
        return f"{value.code}: {value.entry.title}"
    return type(value).__qualname__ if isinstance(value, BaseException) else safe(value)


def _exception(error: BaseException) -> dict[str, Value]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    code = {"qlf.code": error.code} if isinstance(error, QlfError) else {}
    places = "\n".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
    return {"qlf.exception": type(error).__qualname__, "qlf.frames": places, **code}


__all__ = ["APP", "EXPORT", "REMOVED", "CleanCopies", "JsonLines", "cleaned"]
