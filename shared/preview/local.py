"""The previews of this machine: local processes, each with a supervisor of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import psutil

from shared.capsule import SourceFile, canonical_tar, extract, gzip_member
from shared.model import PREVIEW_ENDED, ConfigError, InputError, InternalError, Preview, PreviewStatus, QlfError, is_id
from shared.preview.launch import LOCK, START_SECONDS, Launch, Login, package_of
from shared.preview.port import Advanced, Progress, Sources, Swept
from shared.preview.state import PreviewState, StateFolder, tail
from shared.preview.ttl import end_of_lost, is_lost
from shared.runner import Environments

_ROOT = Path(__file__).parents[2]
_PAUSE = 0.05
_LONGEST_WORK = 100
_END_SECONDS = 20.0


class LocalPreviews:
    """Previews under `home/previews/`; dependencies come from the cache of environments.

    Methods take and return `Preview` records, which the caller keeps. They block in a thread, never in the event loop.
    """

    def __init__(self, home: Path, environments: Environments) -> None:
        self._folders = home / "previews"
        self._environments = environments

    watched = False

    async def advance(self, preview: Preview, sources: Sources, progress: Progress | None) -> Advanced:  # noqa: ARG002  # one step is all
        """One step: everything is on this machine."""
        return Advanced(await self.create(preview, await sources()))

    async def create(self, preview: Preview, files: Mapping[str, SourceFile]) -> Preview:
        """Install, migrate and start the app of `files` (path below `source/` -> file); returns once it answers, or has failed.

        Doing it again for the same id answers what became of it. What goes wrong is the record's `reason`, with status `failed`.
        """
        return await asyncio.to_thread(self._create, preview, files)

    async def refresh(self, preview: Preview) -> Preview:
        """The record as it is now. A preview whose supervisor is gone is written down as destroyed (failed when it never answered)."""
        return await asyncio.to_thread(self._refresh, preview)

    async def logs(self, preview: Preview, limit: int) -> bytes:
        """The last `limit` bytes of what the app wrote, also after its end."""
        return await asyncio.to_thread(self._logs, preview.id, limit)

    async def extend(self, preview: Preview, expires_at: str) -> Preview:
        """Move the end of a running preview (RFC 3339 UTC). Raises `InputError` QLF6004 when it does not run."""
        return await asyncio.to_thread(self._extend, preview, expires_at)

    async def destroy(self, preview: Preview) -> Preview:
        """End the preview and free its port, processes and folder. Raises `InternalError` QLF6007 when it cannot be ended."""
        return await asyncio.to_thread(self._destroy, preview)

    def login(self, preview_id: str) -> Login:
        """The first administrator of a preview. Raises `InputError` QLF6006 when nothing is known of it here."""
        login = self._folder(preview_id).login()
        if login is None:
            raise InputError("QLF6006", preview_id)
        return login

    def known(self) -> list[PreviewState]:
        """What is known of every preview of this machine, oldest first."""
        states = [StateFolder(path).read() for path in sorted(self._folders.glob("prv_*"))]
        return [state for state in states if state is not None]

    async def sweep(self) -> Swept:
        """Write down which previews are gone without having said so, and clean up after them."""
        return await asyncio.to_thread(self._sweep)

    async def running(self) -> dict[str, str]:
        """The ids of the previews that are held by a supervisor, or by whoever makes them, and the end of each."""
        return await asyncio.to_thread(self._running)

    def _running(self) -> dict[str, str]:
        live = [(state, self._folder(state.id)) for state in self.known() if state.status not in PREVIEW_ENDED]
        return {state.id: folder.expires_at(state.expires_at) for state, folder in live if folder.is_held()}

    def _sweep(self) -> Swept:
        ended, left = [], {}
        for state in self.known():
            try:
                if state.status not in PREVIEW_ENDED and self._bury(self._folder(state.id)):
                    ended.append(state.id)
            except OSError:
                left[state.id] = "QLF6005"
        return Swept(ended, left)

    def _create(self, preview: Preview, files: Mapping[str, SourceFile]) -> Preview:
        folder = self._folder(preview.id)
        _check_time(preview.expires_at)
        folder.make()
        lock = folder.lock()
        if lock is not None:
            try:
                self._begin(folder, preview, files, lock)
            finally:
                os.close(lock)
        deadline = time.monotonic() + START_SECONDS + _END_SECONDS
        while (state := self._settled(folder)) is None or state.status == "deploying":
            if time.monotonic() > deadline:
                raise ConfigError("QLF6003", preview.id)
            time.sleep(_PAUSE)
        return _merged(preview, state)

    def _begin(self, folder: StateFolder, preview: Preview, files: Mapping[str, SourceFile], lock: int) -> None:
        """Prepare and hand over to a supervisor, which inherits the lock."""
        before = folder.read()
        if before is not None and before.status != "deploying":
            return
        if before is not None and before.launch is not None:
            shutil.rmtree(before.launch.work, ignore_errors=True)
        state = PreviewState(id=preview.id, expires_at=preview.expires_at)
        try:
            launch = self._prepare(files)
        except QlfError as error:
            folder.write(state.model_copy(update={"status": "failed", "reason": str(error)}))
            return
        folder.write(state.model_copy(update={"launch": launch}))
        _detach(folder.path, lock)

    def _prepare(self, files: Mapping[str, SourceFile]) -> Launch:
        package = package_of(files)
        environment = self._environments.ensure(files[LOCK].data.decode(errors="replace"))
        work = Path(tempfile.mkdtemp(prefix="qlf-preview-")).resolve()
        try:
            if len(str(work)) > _LONGEST_WORK:
                raise ConfigError("QLF6005", f"the path of the temporary folder is too long for a socket: {work}")
            extract(gzip_member(canonical_tar(files)), work / "app")
            (work / "data").mkdir()
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        return Launch(package=package, work=str(work), environment=str(environment))

    def _refresh(self, preview: Preview) -> Preview:
        state = self._settled(self._folder(preview.id))
        if state is not None:
            return _merged(preview, state)
        if preview.status in PREVIEW_ENDED:
            return preview
        if preview.status == "deploying":
            return end_of_lost(preview) if is_lost(preview, datetime.now(UTC).isoformat()) else preview
        return _ended(preview, "destroyed", "nothing is known of it on this machine")

    def _settled(self, folder: StateFolder) -> PreviewState | None:
        state = folder.read()
        if state is not None and state.status not in PREVIEW_ENDED and self._bury(folder):
            return folder.read()
        return state

    def _bury(self, folder: StateFolder) -> bool:
        """Write down the end of a preview whose supervisor is gone; False when it lives."""
        if folder.is_held():
            return False
        lock = folder.lock()
        if lock is None:
            return False
        try:
            now = folder.read()
            if now is None or now.status in PREVIEW_ENDED:
                return now is not None
            if now.launch is not None:
                folder.keep_log(tail(now.launch.log, 1 << 20))
                shutil.rmtree(now.launch.work, ignore_errors=True)
            status = "failed" if now.status == "deploying" else "destroyed"
            folder.write(
                now.model_copy(update={"status": status, "reason": "its supervisor is gone", "url": None, "port": None, "pid": None})
            )
        finally:
            os.close(lock)
        return True

    def _logs(self, preview_id: str, limit: int) -> bytes:
        folder = self._folder(preview_id)
        state = folder.read()
        live = tail(state.launch.log, limit) if state is not None and state.launch is not None else b""
        return live or folder.log()[-limit:]

    def _extend(self, preview: Preview, expires_at: str) -> Preview:
        folder = self._folder(preview.id)
        _check_time(expires_at)
        state = self._settled(folder)
        if state is None or state.status in PREVIEW_ENDED:
            raise InputError("QLF6004", preview.id)
        folder.ask_to_live_until(expires_at)
        return _merged(preview, state.model_copy(update={"expires_at": expires_at}))

    def _destroy(self, preview: Preview) -> Preview:
        folder = self._folder(preview.id)
        state = self._settled(folder)
        if state is None:
            return _ended(preview, "destroyed", "ended on request")
        if state.status not in PREVIEW_ENDED:
            folder.ask_to_stop()
            if not _gone(folder, _END_SECONDS):
                _kill(folder, state)
            if not _gone(folder, _END_SECONDS):
                raise InternalError("QLF6007", preview.id)
        ended = self._settled(folder)
        return _ended(preview, "destroyed", ended.reason if ended is not None else "ended on request")

    def _folder(self, preview_id: str) -> StateFolder:
        if not is_id("prv", preview_id):
            raise InputError("QLF6006", preview_id[:80])
        return StateFolder(self._folders / preview_id)


def _check_time(expires_at: str) -> None:
    try:
        aware = datetime.fromisoformat(expires_at).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise InputError("QLF6001", f"{expires_at[:40]!r} is not a time with its zone")


def _detach(path: Path, lock: int) -> None:
    """Start the supervisor with nothing of the caller's but the lock: not its environment, nor its streams, nor its session."""
    with open(path / "supervisor.log", "ab") as talk:
        subprocess.run(
            [sys.executable, "-P", "-m", "shared.preview.supervisor", str(path)],
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(_ROOT)},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=talk,
            stderr=talk,
            start_new_session=True,
            pass_fds=[lock],
            check=False,
        )


def _gone(folder: StateFolder, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while folder.is_held():
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE)
    return True


def _kill(folder: StateFolder, state: PreviewState) -> None:
    """Kill the supervisor that the state names, if that process still is this preview's."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(state.pid or -1)
        if str(folder.path) in process.cmdline():
            process.kill()


def _merged(preview: Preview, state: PreviewState) -> Preview:
    changes = state.model_dump(include={"status", "expires_at", "url", "port", "pid", "reason"})
    return preview.model_copy(update=changes)


def _ended(preview: Preview, status: PreviewStatus, reason: str) -> Preview:
    return preview.model_copy(update={"status": status, "reason": reason, "url": None, "port": None, "pid": None})
