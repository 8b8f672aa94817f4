"""Every change has an actor: all mutating routes are walked, and each change that one makes is found in a run's events."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from api_cases import Door, problem_of
from api_entra import SECRET, bearer, entra_door, values_of
from api_furniture import furnish
from loopback_entra import USER, Entra, serving
from test_api_dead_letters import Letters, letter

from api.routers.commands import Command
from api.signatures import Provider
from shared.model import Event, new_id

OTHER = "0ccccccc-0000-0000-0000-000000000002"


@pytest.fixture(scope="module")
def entra() -> Iterator[Entra]:
    with serving() as made:
        yield made


STATES: dict[str, dict[str, str]] = {"resume": {"status": "paused"}, "retry": {"status": "blocked"}}
"""What a run must be for a command; pending for all others."""
HARMLESS = {"POST /compile", "POST /verify", "POST /capsules/{capsule_id}/actions/verify"}


def variants(path: str) -> list[str]:
    """A path for each of its words: a command, a provider."""
    for name, words in (("command", get_args(Command)), ("provider", get_args(Provider))):
        if f"{{{name}}}" in path:
            return [path.replace(f"{{{name}}}", word) for word in words]
    return [path]


async def state(door: Door) -> dict[str, Any]:
    """All that a request may change."""
    runs = (await door.stores.runs.list("default", limit=100)).items
    previews = (await door.stores.previews.list("default", limit=100)).items
    events = {event.id: event for run in runs for event in await door.stores.runs.events(run.id, limit=1000)}
    return {"runs": runs, "previews": previews, "events": events, "told": len(door.host.events), "starts": door.host.starts}


def body_of(path: str, ids: dict[str, str]) -> bytes:
    if "/webhooks/" in path:
        return json.dumps({"run_id": ids["run"], "status": "success", "at": path}).encode()
    return json.dumps({"brief": "A library: members borrow books."} if path in ("/runs", "/compile") else {}).encode()


def signature_of(path: str, body: bytes) -> dict[str, str]:
    from test_api_webhooks import signed

    return signed(path.rpartition("/")[2], body, secret=SECRET) if "/webhooks/" in path else {}


async def test_every_change_names_its_actor(tmp_path: Path, entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    secrets: dict[str, Any] = {f"webhook_{name}_secret": SECRET for name in get_args(Provider)}
    walked: set[str] = set()
    async with entra_door(tmp_path, entra, **secrets) as door:
        paths = (await door.http.get("/openapi.json")).json()["paths"]
        for path, methods in paths.items():
            for method in methods.keys() - {"get", "head"}:
                operation = f"{method.upper()} {path.removeprefix('/api/v1')}"
                for variant in variants(path.removeprefix("/api/v1")):
                    await walk(door, entra, method.upper(), variant, caplog)
                walked.add(operation)
    assert walked >= HARMLESS
    assert len(walked) > len(HARMLESS) + 4


async def walk(door: Door, entra: Entra, method: str, path: str, caplog: pytest.LogCaptureFixture) -> None:
    """Let two callers send one mutating request under one key, which must succeed for the first, and look for the traces of each."""
    ids = await furnish(door)
    if (word := path.rpartition("/")[2]) in STATES:
        await door.change(await door.stores.runs.get(ids["run"]), **STATES[word])
        if word == "retry":
            door.host.end(ids["run"])
    object.__setattr__(door.services, "dead_letters", Letters(letter(ids["run"], 1)))
    body, url = body_of(path, ids), path.format(**values_of(ids))
    same = {"Content-Type": "application/json", "Idempotency-Key": f"key{path}", **signature_of(path, body)}
    for caller in (USER,) if "/webhooks/" in path else (USER, OTHER):
        before = await state(door)
        caplog.clear()
        answer = await door.http.request(method, url, content=body, headers={**same, **bearer(entra.token(oid=caller))})
        assert answer.status_code < 300 or (caller == OTHER and answer.status_code == 409), (path, answer.text)
        after = await state(door)
        who = {"id": word, "kind": "webhook"} if "/webhooks/" in path else {"id": caller, "kind": "user"}
        new: list[Event] = [event for key, event in after["events"].items() if key not in before["events"]]
        told = [event for event in new if event.type.startswith("preview.")]
        actors = [event.data["actor"] for event in new if "actor" in event.data and event not in told]
        assert actors == ([who] if after != before else []), (path, new)
        assert [event for event in told if event.data["actor"] != who] == [], (path, told)
        assert all("ada@example.com" not in event.model_dump_json() for event in new)
        if caller == USER:
            assert (after == before) == (f"{method} {path}" in HARMLESS), path
        (line,) = [record.getMessage() for record in caplog.records if record.name == "qlf.audit"]
        assert f" for {who['kind']} {who['id']}" in line, path
        assert "ada@example.com" not in line


async def test_a_refusal_is_logged_with_the_one_who_asked(tmp_path: Path, entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    async with entra_door(tmp_path, entra) as door:
        reader = bearer(entra.token(roles=["Reader"]))
        await door.http.post("/runs", json={"brief": "my password is hunter2"}, headers=reader)
        await door.http.post("/runs", json={"brief": "x"}, headers=bearer("wrong"))
        await door.http.post("/nowhere/my-password", headers=reader)
        lines = [record.getMessage() for record in caplog.records if record.name == "qlf.audit"]
        assert lines == [
            f"POST /api/v1/runs: 403 for user {USER} ",
            "POST /api/v1/runs: 401 for unknown  ",
            f"POST -: 404 for user {USER} ",
        ]


async def test_reading_is_not_logged(tmp_path: Path, entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with entra_door(tmp_path, entra) as door:
        await door.http.get("/runs")
        assert [record for record in caplog.records if record.name == "qlf.audit"] == []


async def test_a_request_sent_again_is_one_deed(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra) as door:
        run = await door.run()
        key = {"Idempotency-Key": new_id("run").removeprefix("run_")}
        for _ in range(3):
            assert (await door.http.post(f"/runs/{run.id}/actions/pause", headers=key)).status_code == 202
        events = [event for event in await door.stores.runs.events(run.id) if event.type == "command.accepted"]
        assert [(event.data["command"], event.data["actor"]["id"]) for event in events] == [("pause", USER)]


async def test_of_two_callers_with_one_key_each_is_written_down(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra) as door:
        run = await door.run()
        for token in (entra.token(), entra.token(oid=OTHER), entra.token()):
            answer = await door.http.post(f"/runs/{run.id}/actions/pause", headers={**bearer(token), "Idempotency-Key": "same"})
            assert answer.status_code == 202
        events = [event for event in await door.stores.runs.events(run.id) if event.type == "command.accepted"]
        assert [event.data["actor"]["id"] for event in events] == [USER, OTHER]


async def test_each_caller_s_refused_command_is_theirs(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra) as door:
        run = await door.change(await door.run(), status="completed")
        for token in (entra.token(), entra.token(oid=OTHER), entra.token()):
            problem_of(await door.http.post(f"/runs/{run.id}/actions/cancel", headers=bearer(token)), 409, "QLF7108")
        events = [event for event in await door.stores.runs.events(run.id) if event.type == "command.rejected"]
        assert [event.data["actor"]["id"] for event in events] == [USER, OTHER]


async def test_the_record_comes_before_the_deed(tmp_path: Path, entra: Entra) -> None:
    async with entra_door(tmp_path, entra) as door:
        run = await door.run()
        seen: list[Callable[..., object]] = []
        tell = door.host.raise_event

        async def watched(instance_id: str, event_name: str, event_data: Any = None) -> None:
            kinds = [event.type for event in await door.stores.runs.events(run.id)]
            assert "command.accepted" in kinds
            seen.append(tell)
            await tell(instance_id, event_name, event_data)

        door.host.raise_event = watched  # type: ignore[method-assign]  # the host of a test, asked at the moment of the deed
        assert (await door.http.post(f"/runs/{run.id}/actions/pause")).status_code == 202
        assert len(seen) == 1
