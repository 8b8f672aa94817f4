"""A run's events over HTTP."""

from __future__ import annotations

import asyncio

import pytest
from api_cases import Door, problem_of

from shared.model import Run, make_event, new_id


async def add(door: Door, run: Run, *keys: str) -> None:
    current = await door.stores.runs.get(run.id)
    events = [make_event(run, "run.phase_changed", key, {"key": key}, run.created_at) for key in keys]
    await door.stores.runs.commit(current, events, if_match=current.etag)


async def test_events_in_slices(door: Door) -> None:
    run = await door.run()
    await add(door, run, "a", "b", "c")
    first = (await door.http.get(f"/runs/{run.id}/events", params={"limit": 2})).json()
    assert [event["seq"] for event in first["items"]] == [1, 2]
    assert first["next"] == 2
    second = (await door.http.get(f"/runs/{run.id}/events", params={"after": first["next"]})).json()
    assert [event["data"] for event in second["items"]] == [{"key": "b"}, {"key": "c"}]
    last = (await door.http.get(f"/runs/{run.id}/events", params={"after": second["next"]})).json()
    assert last == {"items": [], "next": 4}


async def test_waiting_answers_when_an_event_comes(door: Door) -> None:
    run = await door.run()
    waiting = asyncio.create_task(door.http.get(f"/runs/{run.id}/events", params={"after": 1, "wait": 30}))
    done, _ = await asyncio.wait({waiting}, timeout=0.1)
    assert not done
    await add(door, run, "a")
    answer = await asyncio.wait_for(waiting, 20)
    assert [event["seq"] for event in answer.json()["items"]] == [2]


async def test_waiting_ends_without_an_event(door: Door) -> None:
    run = await door.run()
    answer = await asyncio.wait_for(door.http.get(f"/runs/{run.id}/events", params={"after": 1, "wait": 1}), 20)
    assert answer.json() == {"items": [], "next": 1}


@pytest.mark.parametrize(
    "params", [{"after": -1}, {"after": 2**63}, {"wait": 31}, {"wait": -1}, {"limit": 0}, {"limit": 1001}, {"after": "x"}]
)
async def test_slices_are_bounded(door: Door, params: dict[str, object]) -> None:
    run = await door.run()
    problem_of(await door.http.get(f"/runs/{run.id}/events", params=params), 422, "QLF7103")  # type: ignore[arg-type]


async def test_events_of_an_unknown_run(door: Door) -> None:
    problem_of(await door.http.get(f"/runs/{new_id('run')}/events", params={"wait": 30}), 404, "QLF7001")
