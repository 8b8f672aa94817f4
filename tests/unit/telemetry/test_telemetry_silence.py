"""Runs that fell silent: counted at every look, written down once per silence, in whatever project they are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from ingestion import ingestion, python

from activities.silence import SILENT_SECONDS, listen
from shared.gates import unit
from shared.model import ArtifactRef, Event, EventType, Run, make_event, new_id, sha256
from shared.runner import Profile
from shared.settings import Settings
from shared.stores import Stores
from shared.stores.embedded import open_embedded
from tests.recorded import Recorded

BRIEF = ArtifactRef(path="sha256/e3/" + sha256(b""), sha256=sha256(b""), size=0)


@dataclass
class Clock:
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def pass_(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stores(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    made = open_embedded(tmp_path, clock)
    house = SimpleNamespace(settings=Settings(home=tmp_path), clock=clock, stores=made)
    monkeypatch.setattr("activities.silence.services", lambda: house)
    yield made
    made.close()


async def begun(stores: Stores, clock: Clock, **change: object) -> Run:
    run = Run(id=new_id("run"), brief=BRIEF, created_at=clock(), updated_at=clock(), status="running", phase="verifying")
    run = run.model_copy(update=change)
    return (await stores.runs.create(run, make_event(run, "run.received", "0", {}, clock()), None))[0]


async def tell(stores: Stores, clock: Clock, run_id: str, kind: EventType, key: str) -> None:
    run = await stores.runs.get(run_id)
    await stores.runs.commit(run, [make_event(run, kind, key, {}, clock())], if_match=run.etag)


async def stuck(stores: Stores, run: Run) -> list[Event]:
    return [event for event in await stores.runs.events(run.id) if event.type == "run.stuck_detected"]


async def test_a_silence_of_half_an_hour_is_counted_while_it_lasts_and_told_once(stores: Stores, clock: Clock, recorded: Recorded) -> None:
    began, run = clock(), await begun(stores, clock)
    clock.pass_(30)
    assert await listen() == []
    assert recorded.points("qlf.runs.silent") == [({}, 0)]

    clock.pass_(1)
    assert await listen() == [run.id]
    clock.pass_(45)
    assert await listen() == []
    assert recorded.points("qlf.runs.silent") == [({}, 1)]
    (event,) = await stuck(stores, run)
    assert event.data == {"silent_since": began, "last_event": "run.received", "phase": "verifying"}
    assert (await stores.runs.get(run.id)).status == "running"  # nobody but the orchestration moves it


async def test_who_rests_or_has_ended_is_not_silent_and_every_project_counts(stores: Stores, clock: Clock, recorded: Recorded) -> None:
    for status in ("paused", "blocked", "completed", "failed", "cancelled"):
        await begun(stores, clock, status=status)
    silent = [await begun(stores, clock, status=status, project_id=status) for status in ("pending", "planning", "planned", "running")]
    clock.pass_(31)
    assert sorted(await listen()) == sorted(run.id for run in silent)
    assert recorded.points("qlf.runs.silent") == [({}, 4)]


async def test_any_event_ends_a_silence_and_the_next_one_is_told_again(stores: Stores, clock: Clock, recorded: Recorded) -> None:
    run = await begun(stores, clock)
    clock.pass_(31)
    assert await listen() == [run.id]
    await tell(stores, clock, run.id, "command.accepted", "pause/1")
    clock.pass_(20)
    assert await listen() == []
    assert recorded.points("qlf.runs.silent") == [({}, 0)]
    clock.pass_(11)
    assert await listen() == [run.id]
    assert len(await stuck(stores, run)) == 2


async def test_two_that_look_at_once_tell_it_once(stores: Stores, clock: Clock) -> None:
    runs = [await begun(stores, clock) for _ in range(8)]
    clock.pass_(31)
    told = await asyncio.gather(*(listen() for _ in range(4)))
    assert sorted(run_id for ids in told for run_id in ids) == sorted(run.id for run in runs)
    assert [len(await stuck(stores, run)) for run in runs] == [1] * 8


def test_no_activity_may_be_silent_for_so_long() -> None:
    assert unit._MOST_TIMES * Profile().wall_seconds + 60 < SILENT_SECONDS


NOWHERE = f"/subscriptions/{36 * '0'}/resourceGroups/none/providers/Microsoft.App/managedEnvironments/none"
PLANTED = """
import asyncio
from function_app import sweeper
from shared.model import ArtifactRef, QlfError, Run, new_id, sha256
from shared.wiring import services
from shared.model import make_event

async def plant():
    at = "2026-01-01T00:00:00.000000Z"
    brief = ArtifactRef(path="sha256/e3/" + sha256(b""), sha256=sha256(b""), size=0)
    run = Run(id=new_id("run"), brief=brief, created_at=at, updated_at=at, status="running")
    await services().stores.runs.create(run, make_event(run, "run.received", "0", {}, at), None)
    try:
        await sweeper._function.get_user_function()(None)
    except QlfError as error:
        print(error.code)
    return run.id

print(asyncio.run(plant()))
"""


def test_a_run_that_is_stuck_is_told_by_the_timer_even_when_previews_cannot_be_swept(tmp_path: Path) -> None:
    with ingestion() as endpoint:
        env = {"APPLICATIONINSIGHTS_CONNECTION_STRING": endpoint.connection_string, "QLF_PREVIEW_ENVIRONMENT_ID": NOWHERE}
        done = python(PLANTED, tmp_path / "home", **env)
    assert done.returncode == 0, done.stderr
    code, run_id = done.stdout.split()
    assert code.startswith("QLF")  # the sweep of previews failed
    assert [point["value"] for point in endpoint.metrics()["qlf.runs.silent"]] == [1]
    (warning,) = [e["data"]["baseData"] for e in endpoint.of("MessageData") if "is silent since" in e["data"]["baseData"]["message"]]
    assert warning["properties"]["qlf.run_id"] == run_id
    assert "[removed]" not in warning["message"]
