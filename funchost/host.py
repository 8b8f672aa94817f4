"""The host as one object: loads an app, takes its store, serves it, and lets go of everything again."""

import contextlib
import errno
import json
import os
import secrets
import socket
import sys
import threading
import time
from functools import partial
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from funchost.durable.activities import Runner, Threads
from funchost.durable.client import Client
from funchost.durable.decisions import Decider
from funchost.durable.engine import Engine
from funchost.durable.episode import Turns
from funchost.durable.probe import survives
from funchost.durable.running import RunningMark
from funchost.durable.sdk import Orchestrator, adapt_sdk, close_client_session
from funchost.errors import HubLocked, LintFailed, StoreError, StoreFull
from funchost.functions import activities
from funchost.loading import LoadedApp, load_app
from funchost.logs import Sink, to_sink
from funchost.settings import Settings
from funchost.store import Store
from funchost.timers import Timers
from funchost.web.app import HostApp
from funchost.web.binding import client_binding
from funchost.web.http_functions import HttpFunctions
from funchost.web.management import Management
from funchost.web.server import Server, bind

_THREADS = 32


class EmbeddedHost:
    """Runs one function app in this process, in background threads.

    `home` holds the store (`hub.db`), its lock (`lock`) and, while the host runs, `endpoint.json` with the URL and the
    process id. `management` serves the durable management API publicly; the app's own durable client works without it.
    One app per process.
    """

    def __init__(
        self,
        app_dir: Path,
        home: Path,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        management: bool = False,
        strict: bool = True,
        log: Sink | None = None,
        body_limit: int | None = None,
        store_limit: int | None = None,
    ) -> None:
        self.app_dir, self.home = Path(app_dir), Path(home)
        self._address, self._management, self._strict = (host, port), management, strict
        self._body_limit, self._store_limit = body_limit, store_limit
        self._log = to_sink(log)
        self._cleanup = contextlib.ExitStack()
        self._started = False
        self.url = ""
        self.app: LoadedApp | None = None
        self.routes: list[tuple[str, list[str], str]] = []

    def start(self) -> None:
        """Load, lock, recover, serve. Raises `AppError`, `HubLocked`, `StoreError` or `ServeError`; nothing stays behind then."""
        try:
            self._start()
        except OSError as error:
            self._cleanup.close()
            full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
            raise (StoreFull if full else StoreError)(f"{self.home}: {error.strerror or error}") from error
        except BaseException:
            self._cleanup.close()
            raise
        self._started = True

    def stop(self, timeout: float = 2.0) -> None:
        """Drain for up to `timeout` seconds and stop. What still runs then runs again at the next start. Safe to call twice."""
        if not self._started:
            return
        self._started = False
        self._timeout = timeout
        self._cleanup.close()

    def __enter__(self) -> "EmbeddedHost":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    # -- assembly -----------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._timeout = 2.0
        self._share_the_interpreter()
        settings = Settings.read(self.app_dir)
        app = self.app = load_app(self.app_dir)
        if self._strict and app.warnings:
            raise LintFailed(list(app.warnings))
        for warning in app.warnings:
            self._log("warning", "app", message=warning)
        adapt_sdk()
        self._lock()
        store = Store(self.home / "hub.db", self._store_limit)
        self._cleanup.callback(store.close)
        listener = bind(*self._address)
        self._cleanup.callback(listener.close)
        self.url = _origin(listener)
        self._serve(app, settings, store, listener)
        self._announce()

    def _share_the_interpreter(self) -> None:
        """Let a thread that waits for the interpreter have it ten times sooner: requests run beside replays."""
        self._cleanup.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(0.0005)

    def _lock(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.home / "lock", timeout=0)
            lock.acquire()
        except Timeout as error:
            raise HubLocked(f"another host uses {self.home}") from error
        except OSError as error:
            raise StoreError(f"{self.home}: {error.strerror or error}") from error
        self._cleanup.callback(lock.release)

    def _serve(self, app: LoadedApp, settings: Settings, store: Store, listener: socket.socket) -> None:
        origin = _loopback(self.url)
        private = "/" + secrets.token_urlsafe(24)
        binding = client_binding(origin, private, settings.hub)
        functions = activities(app, binding)
        runner = Runner(functions, self._log, _threads(), settings.max_activities)
        orchestrators = {f.name.lower(): Orchestrator(f.call) for f in app.of_kind("orchestrationTrigger")}
        mark = RunningMark(self.home / "running")
        self._cleanup.callback(mark.close)
        decider = Decider(orchestrators, functions, settings=settings, strict=self._strict, log=self._log, mark=mark)
        turns = Turns(store, decider, settings, self._log)
        engine = Engine(store, turns, runner, mark, self._log, probe=partial(survives, app.directory))
        client = Client(store, settings, engine.wake, orchestrators.keys())
        threads = Threads(_threads(), "function")
        http = HttpFunctions(app, settings.route_prefix, binding, threads, self._log)
        self.routes = http.listing()
        asgi = HostApp(
            http,
            Management(client, settings.hub, self._strict),
            self._log,
            origin=self.url,
            private=private,
            public=self._management,
            body_limit=self._body_limit or settings.body_limit,
        )
        self._run(asgi, listener, engine, runner, Timers(app, binding, store, threads, self._log))

    def _run(self, asgi: HostApp, listener: socket.socket, engine: Engine, runner: Runner, timers: Timers) -> None:
        server = Server()
        runner.attach(server.loop)

        async def begin() -> None:
            engine.recover()
            engine.start()
            timers.start()

        async def end() -> None:
            timers.stop()
            await close_client_session()

        self._cleanup.callback(lambda: engine.stop(max(0.2, self._deadline() - time.monotonic())))
        self._cleanup.callback(lambda: server.stop(max(0.2, self._deadline() - time.monotonic())))
        self._cleanup.callback(lambda: runner.stop(max(0.0, self._deadline() - time.monotonic() - 0.5)))
        self._cleanup.callback(self._begin_stop)
        server.start(asgi, listener, begin, end)

    def _begin_stop(self) -> None:
        self._stop_at = time.monotonic() + self._timeout

    def _deadline(self) -> float:
        return getattr(self, "_stop_at", time.monotonic() + self._timeout)

    def _announce(self) -> None:
        path = self.home / "endpoint.json"
        draft = self.home / f"endpoint.{os.getpid()}.{threading.get_ident()}.tmp"
        draft.write_text(json.dumps({"url": self.url, "pid": os.getpid(), "started": time.time()}), encoding="utf-8")
        draft.replace(path)
        self._cleanup.callback(lambda: path.unlink(missing_ok=True))


def _threads() -> int:
    configured = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT", "")
    return min(int(configured), 256) if configured.isdecimal() and int(configured) else _THREADS


def _origin(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _loopback(url: str) -> str:
    """The same server by way of loopback, when it listens on all interfaces."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
