"""`--reload`: a small parent that runs the host as its child and starts it anew when a file of the app has changed.

An app can be loaded once per process only, so a change needs a new process. The parent imports nothing of the app or the SDK;
it looks at modification times twice a second, because that works on every file system and costs nothing that one could measure.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

_SKIPPED = {"node_modules", "site-packages", "__pycache__", "venv"}
_WATCHED = (".py", ".json", ".toml")
_PAUSE = 0.5

Snapshot = dict[str, tuple[int, int]]


def snapshot(folder: Path) -> Snapshot:
    """Modification time and size of every source and settings file below `folder`, hidden folders aside."""
    found: Snapshot = {}
    for entry in _files(str(folder)):
        with contextlib.suppress(OSError):
            stat = entry.stat()
            found[entry.path] = (stat.st_mtime_ns, stat.st_size)
    return found


def _files(folder: str) -> Iterator["os.DirEntry[str]"]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _SKIPPED:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        elif entry.name.endswith(_WATCHED):
            yield entry


class Supervisor:
    """Keeps one host running. `command` starts it; `folder` is the app's."""

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        self._folder, self._command = folder, list(command)
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()

    def run(self) -> int:
        """Until a signal; the exit code of the host that ran last."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._pass_on)
        code = 0
        while not self._stopping.is_set():
            seen = snapshot(self._folder)
            child = self._child = subprocess.Popen(self._command, start_new_session=True)
            changed = self._watch(child, seen)
            if changed and child.poll() is None:
                print(f"reload: {changed} has changed", flush=True)
                child.send_signal(signal.SIGINT)
            code = child.wait()
        return code

    def _watch(self, child: "subprocess.Popen[bytes]", seen: Snapshot) -> str:
        """The file that has changed; empty once a signal has come. A host that ended by itself waits for a change, too."""
        told = False
        while not self._stopping.wait(_PAUSE):
            changed = _difference(seen, snapshot(self._folder))
            if changed:
                return os.path.relpath(changed, self._folder)
            if child.poll() is not None and not told:
                told = True
                print(f"reload: the host ended with {child.returncode}; waiting for a change in {self._folder}", flush=True)
        return ""

    def _pass_on(self, _number: int, _frame: object) -> None:
        self._stopping.set()
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)


def _difference(old: Snapshot, new: Snapshot) -> str:
    changed = dict(set(old.items()) ^ set(new.items()))
    return min(changed, default="")


def free_port(host: str) -> int:
    """A port that keeps its number from one child to the next."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def serve_and_reload(folder: Path, host: str, port: int, arguments: Sequence[str]) -> int:
    """Run `python -m funchost` with the arguments given here, once per state of the app."""
    port = port or free_port(host)
    rest = [argument for argument in arguments if argument != "--reload"]
    command = [sys.executable, "-m", "funchost", *rest, "--port", str(port), "--parent", str(os.getpid())]
    return Supervisor(folder, command).run()
