"""The first process inside the box: starts the programs one after another, collects orphans, reports over one pipe."""

from __future__ import annotations

import json
import os
import signal
import socket
import tempfile
import time
from contextlib import suppress
from typing import NamedTuple

from .job import Job, Program

_POLL = 0.03
_TERM_PATIENCE = 3.0
_CANNOT_RUN, _NOT_FOUND = 126, 127


class Streams(NamedTuple):
    """Write ends of one program's standard output and error."""

    out: int
    err: int


class Init:
    """Runs the programs of a job. Every child is waited for here, whoever started it."""

    def __init__(self, job: Job, streams: list[Streams], status: int) -> None:
        self.job = job
        self._streams = streams
        self._status = status
        self._ended: dict[int, int] = {}

    def run(self) -> None:
        """Server first (when there is one), then the others; each end is one line on the status pipe."""
        first = 0
        if self.job.server:
            server, started = self._start(0), time.monotonic()
            ready = self._wait_ready(server, started)
            self.say(event="ready", ready=ready, seconds=round(time.monotonic() - started, 3))
            first = 1 if ready else len(self.job.programs)
        for index in range(first, len(self.job.programs)):
            began = time.monotonic()
            code = self._wait(self._start(index))
            self.say(event="exit", index=index, code=code, seconds=round(time.monotonic() - began, 3))
        if self.job.server:
            self.say(event="exit", index=0, code=self._stop(server), seconds=round(time.monotonic() - started, 3))
        self.say(event="done")

    def say(self, **fact: object) -> None:
        """One status line."""
        os.write(self._status, json.dumps(fact).encode() + b"\n")

    def _start(self, index: int) -> int:
        pid = os.fork()
        if pid == 0:
            execute(self.job.programs[index], self._streams[index], self.job.scratch)
        return pid

    def _wait(self, pid: int) -> int:
        while pid not in self._ended:
            found, status = os.waitpid(-1, 0)
            self._ended[found] = os.waitstatus_to_exitcode(status)
        return self._ended[pid]

    def _has_ended(self, pid: int) -> bool:
        with suppress(ChildProcessError):
            while True:
                found, status = os.waitpid(-1, os.WNOHANG)
                if not found:
                    break
                self._ended[found] = os.waitstatus_to_exitcode(status)
        return pid in self._ended

    def _wait_ready(self, server: int, started: float) -> bool:
        while time.monotonic() - started < self.job.ready_seconds:
            if self._has_ended(server):
                return False
            if answers(self.job.port, self.job.ready_path):
                return True
            time.sleep(_POLL)
        return False

    def _stop(self, server: int) -> int:
        for number in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + _TERM_PATIENCE
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(server, number)
            while time.monotonic() < deadline:
                if self._has_ended(server):
                    return self._ended[server]
                time.sleep(_POLL)
        return -int(signal.SIGKILL)


def answers(port: int, path: str) -> bool:
    """True when an HTTP server on loopback answers `GET path` with a status below 500."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as sock:
            sock.sendall(request.encode())
            words = sock.recv(64).split(b" ", 2)
    except OSError:
        return False
    return len(words) > 1 and words[1].isdigit() and int(words[1]) < 500


def execute(program: Program, streams: Streams, scratch: str) -> None:
    """Become `program`; does not return. 127 when it is not there, 126 when it cannot be run."""
    code = _CANNOT_RUN
    try:
        os.setsid()
        with tempfile.TemporaryFile(dir=scratch) as given:
            given.write(program.stdin)
            given.seek(0)
            os.dup2(given.fileno(), 0)
        os.dup2(streams.out, 1)
        os.dup2(streams.err, 2)
        os.closerange(3, 4096)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        os.chdir(program.cwd)
        os.execvpe(program.argv[0], program.argv, program.env)  # noqa: S606
    except FileNotFoundError as error:
        code = _NOT_FOUND
        os.write(2, f"sandbox: {error}\n".encode())
    except OSError as error:
        os.write(2, f"sandbox: {error}\n".encode())
    finally:
        os._exit(code)
