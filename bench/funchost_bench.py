"""How fast the embedded host is: `python -m bench funchost`.

Prints one line per measure with the goal beside it, and the host's own CPU time per piece of work, which a busy machine
disturbs less than the clock. Then the same work on `durabletask`'s in-memory backend in the same run, and the ratios.
"""

import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOOK = "/runtime/webhooks/durabletask"
APP = textwrap.dedent("""
    import azure.durable_functions as df
    import azure.functions as func
    from fastapi import Depends, FastAPI
    app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
    api = FastAPI()

    @api.get("/api/hello")
    async def hello():
        return {"hello": "world"}

    @app.route(route="{*route}")
    async def web(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        return await func.AsgiMiddleware(api).handle_async(req, context)

    @app.orchestration_trigger(context_name="context")
    def one(context):
        return (yield context.call_activity("plain", 1))

    @app.orchestration_trigger(context_name="context")
    def fan(context):
        name, count = context.get_input()
        got = yield context.task_all([context.call_activity(name, n) for n in range(count)])
        return len(got)

    @app.orchestration_trigger(context_name="context")
    def sequence(context):
        for n in range(context.get_input()):
            yield context.call_activity("swift", n)

    @app.activity_trigger(input_name="n")
    def plain(n):
        return n

    @app.activity_trigger(input_name="n")
    async def swift(n):
        return n
    """)


class Wire:
    """A kept-alive connection; a client library would take more of the two cores than the host that is measured."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)))
        self._file = self._socket.makefile("rb")
        self._head = f"Host: {address}\r\nContent-Type: application/json\r\nContent-Length: "

    def call(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """One request and its answer."""
        self._socket.sendall(f"{method} {path} HTTP/1.1\r\n{self._head}{len(body)}\r\n\r\n".encode() + body)
        status, length = int(self._file.readline().split()[1]), 0
        while (line := self._file.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        return status, self._file.read(length)


class Bench:
    """A host process and connections to it."""

    def __init__(self, folder: Path) -> None:
        app = folder / "app"
        app.mkdir()
        (app / "function_app.py").write_text(APP)
        (app / "host.json").write_text('{"version": "2.0"}')
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "funchost", str(app), "--port", "0", "--quiet"],
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "FUNCHOST_HOME": str(folder / "home")},
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if " at http://" in line:
                self.address = line.split(" at http://")[1].split()[0]
            if line.startswith("ready"):
                break
        self.start_seconds = time.perf_counter() - began
        self._local = threading.local()

    def call(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        """One request on this thread's own connection."""
        if not hasattr(self._local, "wire"):
            self._local.wire = Wire(self.address)
        wire: Wire = self._local.wire
        return wire.call(method, path, (body or "").encode())

    def start(self, name: str, instance: str, value: object = None) -> None:
        """Start an orchestration."""
        status, body = self.call("POST", f"{HOOK}/orchestrators/{name}/{instance}", json.dumps(json.dumps(value)))
        assert status == 202, body

    def finish(self, instance: str) -> None:
        """Wait for its end."""
        while json.loads(self.call("GET", f"{HOOK}/instances/{instance}?showInput=false")[1])["runtimeStatus"] in ("Pending", "Running"):
            time.sleep(0.005)

    def finish_all(self, prefix: str) -> None:
        """Wait for the end of all whose ids begin so."""
        path = f"{HOOK}/instances?instanceIdPrefix={prefix}&runtimeStatus=Pending,Running&showInput=false&top=1"
        while self.call("GET", path)[1] != b"[]":
            time.sleep(0.01)

    def seconds(self, name: str, instance: str, value: object = None) -> float:
        """How long one orchestration takes."""
        began = time.perf_counter()
        self.start(name, instance, value)
        self.finish(instance)
        return time.perf_counter() - began

    def memory(self) -> float:
        """Resident megabytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6

    def cpu(self) -> float:
        """Seconds of CPU used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spread(threads: int, count: int, work: Callable[[int], None]) -> float:
    """Seconds for `count` pieces of work on some threads."""

    def run(first: int) -> None:
        for n in range(first, count, threads):
            work(n)

    began = time.perf_counter()
    team = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            mine = measure(bench)
        finally:
            bench.process.kill()
            bench.process.wait()
    compare(mine)


def compare(mine: dict[str, float]) -> None:
    """The ratios to durabletask's in-memory backend, whose activities are all synchronous."""
    done = subprocess.run([sys.executable, "-m", "bench.durabletask_peer"], cwd=ROOT, capture_output=True, text=True, check=True)
    peer = json.loads(done.stdout)
    for what, kind in (("orchestrations", "orchestrations"), ("sync activities", "activities"), ("async activities", "activities")):
        print(f"{what:<34} {mine[what] / peer[kind]:.1f} times durabletask's in-memory backend ({peer[kind]:.0f}/s)", flush=True)


def measure(bench: Bench) -> dict[str, float]:
    """All measures, one line each; the rates that have a yardstick."""
    mine = {}
    line("start", f"{bench.start_seconds:.2f} s", "<= 0.6 s")
    line("resident, idle", f"{bench.memory():.0f} MB", "< 70 MB")
    before = bench.cpu()
    time.sleep(3)
    line("idle", f"{(bench.cpu() - before) / 3:.2%} of a core", "< 1 %")
    bench.seconds("one", "warm")
    count = 1500
    began, before = time.perf_counter(), bench.cpu()
    spread(4, count, lambda n: bench.start("one", f"one-{n}"))
    bench.finish_all("one-")
    seconds = time.perf_counter() - began
    mine["orchestrations"] = rate(bench, "one-activity orchestrations", count, seconds, before, goal=">= 800/s")
    for kind, name, goal in (("sync", "plain", ">= 1500/s"), ("async", "swift", ">= 4000/s")):
        before = bench.cpu()
        seconds = bench.seconds("fan", kind, [name, 1000])
        mine[f"{kind} activities"] = rate(bench, f"{kind} activities, fan-out 1000", 1000, seconds, before, goal=goal)
    for length in (50, 100, 200):
        step = bench.seconds("sequence", f"s{length}", length) / length
        line(f"sequence of {length}", f"{step * 1000:.2f} ms/step", f"<= {replay_ms(length // 2):.2f} ms, the SDK's own replay half way")
    before = bench.cpu()
    rate(bench, "FastAPI catch-all requests", 4000, spread(8, 4000, lambda _n: check(bench)), before, goal=">= 2500/s")
    return mine


def replay_ms(steps: int) -> float:
    """Milliseconds that the SDK as shipped takes to replay so many finished activities, the shortest of ten tries."""
    import azure.durable_functions as df

    def sequence(context: df.DurableOrchestrationContext) -> Generator[object, object, None]:
        while True:
            yield context.call_activity("swift", 1)

    at = {"IsPlayed": True, "Timestamp": "2026-01-01T00:00:00.000000Z"}
    history = [{**at, "EventType": 12, "EventId": -1}, {**at, "EventType": 0, "EventId": -1, "Name": "sequence", "Version": None}]
    for n in range(steps):
        history += [{**at, "EventType": 4, "EventId": n, "Name": "swift"}, {**at, "EventType": 13, "EventId": -1}]
        history += [{**at, "EventType": 12, "EventId": -1}, {**at, "EventType": 5, "EventId": -1, "TaskScheduledId": n, "Result": "1"}]
    text = json.dumps({"history": history, "input": None, "instanceId": "i", "isReplaying": True, "parentInstanceId": None})
    handle, best = df.Orchestrator.create(sequence), float("inf")
    for _ in range(10):
        began = time.perf_counter()
        handle(text)
        best = min(best, time.perf_counter() - began)
    return best * 1000


def rate(bench: Bench, what: str, count: int, seconds: float, before: float, *, goal: str) -> float:
    """A rate by the clock and the CPU time behind it."""
    line(what, f"{count / seconds:.0f}/s, {(bench.cpu() - before) / count * 1000:.2f} ms CPU", goal)
    return count / seconds


def check(bench: Bench) -> None:
    """One trivial request."""
    assert bench.call("GET", "/api/hello")[0] == 200


def line(what: str, got: str, goal: str) -> None:
    """One measure."""
    print(f"{what:<34} {got:<24} goal {goal}", flush=True)


if __name__ == "__main__":
    main()
