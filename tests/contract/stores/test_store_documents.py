"""Capsules, previews and memos."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from shared.model import ArtifactRef, Capsule, InputError, InternalError, Preview, new_id, sha256
from shared.stores import Stores

RUN = new_id("run")
FILE = ArtifactRef(path="sha256/2d/" + sha256(b"x"), sha256=sha256(b"x"), size=1)


def at(seconds: int) -> str:
    return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def make_capsule(number: int = 0, **change: object) -> Capsule:
    made = Capsule(id=new_id("cap"), run_id=RUN, name="Clinic", version="0.1.0", digest=sha256(b"tar"), file=FILE, created_at=at(number))
    return made.model_copy(update=change)


def make_preview(number: int = 0, **change: object) -> Preview:
    made = Preview(id=new_id("prv"), run_id=RUN, capsule_id=new_id("cap"), created_at=at(number), expires_at=at(number + 60))
    return made.model_copy(update=change)


async def test_a_capsule_comes_back_whole(stores: Stores) -> None:
    capsule = make_capsule(bundles={"a.sigstore.json": FILE})
    assert await stores.capsules.put(capsule) == capsule
    assert await stores.capsules.put(capsule) == capsule
    assert await stores.capsules.get(capsule.id) == capsule


async def test_a_newer_capsule_record_replaces_the_older(stores: Stores) -> None:
    capsule = await stores.capsules.put(make_capsule())
    await stores.capsules.put(capsule.model_copy(update={"bundles": {"b": FILE}}))
    assert (await stores.capsules.get(capsule.id)).bundles == {"b": FILE}
    assert len((await stores.capsules.list("default")).items) == 1


async def test_missing_documents_are_input_errors(stores: Stores) -> None:
    with pytest.raises(InputError) as no_capsule:
        await stores.capsules.get(new_id("cap"))
    with pytest.raises(InputError) as no_preview:
        await stores.previews.get(new_id("prv"))
    assert (no_capsule.value.code, no_preview.value.code) == ("QLF7007", "QLF7008")


async def test_a_capsule_and_a_preview_may_share_an_id(stores: Stores) -> None:
    await stores.capsules.put(make_capsule(id="same"))
    await stores.previews.create(make_preview(id="same"))
    assert (await stores.capsules.get("same")).name == "Clinic"
    assert (await stores.previews.get("same")).status == "deploying"


async def test_lists_are_paged_by_project_and_run(stores: Stores) -> None:
    mine = [await stores.capsules.put(make_capsule(number)) for number in range(5)]
    other = await stores.capsules.put(make_capsule(9, run_id=new_id("run")))
    await stores.capsules.put(make_capsule(9, project_id="other"))
    first = await stores.capsules.list("default", run_id=RUN, limit=3)
    second = await stores.capsules.list("default", run_id=RUN, limit=3, cursor=first.next_cursor)
    assert [capsule.id for capsule in first.items + second.items] == [capsule.id for capsule in reversed(mine)]
    assert second.next_cursor is None
    assert (await stores.capsules.list("default")).items[0] == other


async def test_foreign_cursors_are_refused(stores: Stores) -> None:
    with pytest.raises(InputError) as caught:
        await stores.previews.list("default", cursor="nonsense")
    assert caught.value.code == "QLF7006"


async def test_a_preview_gets_a_new_etag_with_every_change(stores: Stores) -> None:
    first = await stores.previews.create(make_preview())
    second = await stores.previews.put(first.model_copy(update={"status": "ready", "url": "http://127.0.0.1:1"}), if_match=first.etag)
    assert first.etag != second.etag
    assert await stores.previews.get(first.id) == second
    assert (await stores.previews.list("default", run_id=RUN)).items == [second]


async def test_live_previews_are_those_of_any_project_that_have_not_ended(stores: Stores) -> None:
    made = {
        status: await stores.previews.create(make_preview(status=status, project_id=f"of-{status}"))
        for status in ("deploying", "ready", "unhealthy", "destroyed", "failed")
    }
    await stores.capsules.put(make_capsule())
    live = [made[status] for status in ("deploying", "ready", "unhealthy")]
    assert sorted(await stores.previews.live(), key=lambda preview: preview.status) == live
    assert len(await stores.previews.live(2)) == 2
    ended = await stores.previews.put(made["ready"].model_copy(update={"status": "destroyed"}), if_match=made["ready"].etag)
    assert [preview for preview in await stores.previews.live() if preview.id == ended.id] == []
    assert len(await stores.previews.live()) == 2


async def test_putting_the_same_preview_again_changes_nothing(stores: Stores) -> None:
    first = await stores.previews.create(make_preview())
    assert await stores.previews.put(first, if_match=first.etag) == first


async def test_creating_a_preview_again_finds_the_one_that_is_there(stores: Stores) -> None:
    first = await stores.previews.create(make_preview())
    ready = await stores.previews.put(first.model_copy(update={"status": "ready"}), if_match=first.etag)
    later = first.model_copy(update={"etag": "", "created_at": at(5), "expires_at": at(500), "owner": "another"})
    assert await stores.previews.create(later) == ready
    assert await stores.previews.get(first.id) == ready


async def test_of_many_who_create_a_preview_all_find_the_same_one(stores: Stores) -> None:
    asked = [make_preview(number, id="prv_same", capsule_id="cap_same") for number in range(8)]
    made = await asyncio.gather(*(stores.previews.create(preview) for preview in asked))
    assert len({preview.created_at for preview in made}) == 1
    assert (await stores.previews.list("default")).items == [made[0]]


MOVES = [{"project_id": "mine"}, {"run_id": new_id("run")}, {"capsule_id": new_id("cap")}]


@pytest.mark.parametrize("move", MOVES, ids=["project", "run", "capsule"])
async def test_a_preview_stays_in_its_project_its_run_and_its_capsule(stores: Stores, move: dict[str, str]) -> None:
    theirs = await stores.previews.create(make_preview(project_id="theirs"))
    taken = theirs.model_copy(update={**move, "status": "ready"})
    for write in (stores.previews.create, partial(stores.previews.put, if_match=theirs.etag)):
        with pytest.raises(InputError) as caught:
            await write(taken)
        assert caught.value.code == "QLF7003"
    assert await stores.previews.get(theirs.id) == theirs
    assert (await stores.previews.list("mine")).items == []


@pytest.mark.parametrize("move", MOVES[:2], ids=["project", "run"])
async def test_a_capsule_stays_in_its_project_and_its_run(stores: Stores, move: dict[str, str]) -> None:
    theirs = await stores.capsules.put(make_capsule(project_id="theirs"))
    with pytest.raises(InputError) as caught:
        await stores.capsules.put(theirs.model_copy(update={**move, "name": "Taken"}))
    assert caught.value.code == "QLF7003"
    assert await stores.capsules.get(theirs.id) == theirs
    assert (await stores.capsules.list("mine")).items == []


async def test_a_preview_on_an_old_etag_is_a_conflict(stores: Stores) -> None:
    first = await stores.previews.create(make_preview())
    await stores.previews.put(first.model_copy(update={"status": "ready"}), if_match=first.etag)
    with pytest.raises(InputError) as caught:
        await stores.previews.put(first.model_copy(update={"status": "failed"}), if_match=first.etag)
    assert caught.value.code == "QLF7009"
    assert (await stores.previews.get(first.id)).status == "ready"


async def test_a_conditional_put_of_an_unknown_preview_is_refused(stores: Stores) -> None:
    with pytest.raises(InputError) as caught:
        await stores.previews.put(make_preview(), if_match="1")
    assert caught.value.code == "QLF7008"


async def test_memos_are_kept_by_key(stores: Stores) -> None:
    assert await stores.memos.get("k") is None
    await stores.memos.put("k", {"a": [1, "\x00", None]})
    await stores.memos.put("k", {"a": 2})
    await stores.memos.put("l", {})
    assert await stores.memos.get("k") == {"a": 2}
    assert await stores.memos.get("l") == {}


async def test_a_memo_that_json_cannot_say_is_a_coded_fault(stores: Stores) -> None:
    with pytest.raises(InternalError) as caught:
        await stores.memos.put("k", {"a": float("nan")})
    assert caught.value.code == "QLF7015"
    assert await stores.memos.get("k") is None
