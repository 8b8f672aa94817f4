"""Runs the host as its users do: as a process, over a folder with a function app."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CONFORMANCE = Path(__file__).parent / "conformance"
WEBHOOK = "/runtime/webhooks/durabletask"
HEADER = """
import azure.durable_functions as df
import azure.functions as func
app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
"""


def write_app(folder: Path, source: str, host: dict[str, Any] | None = None, header: str = HEADER) -> Path:
    """A function app in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "function_app.py").write_text(header + textwrap.dedent(source), encoding="utf-8")
    (folder / "host.json").write_text(json.dumps(host or {"version": "2.0"}), encoding="utf-8")
    return folder


def call(url: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any, Any]:
    """Send one request; return status, headers and the body as JSON, or as bytes when it is none."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status, found, raw = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        status, found, raw = error.code, error.headers, error.read()
    try:
        return status, found, json.loads(raw) if raw else None
    except ValueError:
        return status, found, raw


class Host:
    """A host process, a strict one unless the test is about what a lenient one does. `arguments` go to `python -m funchost`."""

    def __init__(
        self, app: Path, home: Path, *arguments: str, port: int = 0, env: dict[str, str] | None = None, strict: bool = True
    ) -> None:
        self.app, self.home, self.port, self.env = app, home, port, env or {}
        self.arguments = [*arguments, *(["--strict"] if strict else [])]
        self.url = ""

    def start(self) -> "Host":
        """Start it and wait until it says that it is ready."""
        self.log = Path(f"{self.home}.log")
        self.home.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "funchost", str(self.app), "--port", str(self.port), *self.arguments],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "FUNCHOST_HOME": str(self.home), **self.env},
                text=True,
            )
        self.greeting = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.greeting.append(line)
            if line.startswith("ready"):
                break
        found = re.search(r"at (http://\S+)", "".join(self.greeting))
        if found is None:
            raise AssertionError(f"the host did not start: {self.log.read_text()[-2000:]}")
        self.url = found[1]
        return self

    def kill(self) -> None:
        """kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self) -> int:
        """Ctrl-C, and the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        return code

    def __enter__(self) -> "Host":
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    # -- the management API -------------------------------------------------------------------------------------------

    def api(self, path: str, method: str = "GET", body: Any = None) -> tuple[int, Any, Any]:
        """A call of the management API."""
        return call(f"{self.url}{WEBHOOK}/{path}", method, body)

    def begin(self, function: str, instance: str, value: Any = None, query: str = "") -> int:
        """Start an orchestration as the SDK's client does."""
        return self.api(f"orchestrators/{function}/{instance}{query}", "POST", json.dumps(value))[0]

    def status(self, instance: str, query: str = "") -> Any:
        """The status of an instance."""
        return self.api(f"instances/{instance}{query}")[2]

    def until(self, instance: str, *wanted: str, patience: float = 60) -> Any:
        """Poll until the instance has one of the statuses, final ones by default."""
        deadline = time.monotonic() + patience
        while True:
            status = self.status(instance)
            if isinstance(status, dict) and status["runtimeStatus"] in (wanted or ("Completed", "Failed", "Terminated")):
                return status
            if time.monotonic() > deadline:
                raise AssertionError(f"{instance} is {status}")
            time.sleep(0.05)

    def entries(self, event: str) -> list[dict[str, Any]]:
        """Log entries of one kind."""
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [entry for entry in map(json.loads, lines) if entry["event"] == event]
