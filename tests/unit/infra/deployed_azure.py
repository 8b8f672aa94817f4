"""A loopback Azure with one deployment on it: Resource Manager, the app, and the door that App Service puts before the app."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scripts import check_deployment

SITE = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Web/sites/func"
CLIENT = "11111111-2222-3333-4444-555555555555"
RUN = "run_01JD0000000000000000000000"


@dataclass
class Azure:
    """Resource Manager and the app, on one port."""

    functions: list[str] = field(default_factory=lambda: sorted(check_deployment.expected()))
    appear_after: int = 0
    ready_after: int = 0
    door: int = 401
    statuses: list[str] = field(default_factory=lambda: ["pending", "running", "completed"])
    capsules: list[dict[str, str]] = field(default_factory=lambda: [{"id": "cap_1"}])
    capsule: bytes = b"bytes"
    verified: bool = True
    client: str = CLIENT
    """The application id of the API."""
    allowed: set[str] | None = None
    """The clients whose tokens App Service lets through; a token is `<scope>|<client>`. None: no door of that kind."""
    link: str = ""
    """Where a download is sent on to, as Blob Storage's links do; empty: the bytes are answered directly."""
    next_host: str = ""
    seen: list[tuple[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, method: str, target: str, headers: Any, body: dict[str, Any]) -> tuple[int, Any]:
        address = urlsplit(target)
        path, (token, _, client) = address.path, str(headers.get("Authorization", "")).removeprefix("Bearer ").partition("|")
        self.seen.append((method, path))
        if path == f"{SITE}/functions":
            return self.page(parse_qs(address.query)) if token == f"{self.url}/.default" else (403, {})
        path = path.removeprefix("/api/v1")
        if path == "/health/readiness":
            self.ready_after -= 1
            return (200, {"checks": {"runs": "ok"}}) if self.ready_after < 0 else (503, {"code": "QLF7113"})
        if path == "/blob":
            return (200, self.capsule) if not token and address.query == "sig=secret" else (400, b"InvalidAuthenticationInfo")
        if not token:
            return self.door, {"items": []}
        if token != f"api://{self.client}/.default" or (self.allowed is not None and client not in self.allowed):
            return 403, {}
        if (method, path) == ("POST", "/runs"):
            self.keys.append(headers["Idempotency-Key"])
            return (202, {"id": RUN, "status": "pending"}) if body["brief"] == check_deployment.BRIEF else (422, {})
        if path == f"/runs/{RUN}":
            return 200, {"id": RUN, "status": self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]}
        if path == "/capsules":
            return 200, {"items": self.capsules}
        if path == "/capsules/cap_1/actions/verify":
            return 200, {"verified": self.verified}
        if path == "/capsules/cap_1/download":
            return (302, self.link.encode()) if self.link else (200, self.capsule)
        return 404, {}

    def page(self, query: dict[str, list[str]]) -> tuple[int, Any]:
        self.appear_after -= 1
        if self.appear_after >= 0:
            return 200, {"value": []}
        half, second = len(self.functions) // 2, "skip" in query
        names = self.functions[half:] if second else self.functions[:half]
        more = {} if second else {"nextLink": f"{self.next_host or self.url}{SITE}/functions?skip=1"}
        return 200, {"value": [{"name": f"func/{name}"} for name in names], **more}


@contextmanager
def serving() -> Iterator[Azure]:
    """The server, until the block is left."""
    azure = Azure()

    class Handler(BaseHTTPRequestHandler):
        def reply(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else {}
            status, told = azure.answer(self.command, self.path, self.headers, body)
            content = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", content.decode())
                content = b""
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = reply

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    azure.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield azure
    server.shutdown()
    thread.join()
    server.server_close()
