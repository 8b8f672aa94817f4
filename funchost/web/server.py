"""uvicorn on a thread of its own, so that whoever embeds the host keeps the main thread and its signals."""

import asyncio
import os
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import uvicorn

from funchost.errors import AddressInUse, StartFailed
from funchost.web.app import HostApp
from funchost.web.transport import JoiningProtocol

Hook: TypeAlias = Callable[[], Awaitable[None]]


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 lets the system choose. Raises `AddressInUse`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise AddressInUse(f"cannot listen on {host}:{port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class Server:
    """Runs an event loop with one HTTP server in a daemon thread."""

    def __init__(self) -> None:
        self.loop = _new_loop()
        self._up = threading.Event()
        self._server: uvicorn.Server | None = None
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None

    def start(self, app: HostApp, listener: socket.socket, on_start: Hook, on_stop: Hook) -> None:
        """Serve until `stop`; returns when the server accepts connections. Raises `StartFailed`."""
        config = uvicorn.Config(
            app,
            http=JoiningProtocol,
            lifespan="off",
            ws="none",
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=75,
            server_header=False,
            date_header=True,
            proxy_headers=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, args=(listener, on_start, on_stop), name="http", daemon=True)
        self._thread.start()
        self._up.wait()
        if self._failure is not None:
            raise StartFailed(f"the HTTP server did not start: {self._failure}") from self._failure

    def _run(self, listener: socket.socket, on_start: Hook, on_stop: Hook) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._serve(listener, on_start, on_stop))
        except BaseException as error:
            self._failure = error
        finally:
            self._up.set()
            _cancel_all(self.loop)
            self.loop.close()

    async def _serve(self, listener: socket.socket, on_start: Hook, on_stop: Hook) -> None:
        assert self._server is not None  # noqa: S101
        serving = asyncio.ensure_future(self._server.serve(sockets=[listener]))
        while not self._server.started and not serving.done():
            await asyncio.sleep(0.001)
        await on_start()
        self._up.set()
        await serving
        await on_stop()

    def stop(self, timeout: float) -> None:
        """Stop accepting, give open requests a second, and end the thread."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive() and self._server is not None:
                self._server.force_exit = True
                self._thread.join(0.5)


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=0.2))
    loop.run_until_complete(loop.shutdown_asyncgens())
