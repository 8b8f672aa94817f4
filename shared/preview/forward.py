"""The door of a preview: a loopback port of this machine that leads to the app's socket.

The app itself sits in a network of its own with nothing in it. So a preview can be reached from this machine, and cannot reach it.
"""

from __future__ import annotations

import asyncio
import contextlib
import stat
from pathlib import Path

_HOST = "127.0.0.1"
_CONNECTIONS = 128
_CHUNK = 65536
_PROBE_SECONDS = 5.0


class Door:
    """Forwards TCP connections to a Unix socket, at most 128 at a time."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._free = asyncio.Semaphore(_CONNECTIONS)
        self._open: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen on a free port of 127.0.0.1; returns it."""
        self._server = await asyncio.start_server(self._serve, _HOST, 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Free the port and drop the connections."""
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        async with self._free:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._join(reader, writer)
            writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not stat.S_ISSOCK(self._target.lstat().st_mode):
            return
        app_reader, app_writer = await asyncio.open_unix_connection(str(self._target))
        asking = asyncio.create_task(_copy(reader, app_writer))
        try:
            await _copy(app_reader, writer)
        finally:
            asking.cancel()
            app_writer.close()
            await asyncio.gather(asking, return_exceptions=True)


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while chunk := await source.read(_CHUNK):
        sink.write(chunk)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()


async def answers(port: int, path: str) -> bool:
    """True when `GET path` on the loopback port answers 200 within five seconds."""
    request = f"GET {path} HTTP/1.1\r\nHost: {_HOST}:{port}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            reader, writer = await asyncio.open_connection(_HOST, port)
            try:
                writer.write(request.encode())
                line = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return False
    return line.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200"))
