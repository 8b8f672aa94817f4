"""A scripted run as the tests see it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest


@dataclass
class Played:
    """A started run: its durable instance and the log of its activities."""

    client: httpx2.Client
    folder: Path
    run_id: str

    def tell(self, event: str) -> None:
        """Send a command as the API does."""
        self.client.post(f"instances/{self.run_id}/raiseEvent/{event}", json=json.dumps({"id": "1"})).raise_for_status()

    def calls(self, name: str | None = None) -> list[dict[str, Any]]:
        log = self.folder / f"{self.run_id}.log"
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [line["job"] | {"name": line["name"]} for line in lines if name in (None, line["name"])]

    def moves(self) -> list[dict[str, Any]]:
        return self.calls("transition")

    def events(self) -> list[str]:
        return [kind for move in self.moves() for kind, _ in move.get("events", [])]

    def wait_for_call(self, name: str, found: Callable[[dict[str, Any]], bool] = lambda _: True) -> None:
        wait_until(lambda: any(found(call) for call in self.calls(name)), f"no call of {name}")

    def answer(self) -> dict[str, Any]:
        """What the orchestration returned."""
        wait_until(lambda: self.status()["runtimeStatus"] in ("Completed", "Failed", "Terminated"), "the run did not end")
        status = self.status()
        assert status["runtimeStatus"] == "Completed", status["output"]
        return status["output"]

    def status(self) -> dict[str, Any]:
        return self.client.get(f"instances/{self.run_id}").json()

    def history(self, instance: str) -> list[dict[str, Any]]:
        return self.client.get(f"instances/{instance}?showHistory=true&showHistoryOutput=true").json()["historyEvents"]


def wait_until(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(complaint)
        time.sleep(0.02)
