"""An ingestion endpoint of Application Insights on loopback: takes envelopes, keeps them, and answers as the service does."""

from __future__ import annotations

import gzip
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

ROOT = Path(__file__).resolve().parents[3]
KEY = "00000000-0000-0000-0000-000000000001"


@dataclass
class Ingestion:
    """What was received. `authorization` holds that header of every request."""

    url: str
    envelopes: list[dict[str, Any]] = field(default_factory=list)
    authorization: list[str | None] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    @property
    def connection_string(self) -> str:
        return f"InstrumentationKey={KEY};IngestionEndpoint={self.url}/"

    def of(self, base_type: str) -> list[dict[str, Any]]:
        """The envelopes of one type: RequestData, RemoteDependencyData, MetricData, MessageData, ExceptionData."""
        return [envelope for envelope in self.envelopes if envelope["data"]["baseType"] == base_type]

    def metrics(self) -> dict[str, list[dict[str, Any]]]:
        """Metric name -> its points, each with `properties`."""
        found: dict[str, list[dict[str, Any]]] = {}
        for envelope in self.of("MetricData"):
            base = envelope["data"]["baseData"]
            for point in base["metrics"]:
                found.setdefault(point["name"], []).append({**point, "properties": base["properties"]})
        return found

    def text(self) -> str:
        """All bodies as received, in lower case."""
        return b"\n".join(self.raw).decode().lower()


@contextmanager
def ingestion() -> Iterator[Ingestion]:
    """The endpoint, for a while."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            items = json.loads(body)
            assert self.path in ("/v2.1/track", "//v2.1/track")
            taken.raw.append(body)
            taken.envelopes += items
            taken.authorization.append(self.headers.get("Authorization"))
            answer = json.dumps({"itemsReceived": len(items), "itemsAccepted": len(items), "errors": []}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        taken = Ingestion(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield taken
        finally:
            server.shutdown()
            thread.join()


def python(code: str, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own: telemetry is set up once per process."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("QLF_", "OTEL_", "APPLICATIONINSIGHTS_"))}
    return subprocess.run(
        [sys.executable, "-c", code], env={**clean, "QLF_HOME": str(home), "PYTHONPATH": str(ROOT), **env},
        cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip
