"""The sign-in side of an Entra on loopback, over TLS as msal demands: discovery, device code, browser, refresh, client credentials.

Access tokens are those of `loopback_entra`, so an API that trusts its key set takes them.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from loopback_entra import API, TENANT, USER, Entra, pem, rsa_key

CLI = "cccccccc-2222-3333-4444-555555555555"
SCOPE = f"api://{API}/access_as_user"


@dataclass
class Authority(Entra):
    """What the sign-in page does: how often it says `pending`, whether the user declines, how long tokens live."""

    pending: int = 1
    decline: bool = False
    lifetime: int = 3600
    roles: list[str] = field(default_factory=lambda: ["Operator"])
    asked_for: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refresh: set[str] = field(default_factory=set)
    ca: Path = Path()

    def issue(self, client: str, nonce: str = "") -> dict[str, Any]:
        """Tokens for the user, as the token endpoint answers them."""
        now = int(time.time())
        known: dict[str, Any] = {
            "aud": client, "iss": f"{self.url}/{TENANT}/v2.0", "oid": USER, "tid": TENANT, "sub": "s", "exp": now + 3600, "iat": now,
            "preferred_username": "ada@example.com", "ver": "2.0", **({"nonce": nonce} if nonce else {}),
        }  # fmt: skip
        self.refresh.add(token := f"refresh-{len(self.refresh)}")
        return {
            "token_type": "Bearer", "scope": SCOPE, "expires_in": self.lifetime, "ext_expires_in": self.lifetime,
            "access_token": self.token(roles=self.roles, exp=now + self.lifetime), "refresh_token": token,
            "id_token": jwt.encode(known, rsa_key("one"), algorithm="RS256", headers={"kid": "one"}),
            "client_info": base64.urlsafe_b64encode(json.dumps({"uid": USER, "utid": TENANT}).encode()).decode().rstrip("="),
        }  # fmt: skip

    def grant(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The answer of the token endpoint."""
        self.asked_for.append(form)
        kind = form.get("grant_type", "")
        if kind.endswith("device_code"):
            if self.decline:
                return 400, {"error": "authorization_declined", "error_description": "AADSTS70000: The user declined.\r\nTrace ID: 1"}
            self.pending -= 1
            return (400, {"error": "authorization_pending"}) if self.pending >= 0 else (200, self.issue(form["client_id"]))
        if kind == "authorization_code":
            begun = self.codes.pop(form["code"])
            proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
            good = proof == begun["code_challenge"] and form["redirect_uri"] == begun["redirect_uri"]
            return (200, self.issue(form["client_id"], begun.get("nonce", ""))) if good else (400, {"error": "invalid_grant"})
        if kind == "refresh_token":
            known = form["refresh_token"] in self.refresh
            return (200, self.issue(form["client_id"])) if known else (400, {"error": "invalid_grant", "error_description": "expired"})
        if kind == "client_credentials" and (form.get("client_secret") == "pipeline-secret" or "client_assertion" in form):
            token = self.signed(self.app_claims(roles=self.roles))
            return 200, {"token_type": "Bearer", "expires_in": 3600, "access_token": token}
        return 401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."}

    def document(self) -> dict[str, Any]:
        base = f"{self.url}/{TENANT}"
        names = {"authorization": "authorize", "token": "token", "device_authorization": "devicecode"}
        endpoints = {f"{name}_endpoint": f"{base}/oauth2/v2.0/{path}" for name, path in names.items()}
        return {"issuer": f"{base}/v2.0", "jwks_uri": f"{base}/discovery/v2.0/keys", **endpoints}


class Page(BaseHTTPRequestHandler):
    """One request to the authority."""

    authority: Authority

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path.endswith("/openid-configuration"):
            self.answer(200, self.authority.document())
        elif address.path.endswith("/keys"):
            self.answer(200, json.loads(self.authority.keys()))
        elif address.path.endswith("/authorize"):
            begun = {name: values[0] for name, values in parse_qs(address.query).items()}
            self.authority.codes["code-1"] = begun
            self.answer(200, {"redirect_uri": begun["redirect_uri"], "code": "code-1", "state": begun["state"]})
        else:
            self.answer(404, {})

    def do_POST(self) -> None:
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        if self.path.endswith("/devicecode"):
            code = {"device_code": "d", "user_code": "ABC-123", "verification_uri": "https://example.com/device", "expires_in": 900}
            self.answer(200, code | {"interval": 0, "message": "enter ABC-123"})
        else:
            self.answer(*self.authority.grant(form))

    def answer(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        return


@contextmanager
def authority(folder: Path) -> Iterator[Authority]:
    """The authority on https://localhost, and the file of the certificate that clients must trust."""
    made = Authority()
    made.ca, key = _certificate(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Page,), {"authority": made}))
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.ca, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    made.url = f"https://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(hours=1)).add_extension(names, False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True).sign(key, hashes.SHA256())
    )  # fmt: skip
    certificate, private = folder / "authority.pem", folder / "authority.key"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_text(pem(key))
    return certificate, private
