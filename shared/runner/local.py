"""The sandbox of one machine: it hands a job to the supervisor program and reads its report.

The supervisor is a program of its own so that it outlives a killed host just long enough to end what it watches.
"""

from __future__ import annotations

import base64
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shared.model import ConfigError, InternalError
from shared.runner.records import Command, Outcome, Profile, Service, ServiceOutcome

_START = "import sys; sys.path.insert(0, sys.argv[1]); from inside.supervisor import main; main()"
_PATH = "/usr/local/bin:/usr/bin:/bin"
_GRACE = 20.0
_FIRST_UID, _UIDS = 1_900_000_000, 99_000_000
_NOBODY = 65534


class LocalSandbox:
    """Runs commands in and below `work_dir`, the only folder they may write to.

    `readable`: folders they need although they lie in the user's home (environments). `hidden`: further folders to take out of
    their sight (the factory's own home, with its keys). Only where mount namespaces exist; else `unenforced` says `filesystem`.
    """

    def __init__(self, work_dir: Path, readable: Sequence[Path] = (), hidden: Sequence[Path] = ()) -> None:
        self.work_dir = work_dir.resolve()
        self._readable = [Path(path).resolve() for path in readable]
        self._hidden = [Path(path).resolve() for path in hidden]
        self._uid = _unprivileged_uid()

    def run(self, command: Command, profile: Profile) -> Outcome:
        """Run one command. A limit that ends it is no error but part of the outcome."""
        report = self._submit([command], profile)
        return _outcome(report, report["programs"][0])

    def run_with(self, service: Service, clients: list[Command], profile: Profile) -> ServiceOutcome:
        """Run `clients` beside a server; they are not started when it does not get ready."""
        report = self._submit([service.command, *clients], profile, service)
        ready = report["ready"] or {"ready": False, "seconds": None}
        ran = report["programs"][1:] if ready["ready"] else []
        return ServiceOutcome(
            server=_outcome(report, report["programs"][0], is_server=True),
            ready=ready["ready"],
            ready_after=ready["seconds"] if ready["ready"] else None,
            clients=[_outcome(report, program) for program in ran],
        )

    def _submit(self, commands: list[Command], profile: Profile, service: Service | None = None) -> dict[str, Any]:
        with _scratch(self._uid) as scratch:
            port = _free_port()
            job = {
                "limits": profile.to_json(),
                "programs": [self._program(command, scratch, port) for command in commands],
                "server": service is not None,
                "port": port,
                "ready_path": service.path if service else "/",
                "ready_seconds": service.ready_seconds if service else 0,
                "uid": self._uid,
                "scratch": str(scratch),
                "writable": [str(self.work_dir)],
                "readable": sorted({str(path) for path in [Path(sys.base_prefix).resolve(), *self._readable]}),
                "hidden": sorted({str(path) for path in [*_homes(), *self._hidden] if path.is_dir()}),
            }
            _give(self.work_dir, self._uid)
            report = _supervise(job, profile.wall_seconds + _GRACE)
        if report["refused"]:
            raise ConfigError("QLF3001", f"The sandbox could not be entered: {report['refused']}.")
        return report

    def _program(self, command: Command, scratch: Path, port: int) -> dict[str, Any]:
        cwd = Path(command.cwd)
        if not cwd.is_absolute() or not cwd.resolve().is_relative_to(self.work_dir):
            raise InternalError("QLF3002", f"A command may only run below {self.work_dir}, not in {command.cwd}.")
        fixed = {"PATH": _PATH, "LANG": "C.UTF-8", "HOME": str(scratch), "TMPDIR": str(scratch)}
        fill = str(port)
        return {
            "argv": [word.replace("{port}", fill) for word in command.argv],
            "cwd": str(cwd.resolve()),
            "env": fixed | {name: value.replace("{port}", fill) for name, value in command.env.items()},
            "stdin": base64.b64encode(command.stdin or b"").decode(),
        }


def _supervise(job: dict[str, Any], patience: float) -> dict[str, Any]:
    """Start a supervisor, keep its lifeline open until it has reported; kill it when it does not come back in time."""
    start = [sys.executable, "-I", "-S", "-c", _START, str(Path(__file__).parent)]
    with (
        tempfile.TemporaryFile() as talk,
        subprocess.Popen(
            start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=talk, start_new_session=True, cwd="/", env={"LANG": "C.UTF-8"}
        ) as process,
    ):
        if process.stdin is None or process.stdout is None:
            raise InternalError("QLF3002", "The supervisor has no pipes.")
        overdue = threading.Timer(patience, process.kill)
        overdue.daemon = True
        overdue.start()
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
            answer = process.stdout.read()
        except BrokenPipeError:
            answer = b""
        finally:
            overdue.cancel()
        talk.seek(0)
        notes = talk.read(4000).decode(errors="replace")
    if not answer:
        raise InternalError("QLF3002", f"The supervisor ended without a report (exit {process.returncode}). {notes[-1000:]}".strip())
    report: dict[str, Any] = json.loads(answer)
    return report


def _outcome(report: dict[str, Any], program: dict[str, Any], is_server: bool = False) -> Outcome:
    ended = program["exit_code"]
    hit = [] if ended is not None and not is_server else list(report["limits_hit"])
    hit += {-24: ["cpu"], -25: ["file_size"]}.get(ended if ended is not None else 0, [])
    return Outcome(
        exit_code=ended,
        stdout=base64.b64decode(program["stdout"]),
        stderr=base64.b64decode(program["stderr"]),
        timed_out="wall" in hit,
        truncated=program["truncated"],
        limits_hit=hit,
        unenforced=report["unenforced"],
        seconds=report["seconds"] if program["seconds"] is None else program["seconds"],
    )


@contextmanager
def _scratch(uid: int | None) -> Iterator[Path]:
    """A folder for HOME and TMPDIR. The supervisor removes it too, in case this process is no longer there to do so."""
    path = Path(tempfile.mkdtemp(prefix="qlf-sandbox-")).resolve()
    try:
        _give(path, uid)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _give(root: Path, uid: int | None) -> None:
    """Make `root` and all below it the sandbox user's. Links are not followed; a file with a second name is left alone."""
    if uid is None:
        return
    os.chown(root, uid, uid)
    for folder, folders, files in os.walk(root):
        for name in [*folders, *files]:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            if status.st_uid != uid and (status.st_nlink == 1 or name in folders):
                os.lchown(path, uid, uid)


def _unprivileged_uid() -> int | None:
    """For root: a user id that nothing else runs under, or nobody's where this user namespace has few. Else null: stay who we are."""
    if os.geteuid() != 0:
        return None
    wanted = _FIRST_UID + secrets.randbelow(_UIDS)
    try:
        table = Path("/proc/self/uid_map").read_text(encoding="ascii").split()
    except OSError:
        return _NOBODY
    ranges = [(int(table[i]), int(table[i + 2])) for i in range(0, len(table), 3)]
    return wanted if any(first <= wanted < first + count for first, count in ranges) else _NOBODY


def _homes() -> list[Path]:
    """The home folder by the user database, since the environment may say anything; a user in a container may have none."""
    try:
        home = Path(pwd.getpwuid(os.geteuid()).pw_dir).resolve()
    except KeyError:
        return []
    return [] if home == Path("/") else [home]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
