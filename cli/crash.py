"""The log of an unexpected fault: enough to find it, beside the data and not on the user's screen."""

from __future__ import annotations

import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from cli import VERSION
from cli.home import write_private
from cli.session import Session

_KEPT = 50


def write_log(error: BaseException, session: Session) -> Path | None:
    """Write the traceback to `QLF_HOME/logs` and return its path; None when even that cannot be done. Keeps the newest fifty."""
    try:
        folder = session.home.folder("logs")
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        path = folder / f"qlf-{stamp}.log"
        where = f"qlf {VERSION}, Python {platform.python_version()}, {platform.platform()}"
        head = f"{where}\ncommand: {session.command} run: {session.run_id}\n\n"
        write_private(path, (head + "".join(traceback.format_exception(error))).encode("utf-8", "backslashreplace"))
        for old in sorted(folder.glob("qlf-*.log"))[:-_KEPT]:
            old.unlink(missing_ok=True)
    except Exception as second:
        print(f"qlf: the log could not be written: {second}", file=sys.stderr)
        return None
    return path
