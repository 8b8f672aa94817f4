"""Logs: one JSON object per line. They carry ids, routes and times, never names, addresses or bodies."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

request_id: ContextVar[str] = ContextVar("request_id", default="")
access_log: Final = logging.getLogger("notice_board.access")


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON, with the id of the request it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
        }
        entry.update(getattr(record, "context", {}))
        if record.exc_info and record.exc_info[0] is not None:
            entry["error"] = record.exc_info[0].__name__
            entry["trace"] = _trace(record.exc_info)
        return json.dumps(entry, ensure_ascii=True, default=str)


def _trace(exc_info: Any) -> list[str]:
    """Where it happened, without the values that an error message may quote."""
    frames = []
    current = exc_info[2]
    while current is not None:
        code = current.tb_frame.f_code
        frames.append(f"{code.co_filename}:{current.tb_lineno} {code.co_name}")
        current = current.tb_next
    return frames[-20:]


def configure(level: str) -> None:
    """Send the application's logs, and uvicorn's, to stderr as JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    for name in ("notice_board", "uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False
    logging.getLogger("uvicorn.access").handlers = []
    logging.getLogger("uvicorn.access").propagate = False
