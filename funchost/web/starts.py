"""Starts that arrive in the same turn of the event loop, written in one transaction; each is answered when it is committed."""

import asyncio

from funchost.durable.client import Client
from funchost.store import Start


class Starts:
    """Belongs to one event loop."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._waiting: list[tuple[Start, asyncio.Future[str]]] = []

    async def start(self, name: str, instance: str | None, text: str | None, version: str | None) -> str:
        """As `Client.start`."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[str] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._write)
        self._waiting.append((self._client.draft(name, instance, text, version), future))
        return await future

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        outcomes = self._client.start_all([draft for draft, _ in waiting])
        for (_, future), outcome in zip(waiting, outcomes, strict=True):
            if future.done():
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
