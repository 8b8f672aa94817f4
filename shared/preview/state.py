"""A preview on disk: what its supervisor says about it, and the lock that tells whether the supervisor lives.

Only the supervisor writes `state.json` once it runs. Others ask for something by leaving a file: `stop`, or a new `expires_at`. The
lock is a `flock` that the supervisor holds until it ends, however it ends; unlike a process id it cannot come to mean somebody else.
"""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
import time
from pathlib import Path

from pydantic import Field, ValidationError

from shared.model import ConfigError, PreviewStatus, Record
from shared.preview.launch import Launch, Login

_PATIENCE, _PAUSE = 2.0, 0.02


class PreviewState(Record):
    """The state of one preview. `launch` is null until it is known what to start; times are RFC 3339 UTC."""

    id: str
    status: PreviewStatus = "deploying"
    expires_at: str
    url: str | None = None
    port: int | None = None
    pid: int | None = None
    reason: str = ""
    unenforced: list[str] = Field(default_factory=list)
    launch: Launch | None = None


class StateFolder:
    """`home/previews/<id>/`, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> PreviewState | None:
        """The state, or None when there is none that can be read."""
        try:
            return PreviewState.model_validate_json((self.path / "state.json").read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            return None

    def write(self, state: PreviewState) -> None:
        """Replace the state as a whole."""
        self._put("state.json", state.model_dump_json(by_alias=True))

    def ask_to_stop(self) -> None:
        """Leave word that the preview should end."""
        self._put("stop", "")

    def is_asked_to_stop(self) -> bool:
        """True when somebody asked, or when the folder is gone."""
        return (self.path / "stop").exists() or not self.path.is_dir()

    def ask_to_live_until(self, expires_at: str) -> None:
        """Leave word of a new end."""
        self._put("expires_at", expires_at)

    def expires_at(self, default: str) -> str:
        """The end that was last asked for."""
        try:
            return (self.path / "expires_at").read_text(encoding="ascii")
        except FileNotFoundError:
            return default

    def keep_login(self, login: Login) -> None:
        """Keep the first administrator's password, for the owner of the folder."""
        self._put("login.json", login.model_dump_json())

    def login(self) -> Login | None:
        """The first administrator, or None."""
        try:
            return Login.model_validate_json((self.path / "login.json").read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def keep_log(self, data: bytes) -> None:
        """Keep the end of the app's log when its folder goes."""
        self._put("app.log", data.decode(errors="replace"))

    def log(self) -> bytes:
        """The log that was kept."""
        return tail(self.path / "app.log", 1 << 20)

    def make(self) -> None:
        """Create the folder. Raises `ConfigError` QLF6005."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConfigError("QLF6005", f"{self.path}: {error.strerror}") from error

    def lock(self) -> int | None:
        """Take the lock; its open descriptor, or None while another holds it."""
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return descriptor
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(descriptor)
                    return None
                time.sleep(_PAUSE)

    def is_held(self) -> bool:
        """True while a creator or a supervisor lives."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def _put(self, name: str, text: str) -> None:
        descriptor, beside = tempfile.mkstemp(prefix=f".{name}.", dir=self.path)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
        os.replace(beside, self.path / name)


def tail(path: Path, limit: int) -> bytes:
    """The last `limit` bytes of a plain file; nothing when it is anything else. The app owns it and may have swapped it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            return b""
        return os.pread(descriptor, limit, max(0, status.st_size - limit))
    finally:
        os.close(descriptor)


def shorten(path: Path, limit: int) -> None:
    """Empty a plain file that has grown beyond `limit` bytes. Whoever appends to it goes on at its start."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    try:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_size > limit:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
