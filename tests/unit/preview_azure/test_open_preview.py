"""The activity that deploys, beside others who change the same record: nobody is overruled, and nothing is left behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from azure_cases import Clock

from activities.open_preview import open_preview
from shared.model import ArtifactRef, Event, Preview, Run, event_id, sha256
from shared.preview.azure import ContainerAppPreviews
from shared.stores import Stores
from tests.fakes.arm import Azure
from tests.recorded import Recorded

Fresh = Callable[..., Preview]


async def look(preview: Preview, progress: Any = None) -> dict[str, Any]:
    return await open_preview({"preview_id": preview.id, "progress": progress})


async def until(preview: Preview, stage: str) -> dict[str, Any]:
    """Look until the deployment is in a stage, or has settled."""
    answer = await look(preview)
    while "progress" in answer and answer["progress"]["stage"] != stage:
        answer = await look(preview, answer["progress"])
    return answer


async def to_the_end(preview: Preview, answer: dict[str, Any]) -> dict[str, Any]:
    while "progress" in answer:
        answer = await look(preview, answer["progress"])
    return answer


async def destroyed(stores: Stores, previews: ContainerAppPreviews, preview: Preview) -> Preview:
    record = await stores.previews.get(preview.id)
    return await stores.previews.put(await previews.destroy(record), if_match=record.etag)


async def test_looks_bring_it_to_its_address(stores: Stores, azure: Azure, fresh: Fresh, recorded: Recorded) -> None:
    preview = await stores.previews.create(fresh())
    answer = await until(preview, "never")
    assert recorded.points("qlf.preview.duration") == [({"status": "ready"}, 1)]
    assert answer["preview"]["status"] == (await stores.previews.get(preview.id)).status == "ready"
    assert answer["preview"]["url"] == azure.url


@pytest.mark.parametrize("stage", ["build", "start"])
async def test_one_that_is_destroyed_while_it_is_deployed_leaves_nothing(
    stores: Stores, previews: ContainerAppPreviews, azure: Azure, fresh: Fresh, stage: str
) -> None:
    azure.build_looks = azure.start_looks = 3
    preview = await stores.previews.create(fresh())
    answer = await until(preview, stage)
    await destroyed(stores, previews, preview)
    answer = await to_the_end(preview, answer)
    assert answer["error"]["code"] == "QLF6003"
    assert (await stores.previews.get(preview.id)).status == "destroyed"
    assert (azure.apps, azure.images) == ({}, {})


async def test_one_that_is_destroyed_in_the_moment_of_a_step_stays_so_and_leaves_nothing(
    stores: Stores, previews: ContainerAppPreviews, azure: Azure, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The destroyer finds no app yet, and the step makes one and then finds the record ended."""
    preview = await stores.previews.create(fresh())
    answer = await until(preview, "build")
    deploy = previews._deploy

    async def beaten(*given: Any) -> Any:
        await destroyed(stores, previews, preview)
        return await deploy(*given)

    monkeypatch.setattr(previews, "_deploy", beaten)
    while answer["preview"]["status"] == "deploying":
        answer = await look(preview, answer["progress"])
    assert (answer["preview"]["status"], len(azure.apps)) == ("destroyed", 1)
    await to_the_end(preview, answer)
    assert (await stores.previews.get(preview.id)).status == "destroyed"
    assert (azure.apps, azure.images) == ({}, {})


async def test_one_that_becomes_ready_in_the_moment_it_is_destroyed_is_destroyed(
    stores: Stores, previews: ContainerAppPreviews, azure: Azure, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = await stores.previews.create(fresh())
    answer = await until(preview, "start")
    advance = previews.advance

    async def late(*given: Any) -> Any:
        step = await advance(*given)
        record = await stores.previews.get(preview.id)
        await stores.previews.put(record.model_copy(update={"status": "destroyed"}), if_match=record.etag)
        return step

    monkeypatch.setattr(previews, "advance", late)
    assert "error" in await to_the_end(preview, answer)
    assert (await stores.previews.get(preview.id)).status == "destroyed"
    assert (azure.apps, azure.images) == ({}, {})


async def test_an_end_that_was_moved_meanwhile_stays_moved(
    stores: Stores, previews: ContainerAppPreviews, fresh: Fresh, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = await stores.previews.create(fresh())
    answer = await until(preview, "start")
    later, advance = clock.in_(hours=5), previews.advance

    async def moved(*given: Any) -> Any:
        step = await advance(*given)
        record = await stores.previews.get(preview.id)
        await stores.previews.put(record.model_copy(update={"expires_at": later}), if_match=record.etag)
        return step

    monkeypatch.setattr(previews, "advance", moved)
    answer = await to_the_end(preview, answer)
    kept = await stores.previews.get(preview.id)
    assert (kept.status, kept.expires_at, answer["preview"]["expires_at"]) == ("ready", later, later)


def own(fresh: Fresh, **change: Any) -> tuple[dict[str, Any], Preview]:
    """What a run asks for when it wants a preview of its own, and the record that it makes."""
    preview = fresh()
    preview = preview.model_copy(update={"id": f"prv_{preview.run_id.removeprefix('run_')}", **change})
    job = {"run_id": preview.run_id, "capsule_id": preview.capsule_id, "project_id": "default", "ttl": 3600, "preview_id": ""}
    return job, preview


async def test_a_run_s_own_preview_does_not_take_a_record_of_another_project(stores: Stores, azure: Azure, fresh: Fresh) -> None:
    job, record = own(fresh, project_id="theirs")
    theirs = await stores.previews.create(record)
    await a_run(stores, job["run_id"])
    assert (await open_preview(job))["error"]["code"] == "QLF7003"
    assert await stores.previews.get(theirs.id) == theirs
    assert (azure.apps, azure.images) == ({}, {})


async def test_a_run_s_own_preview_that_was_destroyed_is_not_made_again(stores: Stores, azure: Azure, fresh: Fresh) -> None:
    job, record = own(fresh)
    await a_run(stores, job["run_id"])
    assert (await open_preview(job))["preview"]["id"] == record.id
    made = await stores.previews.get(record.id)
    ended = await stores.previews.put(made.model_copy(update={"status": "destroyed"}), if_match=made.etag)
    assert (await open_preview(job))["error"]["code"] == "QLF6003"
    assert await stores.previews.get(record.id) == ended
    assert azure.apps == {}


async def a_run(stores: Stores, run_id: str) -> None:
    at, brief = "2026-01-01T00:00:00.000000Z", ArtifactRef(path="sha256/e3/" + sha256(b""), sha256=sha256(b""), size=0)
    run = Run(id=run_id, brief=brief, created_at=at, updated_at=at)
    received = Event(
        id=event_id(run.id, "run.received", "1"),
        type="run.received",
        subject=run.id,
        time=at,
        project_id="default",
        run_id=run.id,
        correlation_id=run.id,
        data={},
    )
    await stores.runs.create(run, received, None)
