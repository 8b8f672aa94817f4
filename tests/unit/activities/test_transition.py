"""The one writer: what it changes, what it refuses, and that doing it twice changes nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.transition import status_change, transition
from shared.model import RUN_MOVES, TERMINAL, ArtifactRef, Event, QlfError, Run, event_id, may_move, new_id
from shared.wiring import Services

ACTIVE = ["pending", "planning", "planned", "running"]


async def new_run(house: Services) -> Run:
    now = house.clock()
    brief = await house.stores.artifacts.put(b"a brief")
    run = Run(id=new_id("run"), brief=brief, created_at=now, updated_at=now)
    event = Event(
        id=event_id(run.id, "run.received", "post"), type="run.received", subject=run.id, time=now,
        project_id=run.project_id, run_id=run.id, correlation_id=run.id,
    )  # fmt: skip
    return (await house.stores.runs.create(run, event, None))[0]


async def move(run: Run, key: str, **change: Any) -> dict[str, Any]:
    return await transition({"run_id": run.id, "project_id": run.project_id, "key": key, **change})


async def test_status_phase_and_events_are_written_together(house: Services) -> None:
    run = await new_run(house)
    answer = await move(run, "begin", status="planning", phase="compiling", events=[["ir.compiled", {"entities": 2}]])
    assert answer["status"] == "planning"
    events = await house.stores.runs.events(run.id, after=0, limit=100)
    assert [event.type for event in events] == ["run.received", "run.status_changed", "run.phase_changed", "ir.compiled"]
    assert [event.seq for event in events] == [1, 2, 3, 4]


async def test_the_same_change_again_adds_no_event_and_moves_nothing(house: Services) -> None:
    run = await new_run(house)
    change = {"status": "planning", "phase": "compiling", "events": [["ir.compiled", {}]]}
    await move(run, "begin", **change)
    first = await house.stores.runs.get(run.id)
    await move(run, "begin", **change)
    again = await house.stores.runs.get(run.id)
    assert (again.status, again.phase, again.seq) == (first.status, first.phase, first.seq)


async def test_concurrent_changes_lose_nothing(house: Services) -> None:
    run = await new_run(house)
    names = [f"part{n}" for n in range(12)]
    await asyncio.gather(
        *(move(run, name, step={"name": name, "status": "running"}, events=[["task.started", {"component": name}]]) for name in names)
    )
    done = await house.stores.runs.get(run.id)
    events = await house.stores.runs.events(run.id, after=0, limit=100)
    assert set(done.steps) == set(names)
    assert [event.seq for event in events] == list(range(1, 14))


async def test_a_run_that_has_ended_does_not_move(house: Services) -> None:
    run = await new_run(house)
    await move(run, "cancel", status="cancelled")
    answer = await move(run, "late", status="running")
    assert answer["error"]["code"] == "QLF9003"
    assert (await house.stores.runs.get(run.id)).status == "cancelled"


async def test_paused_returns_to_the_status_it_left(house: Services) -> None:
    run = await new_run(house)
    await move(run, "a", status="planning")
    await move(run, "b", status="paused", signals={"resume": "resume-1"})
    assert (await house.stores.runs.get(run.id)).signals == {"resume": "resume-1"}
    await move(run, "c", status="previous")
    assert (await house.stores.runs.get(run.id)).status == "planning"


async def test_a_retried_run_passes_its_statuses_again(house: Services) -> None:
    run = await new_run(house)
    for status in ("planning", "planned", "running", "blocked"):
        await move(run, status, status=status)
    await move(run, "again", status="planning", attempt=1)
    run = await house.stores.runs.get(run.id)
    assert (run.status, run.returns_to, run.error) == ("running", None, None)
    await move(run, "on", status="completed", attempt=1)
    assert (await house.stores.runs.get(run.id)).status == "completed"


def run_in(status: Any, returns_to: Any = None) -> Run:
    ref = ArtifactRef(path="sha256/00/00", sha256="00", size=0)
    return Run(id="run_x", brief=ref, created_at="t", updated_at="t", status=status, returns_to=returns_to)


@given(st.lists(st.sampled_from([*RUN_MOVES, "previous"]), max_size=30))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_order_of_commands_leaves_the_state_machine(wanted: list[str]) -> None:
    run = run_in("pending")
    for status in wanted:
        before = run
        try:
            run = run.model_copy(update=status_change(run, status))
        except QlfError as error:
            if error.code != "QLF9003":
                raise
            continue
        if run.status != before.status:
            assert before.status not in TERMINAL
            resting = before.status in ("paused", "blocked")
            origin = before.returns_to if resting and run.status in ACTIVE else before.status
            assert run.status == origin or may_move(origin, run.status)  # type: ignore[arg-type]
        assert (run.returns_to is not None) == (run.status in ("paused", "blocked"))


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_terminal_states_have_no_exit(status: Any) -> None:
    for target in RUN_MOVES:
        if target != status:
            with pytest.raises(QlfError):
                status_change(run_in(status), target)
