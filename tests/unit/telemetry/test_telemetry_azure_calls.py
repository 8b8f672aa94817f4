"""What the exporter tells of calls that the SDKs of Azure make: where to, and how they ended; no signature, no token, no session."""

from __future__ import annotations

from pathlib import Path

from ingestion import ingestion, python

CALLS = """
import asyncio, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from azure.core.credentials import AccessToken
from shared.wiring import services
services()
from shared.telemetry import span

class Busy(BaseHTTPRequestHandler):
    def do_PUT(self):
        print(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(429)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass

class Identity:
    def get_token(self, *_, **__):
        return AccessToken("canary-token", 2**33)

async def upload(url):
    from azure.storage.blob.aio import BlobClient
    async with BlobClient.from_blob_url(url, retry_total=0) as blob:
        await blob.upload_blob(b"x", overwrite=True)

with ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    from azure.core.exceptions import HttpResponseError
    from shared.model import InputError
    from shared.runner.sessions import SessionPool
    with span("outer"):
        try:
            asyncio.run(upload(url + "/account/upload/a-place?sv=1&sig=canary-signature"))
        except HttpResponseError:
            pass
        try:
            SessionPool(url + "/pool", Identity(), patience=0, insecure=True).work(b"x", 1)
        except InputError:
            pass
    server.shutdown()
"""


def test_a_refusal_is_told_and_nothing_that_opens_a_door(tmp_path: Path) -> None:
    with ingestion() as endpoint:
        env = {"QLF_TELEMETRY_EXPORTER": "azure-monitor", "APPLICATIONINSIGHTS_CONNECTION_STRING": endpoint.connection_string}
        done = python(CALLS, tmp_path / "home", **env)
    assert done.returncode == 0, done.stderr
    upload, *jobs = done.stdout.split()
    assert "canary-signature" in upload
    identifier = jobs[0].partition("identifier=")[2].partition("&")[0]
    assert len(identifier) == 32

    told = [envelope["data"]["baseData"] for envelope in endpoint.of("RemoteDependencyData")]
    refused = [call for call in told if call["resultCode"] == "429"]  # what the alert on throttling counts
    assert {call["data"].partition("?")[0].rpartition("/")[0].rpartition("/")[2] for call in refused} == {"upload", "jobs"}
    assert [word for word in ("canary-signature", "canary-token", identifier) if word in endpoint.text()] == []
