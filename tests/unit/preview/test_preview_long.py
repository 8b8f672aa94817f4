"""Longer looks at previews: an app that the factory generates, and whatever order people do things in."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from shared.agents import build_contract, generate, make_plan
from shared.brief import compile_brief
from shared.capsule import SourceFile
from shared.model import AgentRequest, Preview
from shared.preview import LocalPreviews

pytestmark = pytest.mark.slow
Sources = Callable[..., Mapping[str, SourceFile]]
Fresh = Callable[..., Preview]
BRIEF = "Create a REST API for a bicycle workshop: customers have bicycles, mechanics record repairs"


def generated() -> dict[str, SourceFile]:
    ir = compile_brief(BRIEF).ir
    contract = build_contract(ir)
    made = [generate(AgentRequest(component=component.name, ir=ir, contract=contract)) for component in make_plan(ir).components]
    return {file.path: SourceFile(file.content.encode(), file.mode) for result in made for file in result.files}


def ask(url: str, body: dict[str, Any] | None = None, token: str = "") -> Any:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


async def test_a_generated_app_runs_and_its_administrator_signs_in(previews: LocalPreviews, fresh: Fresh) -> None:
    preview = await previews.create(fresh(), generated())
    assert preview.status == "ready", (preview.reason, await previews.logs(preview, 5000))
    login = previews.login(preview.id)
    tokens = await asyncio.to_thread(ask, f"{preview.url}/auth/login", login.model_dump())
    customers = await asyncio.to_thread(ask, f"{preview.url}/customers", None, tokens["access_token"])
    assert customers["items"] == []
    assert (await previews.destroy(preview)).status == "destroyed"


def processes_of(home: Path, works: set[str]) -> list[psutil.Process]:
    """Supervisors of this home and programs in the folders of its previews, zombies left out."""
    words = {str(home), *works}
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if process.info["status"] != psutil.STATUS_ZOMBIE and process.pid != os.getpid() and any(word in line for word in words):
            found.append(process)
    return found


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_of_deeds_leaves_nothing_behind(
    seed: int, previews: LocalPreviews, sources: Sources, fresh: Fresh, tmp_path: Path
) -> None:
    """The record never says that a preview runs when it does not, and in the end no process and no folder is left."""
    chance = random.Random(seed)
    records: dict[str, Preview] = {}
    works: set[str] = set()

    async def create() -> None:
        made = await previews.create(fresh(), sources())
        assert made.status == "ready"
        records[made.id] = made

    async def destroy() -> None:
        chosen = chance.choice(list(records.values()))
        assert (await previews.destroy(chosen)).status == "destroyed"

    async def shorten() -> None:
        chosen = await previews.refresh(chance.choice(list(records.values())))
        if chosen.status in ("ready", "unhealthy"):
            await previews.extend(chosen, (datetime.now(UTC) + timedelta(seconds=chance.random())).isoformat())

    async def kill() -> None:
        chosen = await previews.refresh(chance.choice(list(records.values())))
        if chosen.pid:
            os.kill(chosen.pid, chance.choice([signal.SIGKILL, signal.SIGTERM]))

    async def sweep() -> None:
        await previews.sweep()

    await create()
    for deed in chance.choices([create, destroy, shorten, kill, sweep], weights=[3, 2, 2, 2, 1], k=10):
        await deed()
        works |= {state.launch.work for state in previews.known() if state.launch}
        for known in list(records.values()):
            now = await previews.refresh(known)
            assert now.status in ("ready", "unhealthy", "destroyed")
            assert (now.url is None) == (now.status == "destroyed")
    for known in list(records.values()):
        assert (await previews.destroy(known)).status == "destroyed"
    deadline = time.monotonic() + 15
    while processes_of(tmp_path / "home", works):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    assert not any(Path(work).exists() for work in works)
    assert {state.status for state in previews.known()} == {"destroyed"}
