"""What a preview leaves in its run: nothing after its end, whoever writes in between."""

from __future__ import annotations

from typing import Any

import pytest
from store_cases import created, make_event

from shared.model import Preview, PreviewStatus, Run, new_id
from shared.stores import MAX_EVENTS, Stores, move_preview, tell_preview

ANN = {"id": "ann", "kind": "user"}
TIME = "2026-01-01T00:00:09.000000Z"


async def a_preview(stores: Stores, run: Run) -> Preview:
    facts = {"run_id": run.id, "capsule_id": "cap_1", "owner": "ann", "created_at": run.created_at, "expires_at": TIME}
    return await stores.previews.create(Preview(id=new_id("prv"), **facts))


async def move(stores: Stores, preview: Preview, status: PreviewStatus) -> Preview:
    return await move_preview(stores, preview, preview.model_copy(update={"status": status}), actor=ANN, time=TIME)


async def tell(stores: Stores, preview: Preview, status: PreviewStatus) -> None:
    await tell_preview(stores, preview.model_copy(update={"status": status}), actor=ANN, time=TIME)


async def told(stores: Stores, run: Run, after: int = 0) -> list[tuple[str, str]]:
    events = await stores.runs.events(run.id, after=after, limit=MAX_EVENTS)
    return [(event.data["preview_id"], event.type) for event in events if event.type.startswith("preview.")]


@pytest.mark.parametrize("status", ["deploying", "ready", "unhealthy"])
@pytest.mark.parametrize("end", ["destroyed", "failed"])
async def test_nothing_is_told_of_a_preview_after_its_end(stores: Stores, status: PreviewStatus, end: PreviewStatus) -> None:
    run = await created(stores)
    preview = await a_preview(stores, run)
    await tell(stores, preview, end)
    before = await stores.runs.get(run.id)
    await tell(stores, preview, status)
    assert await told(stores, run) == [(preview.id, "preview.destroyed")]
    assert await stores.runs.get(run.id) == before


@pytest.mark.parametrize("step", ["get", "events"])
async def test_an_end_that_comes_between_two_steps_of_the_telling_is_the_last_word(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The record says `ready`; before its run hears of it, somebody else destroys the preview and tells that."""
    run = await created(stores)
    preview = await a_preview(stores, run)
    read = getattr(stores.runs, step)

    async def then_destroyed(*args: Any, **more: Any) -> Any:
        found = await read(*args, **more)
        monkeypatch.setattr(stores.runs, step, read)
        await move(stores, await stores.previews.get(preview.id), "destroyed")
        return found

    monkeypatch.setattr(stores.runs, step, then_destroyed)
    assert (await move(stores, preview, "ready")).status == "ready"
    assert (await stores.previews.get(preview.id)).status == "destroyed"
    assert await told(stores, run) == [(preview.id, "preview.destroyed")]


async def test_the_end_of_one_preview_silences_no_other_one_of_the_run(stores: Stores) -> None:
    run = await created(stores)
    ended, other = await a_preview(stores, run), await a_preview(stores, run)
    await tell(stores, ended, "destroyed")
    await move(stores, other, "ready")
    assert await told(stores, run) == [(ended.id, "preview.destroyed"), (other.id, "preview.ready")]


async def test_an_end_is_found_behind_more_events_than_one_page_holds(stores: Stores) -> None:
    run = await created(stores)
    preview = await a_preview(stores, run)
    for number in range(0, MAX_EVENTS, 50):
        run = await stores.runs.commit(run, [make_event(run, str(number + part)) for part in range(50)], if_match=run.etag)
    await tell(stores, preview, "destroyed")
    await tell(stores, preview, "ready")
    assert run.seq > MAX_EVENTS
    assert await told(stores, run, after=run.seq) == [(preview.id, "preview.destroyed")]
