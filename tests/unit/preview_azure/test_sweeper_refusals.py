"""The sweeper where Azure refuses, and where nobody drives a deployment any more: nothing stays unseen, and nothing keeps the rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from azure_cases import Clock, sources

from activities.open_preview import open_preview
from activities.sweep import sweep
from shared.model import ConfigError, Preview, QlfError
from shared.preview import Advanced
from shared.preview.azure import ContainerAppPreviews
from shared.preview.azure.names import candidates, repository_of
from shared.stores import Stores
from tests.fakes.arm import Azure, Fault
from tests.recorded import Recorded

Fresh = Callable[..., Preview]
Ready = Callable[..., Awaitable[Preview]]
ALWAYS = 10**6
OVERDUE = "qlf.previews.overdue"


def app_of(azure: Azure, preview: Preview) -> str:
    return next(name for name, app in azure.apps.items() if app["tags"]["qlf-preview"] == preview.id)


async def begun(previews: ContainerAppPreviews, stores: Stores, preview: Preview, stage: str) -> Advanced:
    """A deployment that has come to `stage`, with its record."""
    step = await previews.advance(preview, sources, None)
    while (step.progress or {})["stage"] != stage:
        step = await previews.advance(step.preview, sources, step.progress)
    await stores.previews.create(step.preview)
    return step


@pytest.mark.parametrize(("status", "code"), [(409, "QLF6028"), (403, "QLF6021"), (500, "QLF6028"), (400, "QLF6023")])
async def test_an_app_that_cannot_be_deleted_keeps_no_other_one(
    *,
    stores: Stores,
    azure: Azure,
    ready: Ready,
    clock: Clock,
    recorded: Recorded,
    caplog: pytest.LogCaptureFixture,
    status: int,
    code: str,
) -> None:
    by_name = {app_of(azure, preview): preview for preview in [await ready(owner=owner) for owner in "abcd"]}
    stuck, *others = (by_name[name] for name in sorted(by_name))
    clock.pass_(hours=2)
    azure.faults = [Fault("DELETE", app_of(azure, stuck), status, "Trouble", times=ALWAYS)]

    assert sorted(await sweep()) == sorted(preview.id for preview in others)
    assert list(azure.apps) == [app_of(azure, stuck)]
    assert recorded.points(OVERDUE) == [({}, 4)]
    assert f"{stuck.id} could not be ended: {code}" in caplog.text
    assert await sweep() == []
    assert recorded.points(OVERDUE) == [({}, 1)]
    assert recorded.points("qlf.previews.live") == [({}, 1)]
    azure.faults = []
    assert await sweep() == [stuck.id]
    assert await sweep() == []
    assert recorded.points(OVERDUE) == recorded.points("qlf.previews.live") == [({}, 0)]


async def test_what_the_orchestration_ends_in_time_is_not_overdue(ready: Ready, clock: Clock, recorded: Recorded) -> None:
    await ready()
    clock.pass_(hours=1, minutes=5)
    assert len(await sweep()) == 1
    assert recorded.points(OVERDUE) == [({}, 0)]


async def test_overdue_is_counted_from_the_records_where_the_apps_cannot_be_listed(
    azure: Azure, ready: Ready, clock: Clock, recorded: Recorded
) -> None:
    await ready(owner="a")
    await ready(owner="b", expires_at=clock.in_(hours=9))
    clock.pass_(hours=2)
    azure.faults = [Fault("GET", "", 403, "AuthorizationFailed", times=ALWAYS)]

    with pytest.raises(ConfigError, match="QLF6021"):
        await sweep()
    assert recorded.points(OVERDUE) == [({}, 1)]
    assert recorded.points("qlf.previews.live") == [({}, 2)]


@pytest.mark.parametrize("listed", [True, False])
async def test_without_the_records_the_tags_are_counted_and_without_both_nothing_is_claimed(
    *, tmp_path: Path, stores: Stores, azure: Azure, ready: Ready, clock: Clock, recorded: Recorded, listed: bool
) -> None:
    await ready()
    clock.pass_(hours=2)
    stores.close()
    (tmp_path / "state.db").write_bytes(b"no database " * 500)
    azure.faults = [] if listed else [Fault("GET", "", 403, "AuthorizationFailed", times=ALWAYS)]
    with pytest.raises(QlfError, match="QLF7"):
        await sweep()
    assert recorded.points(OVERDUE) == ([({}, 1)] if listed else [])


async def test_reading_a_preview_that_cannot_be_ended_is_no_error(
    previews: ContainerAppPreviews, azure: Azure, ready: Ready, clock: Clock
) -> None:
    preview = await ready()
    clock.pass_(hours=2)
    azure.faults = [Fault("DELETE", "", 409, "Conflict", times=ALWAYS)]
    assert await previews.refresh(preview) == preview


@pytest.mark.parametrize("stage", ["build", "start"])
async def test_a_deployment_that_nobody_drives_any_more_has_failed(
    *, previews: ContainerAppPreviews, stores: Stores, azure: Azure, fresh: Fresh, clock: Clock, recorded: Recorded, stage: str
) -> None:
    azure.start_looks = ALWAYS
    lost = (await begun(previews, stores, fresh(), stage)).preview
    azure.finish("b1")
    azure.faults = [Fault("DELETE", next(candidates(lost.id)), 409, "Conflict", times=ALWAYS)]
    clock.pass_(hours=1, minutes=9)
    assert await sweep() == []
    assert (await stores.previews.get(lost.id)).status == "deploying"
    assert recorded.points(OVERDUE) == [({}, 0)]

    clock.pass_(hours=3)
    await sweep()
    assert recorded.points(OVERDUE) == [({}, 1)]
    azure.faults = []
    assert await sweep() == [lost.id]
    ended = await stores.previews.get(lost.id)
    assert (ended.status, ended.reason[:8], ended.url) == ("failed", "QLF6031:", None)
    assert (azure.apps, azure.images) == ({}, {})
    assert await sweep() == []
    assert recorded.points(OVERDUE) == [({}, 0)]


@pytest.mark.parametrize(("status", "code"), [(409, "QLF6007"), (429, "QLF6007"), (403, "QLF6021")])
async def test_an_app_that_outlives_the_end_of_its_record_is_ended_and_counted_until_then(
    *,
    previews: ContainerAppPreviews,
    stores: Stores,
    azure: Azure,
    fresh: Fresh,
    recorded: Recorded,
    caplog: pytest.LogCaptureFixture,
    status: int,
    code: str,
) -> None:
    """A deployment fails while Azure refuses to delete what it made; the tag would let that live for days."""
    step = await begun(previews, stores, fresh(), "start")
    azure.start_ends = "Failed"
    azure.faults = [Fault("DELETE", app_of(azure, step.preview), status, "Trouble", times=ALWAYS)]
    answer = {"progress": step.progress}
    while "progress" in answer:
        answer = await open_preview({"preview_id": step.preview.id, "progress": answer["progress"]})
    failed = await stores.previews.get(step.preview.id)
    assert (failed.status, len(azure.apps)) == ("failed", 1)

    for _ in range(2):
        assert await sweep() == []
        assert recorded.points(OVERDUE) == recorded.points("qlf.previews.live") == [({}, 1)]
    assert f"preview {failed.id} has ended and is still there: {code}" in caplog.text
    azure.faults = []
    assert await sweep() == []
    assert (azure.apps, azure.images) == ({}, {})
    assert recorded.points(OVERDUE) == recorded.points("qlf.previews.live") == [({}, 0)]
    assert await stores.previews.get(failed.id) == failed


async def test_an_app_that_azure_is_deleting_gets_no_second_order(
    previews: ContainerAppPreviews, stores: Stores, azure: Azure, ready: Ready, recorded: Recorded
) -> None:
    preview = await ready()
    app = azure.apps[app_of(azure, preview)]
    record = await previews.destroy(preview)
    await stores.previews.put(record, if_match=preview.etag)
    app["properties"]["provisioningState"] = "Deleting"
    azure.apps[app["name"]] = app
    azure.faults = [Fault("DELETE", app["name"], 409, "Conflict", times=ALWAYS)]
    assert await sweep() == []
    assert recorded.points(OVERDUE) == recorded.points("qlf.previews.live") == [({}, 0)]
    assert azure.count("DELETE", f"containerApps/{app['name']}") == 1


async def test_a_deployment_of_any_project_that_was_lost_before_it_began_has_failed(stores: Stores, fresh: Fresh, clock: Clock) -> None:
    """Azure holds nothing of it: its record is all there is."""
    lost = [await stores.previews.create(fresh(project_id=project)) for project in ("default", "theirs", "others")]
    clock.pass_(hours=2)
    assert sorted(await sweep()) == sorted(preview.id for preview in lost)
    assert {(await stores.previews.get(preview.id)).status for preview in lost} == {"failed"}


async def test_a_lost_deployment_leaves_another_ones_app_alone(
    previews: ContainerAppPreviews, stores: Stores, azure: Azure, fresh: Fresh, clock: Clock
) -> None:
    preview = fresh()
    foreign = {name: {"name": name, "location": "x", "tags": {"qlf-preview": "prv_x", "expires-at": "9"}, "properties": {}}
               for name in candidates(preview.id)}  # fmt: skip
    azure.apps |= foreign
    await stores.previews.create(preview)
    clock.pass_(hours=2)
    assert await sweep() == [preview.id]
    assert azure.apps.keys() == foreign.keys()


async def test_images_that_the_registry_kept_go_with_a_later_sweep(
    stores: Stores, azure: Azure, ready: Ready, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    preview = await ready()
    repository = repository_of(app_of(azure, preview))
    clock.pass_(hours=2)
    azure.faults = [Fault("DELETE", repository, 403, "DENIED", times=ALWAYS)]

    assert await sweep() == [preview.id]
    assert await sweep() == []
    assert (azure.apps, list(azure.images)) == ({}, [repository])
    assert f"{repository} could not be ended: QLF6021" in caplog.text
    azure.faults = []
    await sweep()
    assert azure.images == {}


async def test_an_end_on_request_does_not_fail_because_of_the_registry(previews: ContainerAppPreviews, azure: Azure, ready: Ready) -> None:
    preview = await ready()
    azure.faults = [Fault("DELETE", repository_of(app_of(azure, preview)), 403, "DENIED", times=ALWAYS)]
    assert (await previews.destroy(preview)).status == "destroyed"
    assert (azure.apps, len(azure.images)) == ({}, 1)


async def test_only_images_that_no_app_uses_or_waits_for_are_removed(
    *, previews: ContainerAppPreviews, stores: Stores, azure: Azure, fresh: Fresh, ready: Ready, clock: Clock
) -> None:
    """Seven repositories over four pages."""
    used = repository_of(app_of(azure, await ready(expires_at=clock.in_(hours=9))))
    azure.push("sessions/runner:1")
    for number in range(4):
        azure.push(f"previews/pv-leak{number}:1")
    clock.pass_(hours=1)
    await begun(previews, stores, fresh(owner="bob"), "build")
    azure.finish("b2")
    clock.pass_(minutes=14)

    await sweep()
    waiting = azure.builds["b2"]["image"].partition(":")[0]
    assert azure.images.keys() == {used, "sessions/runner", waiting}
    clock.pass_(minutes=20)
    await sweep()
    assert azure.images.keys() == {used, "sessions/runner"}


async def test_a_registry_that_lists_nothing_keeps_no_app_alive(
    azure: Azure, ready: Ready, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    preview = await ready()
    clock.pass_(hours=2)
    azure.faults = [Fault("GET", "_catalog", 403, "DENIED", times=ALWAYS)]
    assert await sweep() == [preview.id]
    assert "previews/ could not be ended: QLF6021" in caplog.text


@pytest.mark.parametrize("refused", [False, True])
async def test_a_build_past_its_deadline_pushes_nothing_that_stays(
    previews: ContainerAppPreviews, stores: Stores, azure: Azure, fresh: Fresh, clock: Clock, *, refused: bool
) -> None:
    azure.build_looks = ALWAYS
    step = await begun(previews, stores, fresh(), "build")
    clock.pass_(minutes=16)
    azure.faults = [Fault("POST", "/cancel", 403, "AuthorizationFailed", times=ALWAYS)] if refused else []
    late = await previews.advance(step.preview, sources, step.progress)
    assert late.preview.reason == "QLF6003: stage build took too long"
    azure.finish("b1")
    assert (azure.builds["b1"]["status"], len(azure.images)) == (("Succeeded", 1) if refused else ("Canceled", 0))

    clock.pass_(hours=1)
    await sweep()
    assert azure.images == {}


async def test_a_build_whose_preview_was_destroyed_is_cancelled(
    previews: ContainerAppPreviews, stores: Stores, azure: Azure, fresh: Fresh
) -> None:
    azure.build_looks = ALWAYS
    step = await begun(previews, stores, fresh(), "build")
    ended = await previews.destroy(step.preview)
    first = await previews.advance(ended, sources, step.progress)
    assert azure.builds["b1"]["status"] == "Canceled"
    assert (await previews.advance(ended, sources, first.progress)).progress is None
    assert azure.images == {}
