"""What a preview leaves in the events of its run: each of its four events once, with the one who did it, whatever is repeated or killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from azure_cases import Clock

from activities.close_preview import close_preview
from activities.open_preview import open_preview
from activities.sweep import SWEEPER, sweep
from shared.model import PREVIEW_EVENTS, ArtifactRef, Event, EventType, InputError, Preview, PreviewStatus, Run, make_event, new_id
from shared.preview.azure import ContainerAppPreviews
from shared.stores import Stores, move_preview, tell_preview
from shared.stores.embedded import open_embedded
from tests.fakes import tls
from tests.fakes.arm import Azure, Fault, azure_in_a_thread

Fresh = Callable[..., Preview]
Ready = Callable[..., Awaitable[Preview]]


@pytest.fixture
async def run(stores: Stores, clock: Clock) -> Run:
    """The run that the previews come from."""
    return await a_run(stores, clock())


async def a_run(stores: Stores, now: str) -> Run:
    made = Run(id=new_id("run"), owner="ann", brief=ArtifactRef(path="b", sha256="0" * 64, size=1), created_at=now, updated_at=now)
    return (await stores.runs.create(made, make_event(made, "run.received", "received", {}, now), None))[0]


async def told(stores: Stores, run: Run) -> list[tuple[str, str, Any]]:
    """Type, status and actor of each event of a preview, in order."""
    events = [event for event in await stores.runs.events(run.id, limit=1000) if event.type.startswith("preview.")]
    assert {event.subject for event in events} <= {run.id}
    return [(event.type, event.data["status"], event.data["actor"]) for event in events]


async def to_the_end(job: dict[str, Any]) -> dict[str, Any]:
    """Every step twice, as a host that died after it would have it done again."""
    answer: dict[str, Any] = {}
    while not answer or "progress" in answer:
        asked = {**job, "progress": answer.get("progress")}
        await open_preview(asked)
        answer = await open_preview(asked)
    return answer


async def test_a_run_s_own_preview_tells_its_whole_life_once(stores: Stores, run: Run, clock: Clock) -> None:
    job = {"run_id": run.id, "project_id": "default", "capsule_id": "cap_1", "ttl": 3600, "preview_id": ""}
    answer = await to_the_end(job)
    preview_id = answer["preview"]["id"]
    clock.pass_(hours=2)
    assert await close_preview({"preview_id": preview_id}) == await close_preview({"preview_id": preview_id}) == {"until": None}
    assert await sweep() == []

    mine, its = {"id": run.id, "kind": "orchestrator"}, {"id": preview_id, "kind": "orchestrator"}
    assert await told(stores, run) == [
        ("preview.deploying", "deploying", mine), ("preview.ready", "ready", mine), ("preview.destroyed", "destroyed", its),
    ]  # fmt: skip


async def test_an_event_holds_what_the_record_says(stores: Stores, run: Run, azure: Azure, fresh: Fresh) -> None:
    preview = await stores.previews.create(fresh(run_id=run.id))
    await to_the_end({"preview_id": preview.id})
    ready = (await stores.runs.events(run.id, limit=1000))[-1]
    assert ready.data == {
        "preview_id": preview.id, "capsule_id": "cap_1", "status": "ready", "url": azure.url, "reason": "",
        "expires_at": preview.expires_at, "actor": {"id": preview.id, "kind": "orchestrator"},
    }  # fmt: skip
    assert Event.model_validate_json(ready.model_dump_json()) == ready


async def test_a_failed_deployment_is_told_as_an_end_with_its_reason(stores: Stores, run: Run, azure: Azure, fresh: Fresh) -> None:
    azure.build_ends = "Failed"
    preview = await stores.previews.create(fresh(run_id=run.id))
    assert "error" in await to_the_end({"preview_id": preview.id})
    assert await told(stores, run) == [("preview.destroyed", "failed", {"id": preview.id, "kind": "orchestrator"})]
    assert (await stores.runs.events(run.id))[-1].data["reason"].startswith("QLF6026: ")


async def test_a_repeated_sweep_is_one_event(stores: Stores, run: Run, ready: Ready, clock: Clock) -> None:
    mine, lost = await ready(owner="a", run_id=run.id), await ready(owner="b", run_id=run.id)
    clock.pass_(hours=2)
    await asyncio.gather(sweep(), sweep(), sweep())
    await sweep()
    assert {(await stores.previews.get(preview.id)).status for preview in (mine, lost)} == {"destroyed"}
    assert await told(stores, run) == [("preview.destroyed", "destroyed", SWEEPER)] * 2


async def test_a_lost_deployment_is_told_by_the_sweeper(stores: Stores, run: Run, fresh: Fresh, clock: Clock) -> None:
    await stores.previews.create(fresh(run_id=run.id))
    clock.pass_(hours=2)
    await sweep()
    await sweep()
    assert await told(stores, run) == [("preview.destroyed", "failed", SWEEPER)]


async def test_what_cannot_be_ended_is_not_told_as_ended(stores: Stores, run: Run, azure: Azure, ready: Ready, clock: Clock) -> None:
    await ready(run_id=run.id)
    clock.pass_(hours=2)
    azure.faults = [Fault("DELETE", "", 409, "Conflict", times=10**6)]
    await sweep()
    assert await told(stores, run) == []
    azure.faults = []
    await sweep()
    assert await told(stores, run) == [("preview.destroyed", "destroyed", SWEEPER)]


async def test_an_end_that_is_told_is_not_told_by_whoever_ends_the_app_that_is_left(
    stores: Stores, run: Run, azure: Azure, ready: Ready, clock: Clock
) -> None:
    preview = await ready(run_id=run.id)
    ann = {"id": "ann", "kind": "user"}
    ended = await move_preview(stores, preview, preview.model_copy(update={"status": "destroyed"}), actor=ann, time=clock())
    before = await stores.runs.get(run.id)
    azure.faults = [Fault("DELETE", "", 409, "Conflict")]
    for _ in range(2):
        assert await sweep() == []
    assert azure.apps == {}
    assert await told(stores, run) == [("preview.destroyed", "destroyed", ann)]
    assert (await stores.runs.get(run.id), await stores.previews.get(preview.id)) == (before, ended)


async def test_whoever_died_between_the_event_and_the_record_has_told_it(
    stores: Stores, previews: ContainerAppPreviews, run: Run, ready: Ready, clock: Clock
) -> None:
    preview = await ready(run_id=run.id)
    ended = await previews.destroy(preview)
    await tell_preview(stores, ended, actor={"id": "ann", "kind": "user"}, time=clock())
    assert (await stores.previews.get(preview.id)).status == "ready"
    assert await sweep() == [preview.id]
    assert await told(stores, run) == [("preview.destroyed", "destroyed", {"id": "ann", "kind": "user"})]


@pytest.mark.parametrize(("status", "events"), [("destroyed", 1), ("failed", 1), ("ready", 0), ("unhealthy", 0)])
async def test_an_end_is_told_before_the_record_says_so_and_all_else_after_it(
    *, stores: Stores, run: Run, fresh: Fresh, clock: Clock, status: PreviewStatus, events: int
) -> None:
    """Seen where the record cannot be written, because somebody else wrote it meanwhile."""
    before = await stores.previews.create(fresh(run_id=run.id))
    await stores.previews.put(before.model_copy(update={"expires_at": clock.in_(hours=9)}), if_match=before.etag)
    now = before.model_copy(update={"status": status})
    with pytest.raises(InputError, match="QLF7009"):
        await move_preview(stores, before, now, actor=SWEEPER, time=clock())
    assert len(await told(stores, run)) == events


async def test_a_preview_whose_run_is_unknown_ends_all_the_same(
    stores: Stores, ready: Ready, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    preview = await ready()
    clock.pass_(hours=2)
    assert await sweep() == [preview.id]
    assert (await stores.previews.get(preview.id)).status == "destroyed"
    assert f"preview {preview.id} has no run that preview.destroyed could be written to" in caplog.text


@pytest.mark.parametrize("deletions", [1, 3])
def test_a_sweeper_that_is_killed_loses_no_event_and_doubles_none(tmp_path: Path, certificate: tls.Certificate, deletions: int) -> None:
    """The process dies while Azure has its order to delete an app; the next one finds what is left to be told."""
    with azure_in_a_thread(certificate) as azure:
        env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
        command = [sys.executable, str(Path(__file__).with_name("killed_sweep.py")), str(tmp_path), azure.url, str(certificate.cert)]
        made = subprocess.run([*command, "make"], env=env, capture_output=True, text=True, timeout=120, check=False)
        assert made.returncode == 0, made.stderr
        run_id = made.stdout
        azure.kill_at = deletions
        with subprocess.Popen([*command, "sweep"], env=env) as killed:
            azure.kill = lambda: os.kill(killed.pid, signal.SIGKILL)
            assert killed.wait(120) == -signal.SIGKILL
        azure.kill = None
        assert subprocess.run([*command, "sweep"], env=env, timeout=120, check=False).returncode == 0
    stores = open_embedded(tmp_path, Clock())
    events = [event for event in asyncio.run(stores.runs.events(run_id)) if event.type.startswith("preview.")]
    records = asyncio.run(stores.previews.list("default")).items
    stores.close()
    assert (azure.apps, azure.images) == ({}, {})
    assert {record.status for record in records} == {"destroyed"}
    assert sorted(event.data["preview_id"] for event in events) == sorted(record.id for record in records)


def test_each_status_has_an_event_and_each_event_of_previews_a_status() -> None:
    assert set(PREVIEW_EVENTS) == set(get_args(PreviewStatus))
    assert set(PREVIEW_EVENTS.values()) == {kind for kind in get_args(EventType) if kind.startswith("preview.")}


def test_the_page_tells_of_each_event() -> None:
    text = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
    assert [kind for kind in set(PREVIEW_EVENTS.values()) if f"| `{kind}` |" not in text] == []
