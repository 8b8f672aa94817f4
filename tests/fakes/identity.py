"""The endpoint where an app in Azure gets the tokens of its managed identity, on loopback.

It answers as App Service does; the tokens are well-formed and unsigned. `asked` holds resource and client id of every
request, `given` the tokens.
https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TENANT = "11111111-1111-1111-1111-111111111111"
OBJECT = "22222222-2222-2222-2222-222222222222"
SECRET = "header-of-the-fake"


class FakeIdentity:
    """`environment` is what a process must have to find it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.given: list[str] = []
        self.port = 0

    @property
    def environment(self) -> dict[str, str]:
        return {"IDENTITY_ENDPOINT": f"http://127.0.0.1:{self.port}/msi/token", "IDENTITY_HEADER": SECRET}


@contextmanager
def fake_identity() -> Iterator[FakeIdentity]:
    """The endpoint, until the end of the block."""
    made = FakeIdentity()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"identity": made}))
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    identity: FakeIdentity

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        resource, client = query.get("resource", [""])[0], query.get("client_id", [""])[0]
        self.identity.asked.append((resource, client))
        allowed = self.headers.get("X-IDENTITY-HEADER") == SECRET and resource
        until = int(time.time()) + 3600
        made = _token(resource, until)
        self.identity.given.append(made)
        token = {"access_token": made, "expires_on": str(until), "resource": resource, "token_type": "Bearer"}
        body = json.dumps(token if allowed else {"error": "unauthorized"}).encode()
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _token(resource: str, until: int) -> str:
    claims = {
        "aud": resource, "iss": f"https://sts.windows.net/{TENANT}/", "iat": until - 3600, "nbf": until - 3600, "exp": until,
        "tid": TENANT, "oid": OBJECT, "ver": "1.0",
    }  # fmt: skip
    parts = ({"alg": "RS256", "typ": "JWT"}, claims, {"unsigned": True})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
