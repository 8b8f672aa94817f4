"""The log of the in-process host: warnings and worse, of the host and of the app in it, in a file of bounded size."""

from __future__ import annotations

import json
import logging
import logging.handlers
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli.home import Home
from shared.telemetry import JsonLines

NAME = "host.log"
_LIMIT = 4 << 20


def keep_log(home: Home) -> Callable[[dict[str, Any]], None]:
    """Send what the app logs to `logs/host.log` instead of the user's screen; returns the sink for what the host says."""
    handler = logging.handlers.RotatingFileHandler(log_file(home), maxBytes=_LIMIT, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(JsonLines())
    handler.setLevel(logging.WARNING)
    logging.basicConfig(handlers=[handler], force=True)
    log = logging.getLogger("qlf.host")
    levels = {"warning": logging.WARNING, "error": logging.ERROR}

    def write(entry: dict[str, Any]) -> None:
        if level := levels.get(str(entry.get("level"))):
            log.log(level, "%s: %s", entry.get("event"), json.dumps(entry, default=str))

    return write


def log_file(home: Home) -> Path:
    """Where the log lies."""
    return home.folder("logs") / NAME
