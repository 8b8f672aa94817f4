"""The process that owns one preview: it starts the app, opens the door once the app answers, and ends both at their time.

It runs detached, in a session of its own, so that the preview outlives the command that made it. Started as
`python -m shared.preview.supervisor STATE_DIR` with the state folder's lock inherited.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil

from shared.model import PreviewStatus
from shared.preview.boxed import Ending, start_app
from shared.preview.forward import Door, answers
from shared.preview.launch import ADMIN, READY_PATH, START_SECONDS, Launch, Login
from shared.preview.state import PreviewState, StateFolder, shorten, tail

_TICK, _PAUSE = 0.1, 0.02
_PROBE_EVERY = 5.0
_MISSES = 3
_KEPT_LOG, _MAX_LOG = 1 << 20, 16 << 20
_END_SECONDS = 8.0


class Supervisor:
    """One preview from its start to its end."""

    def __init__(self, folder: StateFolder, state: PreviewState, launch: Launch) -> None:
        self._folder = folder
        self._state = state
        self._launch = launch
        self._ending = folder.path / "ending.json"
        self._door = Door(launch.socket)
        self._app: int | None = None
        self._misses = 0
        self._told_to_stop = False

    async def run(self) -> None:
        """Start, watch, end. The last thing written is how it ended."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._stop)
        status: PreviewStatus = "failed"
        reason = "the supervisor broke off"
        try:
            self._start()
            port = await self._door.start()
            self._write(port=port, pid=os.getpid())
            status, reason = await self._watch(port)
        finally:
            self._end_app()
            await self._door.close()
            with contextlib.suppress(OSError):
                self._folder.keep_log(tail(self._launch.log, _KEPT_LOG))
            shutil.rmtree(self._launch.work, ignore_errors=True)
            with contextlib.suppress(OSError):
                self._write(status=status, reason=reason, url=None, port=None, pid=None)

    def _stop(self) -> None:
        self._told_to_stop = True

    def _start(self) -> None:
        login = Login(email=ADMIN, password=secrets.token_urlsafe(18))
        self._folder.keep_login(login)
        home = self._folder.path.parent.parent
        self._app = start_app(self._launch, login, secrets.token_urlsafe(48), home, self._ending)

    async def _watch(self, port: int) -> tuple[PreviewStatus, str]:
        started = next_probe = time.monotonic()
        while True:
            if self._told_to_stop or self._folder.is_asked_to_stop():
                return "destroyed", "ended on request"
            if datetime.now(UTC) >= self._expires_at():
                return "destroyed", "its time was over"
            failure = self._app_failure()
            if failure and self._state.status == "deploying":
                return "failed", failure
            if failure:
                self._settle("unhealthy", failure)
            elif self._state.status == "deploying":
                if await answers(port, READY_PATH):
                    self._write(status="ready", url=f"http://127.0.0.1:{port}")
                    next_probe = time.monotonic() + _PROBE_EVERY
                elif time.monotonic() - started > START_SECONDS:
                    return "failed", f"the app did not answer {READY_PATH} within {START_SECONDS:.0f} seconds{self._last_line()}"
            elif time.monotonic() >= next_probe:
                await self._probe(port)
                next_probe = time.monotonic() + _PROBE_EVERY
            await asyncio.sleep(_TICK)

    async def _probe(self, port: int) -> None:
        """A running app that misses three probes in a row is unhealthy; one answer makes it well again."""
        shorten(self._launch.log, _MAX_LOG)
        self._misses = 0 if await answers(port, READY_PATH) else self._misses + 1
        if self._misses == 0:
            self._settle("ready", "")
        elif self._misses >= _MISSES:
            self._settle("unhealthy", f"the app does not answer {READY_PATH}{self._last_line()}")

    def _settle(self, status: PreviewStatus, reason: str) -> None:
        if (self._state.status, self._state.reason) != (status, reason):
            self._write(status=status, reason=reason)

    def _expires_at(self) -> datetime:
        asked = self._folder.expires_at(self._state.expires_at)
        if asked != self._state.expires_at:
            self._write(expires_at=asked)
        return datetime.fromisoformat(asked)

    def _app_failure(self) -> str:
        """Why the app is no more; empty while it runs."""
        if self._app is not None and os.waitpid(self._app, os.WNOHANG)[0] == self._app:
            self._app = None
            with contextlib.suppress(OSError, ValueError):
                ending = Ending.model_validate_json(self._ending.read_bytes())
                self._write(unenforced=ending.unenforced)
                return ending.reason + self._last_line()
            return "the sandbox of the app ended without a report"
        return self._state.reason or "the app ended" if self._app is None else ""

    def _last_line(self) -> str:
        lines = tail(self._launch.log, 4096).decode(errors="replace").strip().splitlines()
        return f": {lines[-1][:300]}" if lines else ""

    def _end_app(self) -> None:
        if self._app is None:
            return
        try:
            members = psutil.Process(self._app).children(recursive=True)
        except psutil.Error:
            members = []
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._app, signal.SIGKILL)
        os.waitpid(self._app, 0)
        deadline = time.monotonic() + _END_SECONDS
        while left := [process for process in members if _runs(process)]:
            if time.monotonic() > deadline:
                for process in left:
                    with contextlib.suppress(psutil.Error):
                        process.kill()
                return
            time.sleep(_PAUSE)

    def _write(self, **changes: object) -> None:
        self._state = self._state.model_copy(update=changes)
        self._folder.write(self._state)


def _runs(process: psutil.Process) -> bool:
    """True while the process runs; one that only waits to be reaped does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def main(path: Path) -> None:
    """Leave the caller's process tree, then own the preview whose state lies in `path`."""
    if os.fork():
        os._exit(0)
    folder = StateFolder(path)
    state = folder.read()
    if state is not None and state.launch is not None and state.status == "deploying":
        asyncio.run(Supervisor(folder, state, state.launch).run())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
