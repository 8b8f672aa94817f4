"""A Container Apps session pool on loopback: checks who asks and how, and gives each identifier a runner process of its own."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from azure.core.credentials import AccessToken

from shared.runner.sessions import API_VERSION, SCOPE

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "a-token-for-sessions"


class Identity:
    """A credential that has one token, for one audience."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        assert scopes == (SCOPE,)
        return AccessToken(self.token, 2**33)


@dataclass
class Pool:
    """The pool. `faults` are statuses answered before anything else, first come first served; `lose` ends a session when it is polled."""

    url: str
    folder: Path
    most: int = 10
    faults: list[int] = field(default_factory=list)
    lose: int = 0
    rubbish: bytes | None = None
    identifiers: list[str] = field(default_factory=list)
    sessions: dict[str, tuple[subprocess.Popen[str], int]] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def port_of(self, identifier: str) -> int | None:
        """The runner of a session, started when there is room."""
        with self.lock:
            if identifier not in self.sessions:
                if len(self.sessions) >= self.most:
                    return None
                self.identifiers.append(identifier)
                self.sessions[identifier] = start_runner(self.folder / identifier, self.folder / "environments", "--once")
            return self.sessions[identifier][1]

    def close(self, identifier: str) -> None:
        with self.lock:
            if found := self.sessions.pop(identifier, None):
                found[0].kill()
                found[0].communicate()

    def wait_for_ends(self) -> list[int]:
        """The exit codes of all runners, each of which ends by itself after its job."""
        return [process.wait(30) for process, _ in self.sessions.values()]


def start_runner(root: Path, environments: Path, *options: str) -> tuple[subprocess.Popen[str], int]:
    """A runner process and its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "shared.runner.server", "--port", "0", "--root", str(root), "--environments", str(environments), *options],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={"PATH": os.environ["PATH"], "UV_OFFLINE": "1", "LANG": "C.UTF-8", "FACTORY_SECRET": "very secret"},
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    return process, json.loads(line)["port"]


@contextmanager
def session_pool(folder: Path) -> Iterator[Pool]:
    """The pool, for a while."""

    class Front(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = self.decide(body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def decide(self, body: bytes) -> tuple[int, bytes]:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return 401, b""
            if query.get("api-version") != [API_VERSION] or len(query.get("identifier", [""])[0]) != 32:
                return 400, b""
            identifier = query["identifier"][0]
            if pool.faults:
                return pool.faults.pop(0), b""
            if pool.lose and self.command == "GET":  # and whoever asks for a session that is gone gets a new one, as from the real pool
                pool.lose -= 1
                pool.close(identifier)
            if pool.rubbish is not None and parts.path.endswith("/result"):
                return 200, pool.rubbish
            port = pool.port_of(identifier)
            if port is None:
                return 404, b""
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            client.request(self.command, self.path, body or None, {"Content-Length": str(len(body))})
            response = client.getresponse()
            answer = response.status, response.read()
            client.close()
            if self.command == "DELETE":
                pool.ended.append(identifier)
            return answer

        do_GET = do_PUT = do_DELETE = serve

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Front) as server:
        server.daemon_threads = True
        pool = Pool(f"http://127.0.0.1:{server.server_port}", folder)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield pool
        finally:
            server.shutdown()
            thread.join()
            for identifier in list(pool.sessions):
                pool.close(identifier)
