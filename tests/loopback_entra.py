"""An Entra of our own on loopback: a key set that rotates, tokens signed with it, and (over TLS) the endpoints that msal speaks to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

TENANT = "11111111-2222-3333-4444-555555555555"
OTHER_TENANT = "99999999-2222-3333-4444-555555555555"
API = "aaaaaaaa-2222-3333-4444-555555555555"
USER = "0bbbbbbb-0000-0000-0000-000000000001"
APP = "0ddddddd-0000-0000-0000-000000000003"
CLIENT = "dddddddd-2222-3333-4444-555555555555"


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """A key of this name, the same one throughout a session: making one takes a while."""
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def public_pem(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def jwk(kid: str, key: Any) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig"}


@dataclass
class Entra:
    """What the endpoint publishes, and how often it was asked. `fault` is an answer to give instead."""

    url: str = ""
    kids: list[str] = field(default_factory=lambda: ["one"])
    asked: int = 0
    fault: tuple[int, bytes] | None = None
    more: list[dict[str, Any]] = field(default_factory=list)
    gate: threading.Event | None = None
    location: str = ""

    def keys(self) -> bytes:
        return json.dumps({"keys": [*self.more, *(jwk(kid, rsa_key(kid)) for kid in self.kids)]}).encode()

    def claims(self, **change: Any) -> dict[str, Any]:
        """The claims of a good token for a user; None removes one."""
        now = int(time.time())
        good = {
            "aud": API,
            "iss": f"{self.url}/{TENANT}/v2.0",
            "tid": TENANT,
            "oid": USER,
            "sub": "pairwise",
            "ver": "2.0",
            "scp": "access_as_user",
            "roles": ["Admin"],
            "iat": now - 60,
            "nbf": now - 60,
            "exp": now + 600,
            "preferred_username": "ada@example.com",
        }
        return {name: value for name, value in (good | change).items() if value is not None}

    def app_claims(self, **change: Any) -> dict[str, Any]:
        """The claims of an access token that an application gets for itself: it is its own subject, and acts within no scope."""
        own = {"scp": None, "preferred_username": None, "oid": APP, "sub": APP, "azp": CLIENT, "azpacr": "1", "aio": "E2", "uti": "u"}
        return self.claims(**(own | change))

    def id_claims(self, **change: Any) -> dict[str, Any]:
        """The claims of a user's ID token for the same application: it proves a sign-in to a page, and opens no API."""
        return self.claims(**({"scp": None, "nonce": "n-0S6_WzA2Mj", "name": "Ada", "aio": "A2", "rh": "r", "uti": "u"} | change))

    def signed(self, claims: dict[str, Any]) -> str:
        """A token of these claims, as Entra signs it."""
        return jwt.encode(claims, rsa_key("one"), algorithm="RS256", headers={"kid": "one"})

    def token(self, kid: str = "one", *, key: Any = None, algorithm: str = "RS256", **change: Any) -> str:
        """A token; by default one that opens everything."""
        return jwt.encode(self.claims(**change), key or rsa_key(kid), algorithm=algorithm, headers={"kid": kid})


class KeyHandler(BaseHTTPRequestHandler):
    """Answers every address with the key set."""

    entra: Entra

    def do_GET(self) -> None:
        self.entra.asked += 1
        if self.entra.gate is not None:
            self.entra.gate.wait(30)
        status, body = self.entra.fault or (200, self.entra.keys())
        try:
            self.send_response(status)
            if self.entra.location:
                self.send_header("Location", self.entra.location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            return  # the client had enough

    def log_message(self, format: str, *args: Any) -> None:
        return


@contextmanager
def serving() -> Iterator[Entra]:
    """The key set on loopback."""
    entra = Entra()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (KeyHandler,), {"entra": entra}))
    server.daemon_threads = True
    entra.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield entra
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
