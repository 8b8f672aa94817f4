"""The runner as a process: takes one job at a time over HTTP, so that no request is open while generated code runs.

    PUT    /jobs/{id}          the job archive    202, the same again 202, another one while this runs 409, too large 413
    GET    /jobs/{id}?wait=s   {"state": "running" | "done"}, at most 20 seconds later
    GET    /jobs/{id}/result   the result archive; 409 (QLF3028) while it runs
    DELETE /jobs/{id}          forget it; with `--once` the process ends, and the session with it
    GET    /health             {"state": "ok"}

With `--once` it also ends when nobody asks about its job for `--idle` seconds: whoever gave it is gone. And when it is asked about a job
that it never got: in the place of a lost session the pool starts another one, to which nobody will bring a job.

It trusts whoever reaches it: in a session pool the pool asks for a token, elsewhere it listens on loopback.
Started by `python -m shared.runner.server`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from shared.model import CATALOGUE
from shared.runner.environments import Environments
from shared.runner.wire import ARCHIVE_BYTES
from shared.runner.work import Workplace

_JOB = re.compile(r"/jobs/([A-Za-z0-9_-]{8,64})(/result)?")
_LONGEST_WAIT = 20.0
_SOCKET_SECONDS = 60


@dataclass
class Running:
    """The one job of this runner."""

    name: str
    done: threading.Event = field(default_factory=threading.Event)
    result: bytes = b""


class Runner(ThreadingHTTPServer):
    """Serves on `address`. `once`: the process is meant for one job, and leaves when nobody asked for `idle` seconds since it has one."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], workplace: Workplace, *, once: bool = False, idle: float = 300) -> None:
        super().__init__(address, Handler)
        self.workplace, self.once, self.idle = workplace, once, idle
        self.heard, self.leaving = time.monotonic(), False
        self.job: Running | None = None
        self.lock = threading.Lock()

    def take(self, name: str, archive: bytes) -> bool:
        """Start the job unless it is known; False while another one runs."""
        with self.lock:
            if self.job is not None and self.job.name == name:
                return True
            if self.job is not None and not self.job.done.is_set():
                return False
            self.job = Running(name)
            threading.Thread(target=self._work, args=(self.job, archive), daemon=True).start()
            return True

    def _work(self, job: Running, archive: bytes) -> None:
        try:
            job.result = self.workplace.do(job.name, archive)
        finally:
            job.done.set()

    def forget(self, name: str) -> None:
        """Drop the job's result."""
        with self.lock:
            if self.job is not None and self.job.name == name and self.job.done.is_set():
                self.job = None

    def service_actions(self) -> None:
        """Called by the serving loop, twice a second."""
        if self.job is not None and time.monotonic() - self.heard > self.idle:
            self.leave()

    def leave(self) -> None:
        """End, when this runner is for one job."""
        if self.once and not self.leaving:
            self.leaving = True
            threading.Thread(target=self.shutdown, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Runner
    protocol_version = "HTTP/1.1"
    timeout = _SOCKET_SECONDS

    def parse_request(self) -> bool:
        """As the base class does; and somebody was heard, unless it is the platform that asks after the container's health."""
        read = super().parse_request()
        if read and self.path != "/health":
            self.server.heard = time.monotonic()
        return read

    def do_PUT(self) -> None:
        """A job."""
        found = self._job()
        length = self.headers.get("Content-Length", "")
        if found is None or found[1]:
            self._refuse(404, "QLF3028")
        elif not length.isdigit():
            self._refuse(411, "QLF3028")
        elif int(length) > ARCHIVE_BYTES:
            self._refuse(413, "QLF3023")
        elif self.server.take(found[0], self.rfile.read(int(length))):
            self._answer(202, {"state": "running"})
        else:
            self._refuse(409, "QLF3021")

    def do_GET(self) -> None:
        """How a job stands, or its result."""
        found, job = self._job(), self.server.job
        if found is None:
            healthy = urlsplit(self.path).path == "/health"
            self._answer(200, {"state": "ok"}) if healthy else self._refuse(404, "QLF3028")
        elif job is None or job.name != found[0]:
            self._refuse(404, "QLF3025")
            if job is None:
                self.server.leave()
        elif found[1]:
            self._send(200, job.result, "application/gzip") if job.done.is_set() else self._refuse(409, "QLF3028")
        else:
            job.done.wait(self._wait())
            self._answer(200, {"state": "done" if job.done.is_set() else "running"})

    def do_DELETE(self) -> None:
        """The end of a job."""
        found = self._job()
        if found is None:
            self._refuse(404, "QLF3028")
            return
        self.server.forget(found[0])
        self._send(204, b"", "text/plain")
        self.server.leave()

    def _job(self) -> tuple[str, bool] | None:
        match = _JOB.fullmatch(urlsplit(self.path).path)
        return (match[1], match[2] is not None) if match else None

    def _wait(self) -> float:
        given = parse_qs(urlsplit(self.path).query).get("wait", ["0"])[0]
        return min(_LONGEST_WAIT, float(given)) if re.fullmatch(r"\d{1,4}(\.\d{1,3})?", given) else 0.0

    def _refuse(self, status: int, code: str) -> None:
        self.close_connection = True  # a body may be unread
        self._answer(status, {"code": code, "title": CATALOGUE[code].title})

    def _answer(self, status: int, content: dict[str, str]) -> None:
        self._send(status, json.dumps(content).encode(), "application/json")

    def _send(self, status: int, body: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the platform's log is not the place for paths of a run."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m shared.runner.server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--root", type=Path, required=True, help="where jobs are done")
    parser.add_argument("--environments", type=Path, required=True, help="where environments lie")
    parser.add_argument("--once", action="store_true", help="end after one job")
    parser.add_argument("--idle", type=float, default=300, help="with --once: seconds without a question after which to end")
    parser.add_argument("--warm", type=Path, nargs="+", default=[], help="make the environments of these locks and end")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Make the environments of the locks given with `--warm` and end, or serve until the end."""
    given = parser().parse_args(arguments)
    environments = Environments(given.environments.resolve(), os.environ)
    if given.warm:
        for lock in given.warm:
            environments.ensure(lock.read_text(encoding="utf-8"))
        return 0
    given.root.mkdir(parents=True, exist_ok=True)
    with Runner((given.host, given.port), Workplace(given.root.resolve(), environments), once=given.once, idle=given.idle) as runner:
        print(json.dumps({"port": runner.server_port}), flush=True)  # noqa: T201  # whoever started it waits for this line
        runner.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
