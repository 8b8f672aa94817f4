"""The process that holds the app's sandbox. When it ends, however it ends, the sandbox ends with it."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

from pydantic import Field

from shared.model import QlfError, Record
from shared.preview.launch import Launch, Login, command_of, profile
from shared.runner import LocalSandbox

_PAUSE = 0.25


class Ending(Record):
    """How the app ended by itself."""

    reason: str
    unenforced: list[str] = Field(default_factory=list)


def start_app(launch: Launch, login: Login, secret: str, hidden: Path, ending: Path) -> int:
    """Fork a process that runs the app in its sandbox and writes an `Ending` to `ending`; returns its process id."""
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
        told = _run(launch, login, secret, hidden)
        beside = ending.with_suffix(".new")
        beside.write_text(told.model_dump_json(), encoding="utf-8")
        beside.replace(ending)
    finally:
        os._exit(0)


def _run(launch: Launch, login: Login, secret: str, hidden: Path) -> Ending:
    try:
        sandbox = LocalSandbox(Path(launch.work), readable=[Path(launch.environment)], hidden=[hidden])
        outcome = sandbox.run(command_of(launch, login, secret), profile())
    except QlfError as error:
        return Ending(reason=str(error))
    if outcome.limits_hit:
        return Ending(reason=f"the app hit its limits: {', '.join(outcome.limits_hit)}", unenforced=outcome.unenforced)
    what = "its migrations failed" if outcome.exit_code == 3 else f"the app ended with exit code {outcome.exit_code}"
    return Ending(reason=what, unenforced=outcome.unenforced)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PAUSE)
    os._exit(1)
