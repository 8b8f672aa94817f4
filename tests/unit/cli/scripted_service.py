"""A service to call `qlf` against: a real HTTP server on loopback that plays runs by script."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from shared.capsule import SourceFile
from shared.model import sha256

TOKEN = "token-of-the-scripted-service"


@dataclass
class Called:
    """How a call of `qlf` ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def result(self) -> dict[str, Any]:
        return self.lines[-1]

    @property
    def error(self) -> str:
        return str(self.result["error"]["code"])


Qlf = Callable[..., Called]


SOURCES = {
    "README.md": SourceFile(b"# Clinic\n"),
    "build.sh": SourceFile(b"#!/bin/sh\n", "0755"),
    "src/clinic/app.py": SourceFile(b"app = 1\n"),
}
RESULT: dict[str, Any] = {
    "ledger": {"built": 3, "assumed": 1, "refused": 1, "context": 0},
    "gates": [{"gate": "unit", "outcome": "pass", "findings": 0, "seconds": 1.5, "cached": False, "metrics": {"coverage": 98.5}}],
    "score": {"grade": "A", "value": 97.0, "components": {"unit": 97.0}},
    "capsule": {"id": "cap_1", "file_name": "clinic-0.1.0.qlcapsule", "digest": "d" * 64, "size": 7},
    "refused": [{"text": "a mobile app", "reason": "no blueprint builds it"}],
    "assumed": [{"text": "database", "default": "postgresql"}],
    "mode": "rules",
}


@dataclass
class Service:
    """What the scripted service was sent, and what it answers. `script` is the run's end; `events` come before it."""

    url: str = ""
    posts: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    end: dict[str, Any] = field(default_factory=lambda: {"status": "completed", "phase": "done", "result": RESULT, "error": None})
    events: list[dict[str, Any]] = field(default_factory=list)
    artifacts: dict[str, bytes] = field(default_factory=dict)
    refuse: tuple[int, dict[str, Any]] | None = None
    broken_digest: str = ""
    previews: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: dict[str, Any], headers: dict[str, str]) -> tuple[int, Any]:
        if method == "POST":
            self.posts.append((path, body, headers))
        if self.refuse:
            return self.refuse
        parts = path.strip("/").split("/")
        if parts == ["runs"]:
            return self._create(body, headers) if method == "POST" else (200, {"items": list(reversed(self.runs.values()))})
        if parts[0] == "runs":
            return self._of_run(parts[1], parts[2:], query)
        if parts == ["capsules"]:
            return 200, {"items": [{"id": "cap_1", "run_id": query.get("run_id", [""])[0]}] if self.runs else []}
        return self._of_preview(method, parts, body)

    def _create(self, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, Any]:
        run_id = f"run_{headers['Idempotency-Key']}"
        document = {"id": run_id, "created_at": "2026-01-01T00:00:00Z", "options": body["options"], "artifacts": {"ir": {}}, "steps": {}}
        self.runs.setdefault(run_id, document | self.end)
        return 202, self.runs[run_id]

    def _of_run(self, run_id: str, rest: list[str], query: dict[str, list[str]]) -> tuple[int, Any]:
        if run_id not in self.runs:
            return 404, {"code": "QLF7001", "detail": f"no run {run_id}", "exit_code": 2}
        if not rest:
            return 200, self.runs[run_id]
        if rest == ["events"]:
            after = int(query["after"][0])
            return 200, {"items": self.events[after : after + 2], "next": min(after + 2, len(self.events))}
        if rest == ["artifacts"]:
            digests = {name: sha256(data) if name != self.broken_digest else "0" * 64 for name, data in self.artifacts.items()}
            return 200, {"items": [{"name": name, "path": "-", "sha256": digests[name], "size": 1} for name in self.artifacts]}
        if rest[0] == "artifacts":
            return 200, self.artifacts["/".join(rest[1:-1])]
        if rest == ["actions", "cancel"]:
            self.runs[run_id] |= {"status": "cancelled", "phase": "done"}
            return 202, {}
        return 200, {"ir": {"name": "Clinic"}, "ledger": {"clauses": []}, "verdicts": {"items": []}}[rest[0]]

    def _of_preview(self, method: str, parts: list[str], body: dict[str, Any]) -> tuple[int, Any]:
        if parts[0] == "capsules":
            document = {"id": "prv_1", "run_id": next(iter(self.runs)), "status": "deploying", "expires_at": "then"}
            self.previews["prv_1"] = document | self.end.get("preview", {})
            return 202, self.previews["prv_1"]
        if parts == ["previews"]:
            return 200, {"items": list(self.previews.values())}
        if parts[1] not in self.previews:
            return 404, {"code": "QLF7008", "detail": "no preview", "exit_code": 2}
        preview = self.previews[parts[1]]
        if parts[2:] == ["logs"]:
            return 200, b"one\n\x1b[31mtwo\n"
        if parts[2:] == ["actions", "destroy"]:
            preview |= {"status": "destroyed", "url": None}
        elif parts[2:] == ["actions", "extend"]:
            preview |= {"expires_at": f"in {body['ttl']}"}
        elif preview["status"] == "deploying":
            preview |= {"status": "ready", "url": "http://127.0.0.1:1234"}
        return 200, preview


class Handler(BaseHTTPRequestHandler):
    """One request: check the token, ask the script."""

    service: Service
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        self.reply("GET")

    def do_POST(self) -> None:
        self.reply("POST")

    def reply(self, method: str) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        address = urlsplit(self.path)
        path = unquote(address.path.removeprefix("/api/v1"))
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            status, answer = 401, {"code": "QLF7106", "detail": "wrong token", "exit_code": 4}
        else:
            status, answer = self.service.answer(method, path, parse_qs(address.query), body, dict(self.headers))
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        return
