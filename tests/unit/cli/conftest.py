"""A `qlf` to call in this process, and the scripted service as its endpoint."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import jsonschema
import pytest
from scripted_service import SOURCES, TOKEN, Called, Handler, Qlf, Service

from cli.entry import main
from shared.capsule import canonical_tar

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/schemas/qlf-output.schema.json").read_text("utf-8")))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a test, and a working folder beside it."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    for name in ("QLF_ENDPOINT", "QLF_TOKEN", "QLF_TTL", "QLF_PROGRESS", "QLF_ACCEPT_ASSUMPTIONS", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QLF_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def qlf(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Qlf:
    """Call `qlf` in this process. With `--json` every line is held against the published schema, and the result must be one and last."""

    def call(*arguments: str, stdin: bytes = b"") -> Called:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capsys.readouterr()
        code = main(list(arguments))
        said = capsys.readouterr()
        called = Called(code, said.out, said.err)
        if "--json" in arguments and "--" not in arguments:
            for line in called.lines:
                SCHEMA.validate(line)
            assert [line["type"] for line in called.lines].count("result") == 1
            assert called.result["type"] == "result"
            assert called.result["exit_code"] == code
        return called

    return call


@pytest.fixture
def service(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The scripted service; `qlf` uses it by setting."""
    script = Service()
    script.artifacts = {
        "source": canonical_tar(SOURCES),
        "capsule": b"capsule",
        "bundle/clinic-0.1.0.provenance.sigstore.json": b"{}",
        "ledger": b"{}",
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"service": script}))
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("QLF_ENDPOINT", script.url)
    monkeypatch.setenv("QLF_TOKEN", TOKEN)
    yield script
    server.shutdown()
    thread.join()
    server.server_close()
