"""scripts/check_deployment.py against a loopback Azure: what it accepts, and each way in which a deployment can be bad."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.credentials import AccessToken

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
    link: str = ""
    """Where a download is sent on to, as Blob Storage's links do; empty: the bytes are answered directly."""
    next_host: str = ""
    seen: list[tuple[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, method: str, target: str, headers: Any, body: dict[str, Any]) -> tuple[int, Any]:
        address = urlsplit(target)
        path, token = address.path, str(headers.get("Authorization", "")).removeprefix("Bearer ")
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
        if token != f"api://{CLIENT}/.default":
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


class Credential:
    """Whoever runs the check; the token names what it is for."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken(scopes[0], 2**31)


@pytest.fixture
def azure() -> Iterator[Azure]:
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


def check(azure: Azure, *more: str, pauses: list[float] | None = None) -> int:
    call = ["--url", azure.url, "--arm", azure.url, "--site-id", SITE, "--client-id", CLIENT, "--polls", "4", *more]
    return check_deployment.main(call, Credential(), (pauses if pauses is not None else []).append)


def test_a_good_deployment_passes_all_four_steps(azure: Azure, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(azure) == 0
    out = capsys.readouterr().out
    assert [line.split(":")[0] for line in out.splitlines()] == ["functions", "health", "door", "brief"]
    assert f"{len(azure.functions)} of {len(azure.functions)} are there" in out
    assert f"run {RUN} is completed, its capsule has 5 bytes and verifies" in out
    assert len(azure.keys) == 1


def test_a_download_is_followed_to_the_store_and_the_token_stays_behind(azure: Azure, capsys: pytest.CaptureFixture[str]) -> None:
    azure.link = f"{azure.url}/blob?sig=secret"
    assert check(azure) == 0
    assert "its capsule has 5 bytes and verifies" in capsys.readouterr().out
    assert ("GET", "/blob") in azure.seen


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("{url}/blob?sig=other", "the link to 127.0.0.1 was answered with HTTP status 400"),
        ("{url}/capsules/cap_1/download?sig=secret", "was answered with HTTP status 401"),
        ("http://blob.example/x?sig=secret", "the service's link is not https"),
        ("ftp://127.0.0.1/x?sig=secret", "the service's link is not https"),
        ("http://127.0.0.1:1/x?sig=secret", "127.0.0.1: ConnectError"),
        ("/api/v1/runs", "the service's link is not https"),
    ],
)
def test_a_link_that_does_not_give_the_capsule_is_told_and_not_shown(
    azure: Azure, capsys: pytest.CaptureFixture[str], link: str, told: str
) -> None:
    azure.link = link.format(url=azure.url)
    assert check(azure) == 1
    said = capsys.readouterr().err
    assert told in said
    assert "sig=" not in said


def test_it_waits_for_functions_and_for_the_app(azure: Azure) -> None:
    azure.appear_after, azure.ready_after = 3, 2
    pauses: list[float] = []
    assert check(azure, pauses=pauses) == 0
    assert len(pauses) == 3 + 2 + 2  # functions, health, and two looks at the run


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"functions": []}, "functions: FAILED: missing: "),
        ({"functions": ["api"]}, "not ours: none"),
        ({"functions": [*sorted(check_deployment.expected()), "stranger"]}, "missing: none; not ours: stranger"),
        ({"next_host": "http://localhost:1"}, "goes on at another host"),
        ({"ready_after": 99}, "health: FAILED: not ready: HTTP status 503"),
        ({"door": 200}, "door: FAILED: a call without a token was answered with 200"),
        ({"statuses": ["failed"]}, f"brief: FAILED: run {RUN} is failed"),
        ({"statuses": ["blocked"]}, f"run {RUN} is blocked"),
        ({"statuses": ["running"]}, f"run {RUN} is running, not completed"),
        ({"capsules": []}, "has 0 capsules"),
        ({"capsule": b""}, "capsule cap_1 is empty"),
        ({"verified": False}, "capsule cap_1 does not verify"),
        ({"capsules": [{"id": "cap_2"}]}, "brief: FAILED"),
    ],
)
def test_a_bad_deployment_is_told(azure: Azure, capsys: pytest.CaptureFixture[str], change: dict[str, Any], told: str) -> None:
    for name, value in change.items():
        setattr(azure, name, value)
    assert check(azure) == 1
    assert told in capsys.readouterr().err


def test_nothing_is_asked_of_an_app_whose_functions_are_missing(azure: Azure) -> None:
    azure.functions = []
    assert check(azure) == 1
    assert {path for _, path in azure.seen} == {f"{SITE}/functions"}


def test_nobody_there_is_told(azure: Azure, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(azure, "--url", "http://127.0.0.1:1") == 1
    assert "health: FAILED: not ready" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["http://factory.example", "ftp://127.0.0.1", "factory.example"])
def test_tokens_travel_by_tls_only(azure: Azure, capsys: pytest.CaptureFixture[str], url: str) -> None:
    with pytest.raises(SystemExit) as ended:
        check(azure, "--url", url)
    assert ended.value.code == 2
    assert "neither https nor loopback" in capsys.readouterr().err
    assert azure.seen == []
