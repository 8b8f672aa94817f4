"""The sweeper's round over previews on Container Apps and their records, of every project and of none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from azure_cases import Clock

from activities.sweep import sweep
from shared.model import InternalError, Preview
from shared.preview.azure import ContainerAppPreviews
from shared.stores import Stores
from tests.fakes.arm import Azure, Fault

Ready = Callable[..., Awaitable[Preview]]


async def status(stores: Stores, preview: Preview) -> str:
    return (await stores.previews.get(preview.id)).status


async def test_records_of_every_project_learn_that_their_time_was_over(stores: Stores, azure: Azure, ready: Ready, clock: Clock) -> None:
    mine = await ready(owner="a")
    theirs = await ready(owner="b", project_id="theirs")
    longer = await ready(owner="c", project_id="theirs", expires_at=clock.in_(hours=9))
    clock.pass_(hours=2)

    assert sorted(await sweep()) == sorted([mine.id, theirs.id])
    assert [await status(stores, preview) for preview in (mine, theirs, longer)] == ["destroyed", "destroyed", "ready"]
    assert len(azure.apps) == 1
    assert await sweep() == []


async def test_an_app_without_a_record_is_ended_at_its_time_and_breaks_nothing(
    azure: Azure, ready: Ready, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    kept = await ready(owner="a")
    lost = await ready(owner="b", recorded=False)

    assert await sweep() == []
    assert len(azure.apps) == 2
    clock.pass_(hours=2)
    assert await sweep() == [kept.id]
    assert azure.apps == {}
    assert lost.id not in caplog.text


async def test_an_app_that_somebody_deleted_is_written_down(stores: Stores, azure: Azure, ready: Ready) -> None:
    preview = await ready()
    azure.apps.clear()
    assert await sweep() == [preview.id]
    assert await status(stores, preview) == "destroyed"


async def test_one_that_cannot_be_looked_at_does_not_keep_the_others_waiting(
    previews: ContainerAppPreviews, azure: Azure, ready: Ready, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = sorted([await ready(owner=name) for name in "ab"], key=lambda preview: preview.id)
    azure.apps.clear()
    refresh = previews.refresh

    async def failing(preview: Preview) -> Preview:
        if preview.id == bad.id:
            raise InternalError("QLF6007", preview.id)
        return await refresh(preview)

    monkeypatch.setattr(previews, "refresh", failing)
    assert await sweep() == [good.id]
    assert f"preview {bad.id} could not be looked at" in caplog.text
    monkeypatch.setattr(previews, "refresh", refresh)
    assert await sweep() == [bad.id]


async def test_azure_that_does_not_answer_is_told(stores: Stores, azure: Azure) -> None:
    azure.faults = [Fault("GET", "", 503, "Busy", times=9)]
    with pytest.raises(InternalError, match="QLF6028"):
        await sweep()
