"""A Blob service on loopback for what a real one does rarely: refusals, silence, broken connections, changed bytes.

Strict where the adapters could go wrong (conditions, block lists, MD5 in transit, leases, API version, authorisation), and nothing
more: no containers beyond the one, no signature check. Azurite is the peer for everything else.
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from tests.fakes.blob_leases import Lease, Refused

ACCOUNT = "devstoreaccount1"
CONTAINER = "artifacts"
KEY = base64.b64encode(b"key of the fake").decode()


@dataclass
class Blob:
    data: bytes
    md5: str
    etag: str = field(default_factory=lambda: f'"{uuid.uuid4().hex}"')
    lease: Lease = field(default_factory=Lease)


@dataclass
class Fault:
    """What the next request with this method meets.

    An HTTP error, `drop` (the connection), `hang`, `lose` (the answer, of what was done), `cut` (half an answer) or `change` (another
    byte). What is done with a lease is a method of its own: `ACQUIRE`, `RENEW`, `RELEASE`, `BREAK`.
    """

    method: str
    kind: str = "status"
    status: int = 503
    code: str = "ServerBusy"


class FakeBlobService:
    """`blobs` by path, `asked` as method and path of every request in order, `faults` to come. Leases end by `clock`, in seconds."""

    def __init__(self) -> None:
        self.clock: Callable[[], float] = time.monotonic
        self.blobs: dict[str, Blob] = {}
        self.blocks: dict[str, dict[str, bytes]] = {}
        self.asked: list[tuple[str, str]] = []
        self.faults: deque[Fault] = deque()
        self.guard = threading.Lock()
        self.released = threading.Event()
        self.port = 0

    @property
    def connection_string(self) -> str:
        endpoint = f"http://127.0.0.1:{self.port}/{ACCOUNT}"
        return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={endpoint};"

    def methods(self) -> list[str]:
        return [method for method, _ in self.asked]

    def fault(self, method: str) -> Fault | None:
        with self.guard:
            return self.faults.popleft() if self.faults and self.faults[0].method == method else None


@contextmanager
def fake_blob_service() -> Iterator[FakeBlobService]:
    """The service, until the end of the block."""
    service = FakeBlobService()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": service}))
    server.daemon_threads = True
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        service.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    service: FakeBlobService
    protocol_version = "HTTP/1.1"
    _lost = False

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, query = self._begin()
        if self._fault() or not self._allowed(path):
            return None
        sent = self.headers.get("Content-MD5")
        if sent and sent != _md5(data):
            return self._refuse(400, "Md5Mismatch")
        if query.get("comp") == ["lease"]:
            return self._lease(path)
        with self.service.guard:
            if query.get("comp") == ["block"]:
                self.service.blocks.setdefault(path, {})[query["blockid"][0]] = data
                return self._answer(201)
            if self.headers.get("If-None-Match") == "*" and path in self.service.blobs:
                return self._refuse(409, "BlobAlreadyExists")
            if path in self.service.blobs and self.service.blobs[path].lease.locked(self.service.clock()):
                return self._refuse(412, "LeaseIdMissing")
            if query.get("comp") == ["blocklist"]:
                ids = re.findall(r"<Latest>([^<]+)</Latest>", data.decode())
                staged = self.service.blocks.pop(path, {})
                if not all(block in staged for block in ids):
                    return self._refuse(400, "InvalidBlockList")
                data = b"".join(staged[block] for block in ids)
            elif self.headers.get("x-ms-blob-type") != "BlockBlob":
                return self._refuse(400, "MissingRequiredHeader")
            blob = Blob(data, self.headers.get("x-ms-blob-content-md5") or _md5(data))
            self.service.blobs[path] = blob
        return self._answer(201, {"ETag": blob.etag})

    def _lease(self, path: str) -> None:
        with self.service.guard:
            blob = self.service.blobs.get(path)
            if blob is None:
                return self._refuse(404, "BlobNotFound")
            try:
                status, more = blob.lease.act(self.headers, self.service.clock())
            except Refused as refused:
                return self._refuse(refused.status, refused.code)
        return self._answer(status, {"ETag": blob.etag} | more)

    def do_HEAD(self) -> None:
        self._read(body=False)

    def do_GET(self) -> None:
        self._read(body=True)

    def _read(self, *, body: bool) -> None:
        path, _ = self._begin()
        fault = self.service.fault(self._verb)
        if (fault and self._fault(fault)) or not self._allowed(path):
            return None
        blob = self.service.blobs.get(path)
        if blob is None:
            return self._refuse(404, "BlobNotFound")
        if self.headers.get("If-Match", blob.etag) != blob.etag:
            return self._refuse(412, "ConditionNotMet")
        data, more, status = blob.data, {"ETag": blob.etag, "Content-MD5": blob.md5, "x-ms-blob-type": "BlockBlob"}, 200
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("x-ms-range", ""))
        if wanted:
            first, last = int(wanted[1]), min(int(wanted[2]), len(data) - 1)
            if first >= len(data):
                return self._refuse(416, "InvalidRange")
            more |= {"Content-Range": f"bytes {first}-{last}/{len(data)}", "x-ms-blob-content-md5": more.pop("Content-MD5")}
            data, status = data[first : last + 1], 206
        kind = fault.kind if fault else ""
        if kind == "change":
            data = bytes([data[0] ^ 1]) + data[1:]
        return self._answer(status, more, data if body else b"", length=len(data), cut=kind == "cut")

    def _begin(self) -> tuple[str, dict[str, list[str]]]:
        url = urlsplit(self.path)
        path = unquote(url.path).removeprefix(f"/{ACCOUNT}/")
        with self.service.guard:
            self.service.asked.append((self._verb, path))
        return path, parse_qs(url.query)

    @property
    def _verb(self) -> str:
        return self.headers.get("x-ms-lease-action", self.command).upper()

    def _allowed(self, path: str) -> bool:
        if not re.fullmatch(r"20\d\d-\d\d-\d\d", self.headers.get("x-ms-version", "")):
            self._refuse(400, "InvalidHeaderValue")
        elif not self.headers.get("Authorization", "").startswith(f"SharedKey {ACCOUNT}:"):
            self._refuse(403, "AuthenticationFailed")
        elif not path.startswith(f"{CONTAINER}/"):
            self._refuse(404, "ContainerNotFound")
        else:
            return True
        return False

    def _fault(self, fault: Fault | None = None) -> bool:
        """True when the request has met its fate."""
        fault = fault or self.service.fault(self._verb)
        self._lost = fault is not None and fault.kind == "lose"
        if fault is None or fault.kind in ("cut", "change", "lose"):
            return False
        if fault.kind == "status":
            self._refuse(fault.status, fault.code)
        else:
            if fault.kind == "hang":
                self.service.released.wait(60)
            self.close_connection = True
        return True

    def _refuse(self, status: int, code: str) -> None:
        body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>sig=secret</Message></Error>'.encode()
        self._answer(status, {"x-ms-error-code": code, "Content-Type": "application/xml"}, b"" if self.command == "HEAD" else body)

    def _answer(self, status: int, more: dict[str, str] | None = None, body: bytes = b"", length: int = -1, *, cut: bool = False) -> None:
        if self._lost:
            self.close_connection = True
            return
        self.send_response(status)
        headers = {"x-ms-request-id": uuid.uuid4().hex, "Last-Modified": self.date_time_string()} | (more or {})
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length < 0 else length))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut


def _md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
