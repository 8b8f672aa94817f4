"""Run documents: creation by key, pages, optimistic concurrency."""

from __future__ import annotations

import asyncio

import pytest
from store_cases import created, make_event, make_run

from shared.model import ArtifactRef, InputError, InternalError, Run, RunOptions, Step, new_id, sha256
from shared.stores import Stores


async def test_a_created_run_comes_back_whole(stores: Stores) -> None:
    run = make_run(options=RunOptions(dry_run=True, ttl=120), steps={"backend": Step(name="backend")})
    stored, is_new = await stores.runs.create(run, make_event(run, "received", "run.received"), None)
    assert is_new
    assert stored.etag
    assert stored.seq == 1
    assert await stores.runs.get(run.id) == stored
    assert stored.model_copy(update={"etag": "", "seq": 0}) == run


async def test_an_unknown_run_is_an_input_error(stores: Stores) -> None:
    with pytest.raises(InputError) as caught:
        await stores.runs.get(new_id("run"))
    assert caught.value.code == "QLF7001"


async def test_the_same_key_gives_the_same_run(stores: Stores) -> None:
    first, second = make_run(), make_run(5)
    one, new_one = await stores.runs.create(first, make_event(first, "received"), "key")
    two, new_two = await stores.runs.create(second, make_event(second, "received"), "key")
    assert (new_one, new_two) == (True, False)
    assert one == two
    assert len(await stores.runs.events(first.id)) == 1
    assert await stores.runs.events(second.id) == []


@pytest.mark.parametrize(
    "change",
    [
        {"options": RunOptions(dry_run=True)},
        {"parent_run_id": new_id("run")},
        {"brief": ArtifactRef(path="sha256/2d/" + sha256(b"x"), sha256=sha256(b"x"), size=1)},
    ],
)
async def test_the_same_key_for_another_request_is_a_conflict(stores: Stores, change: dict[str, object]) -> None:
    first, second = make_run(), make_run(0, **change)
    await stores.runs.create(first, make_event(first, "received"), "key")
    with pytest.raises(InputError) as caught:
        await stores.runs.create(second, make_event(second, "received"), "key")
    assert caught.value.code == "QLF7003"
    assert caught.value.http_status == 409


async def test_keys_of_two_projects_do_not_meet(stores: Stores) -> None:
    first, second = make_run(project_id="a"), make_run(project_id="b")
    assert (await stores.runs.create(first, make_event(first, "received"), "key"))[1]
    assert (await stores.runs.create(second, make_event(second, "received"), "key"))[1]


async def test_an_id_that_is_there_gives_the_run_that_is_there(stores: Stores) -> None:
    run = await created(stores)
    later = run.model_copy(update={"created_at": "2027-01-01T00:00:00.000000Z"})
    found, is_new = await stores.runs.create(later, make_event(later, "again"), None)
    assert not is_new
    assert found == run


async def test_an_id_that_another_request_holds_is_a_conflict(stores: Stores) -> None:
    run = await created(stores)
    other = run.model_copy(update={"options": RunOptions(ttl=61)})
    with pytest.raises(InputError) as caught:
        await stores.runs.create(other, make_event(other, "received"), None)
    assert caught.value.code == "QLF7003"


async def test_a_key_whose_run_could_not_be_made_is_still_free(stores: Stores) -> None:
    taken = await created(stores)
    wrong, right = taken.model_copy(update={"options": RunOptions(ttl=61)}), make_run(5, options=RunOptions(ttl=61))
    with pytest.raises(InputError) as caught:
        await stores.runs.create(wrong, make_event(wrong, "received"), "key")
    assert caught.value.code == "QLF7003"
    made, is_new = await stores.runs.create(right, make_event(right, "received"), "key")
    assert (made.id, is_new) == (right.id, True)


async def test_twenty_creations_with_one_key_make_one_run(stores: Stores) -> None:
    runs = [make_run() for _ in range(20)]
    answers = await asyncio.gather(*(stores.runs.create(run, make_event(run, "received"), "key") for run in runs))
    assert sum(is_new for _, is_new in answers) == 1
    assert len({run.id for run, _ in answers}) == 1
    assert len((await stores.runs.list("default", limit=100)).items) == 1


async def test_commit_replaces_the_document_and_gives_a_new_etag(stores: Stores) -> None:
    run = await created(stores)
    changed = run.model_copy(update={"status": "planning", "phase": "compiling"})
    stored = await stores.runs.commit(changed, [make_event(run, "begin")], if_match=run.etag)
    assert stored.etag != run.etag
    assert (stored.status, stored.seq) == ("planning", 2)
    assert await stores.runs.get(run.id) == stored


async def test_commit_on_an_old_etag_changes_nothing(stores: Stores) -> None:
    run = await created(stores)
    await stores.runs.commit(run.model_copy(update={"status": "planning"}), [make_event(run, "one")], if_match=run.etag)
    with pytest.raises(InputError) as caught:
        await stores.runs.commit(run.model_copy(update={"status": "cancelled"}), [make_event(run, "two")], if_match=run.etag)
    assert caught.value.code == "QLF7002"
    assert caught.value.http_status == 412
    assert (await stores.runs.get(run.id)).status == "planning"
    assert [event.seq for event in await stores.runs.events(run.id)] == [1, 2]


async def test_commit_of_an_unknown_run_is_refused(stores: Stores) -> None:
    run = make_run()
    with pytest.raises(InputError) as caught:
        await stores.runs.commit(run, [], if_match="1")
    assert caught.value.code == "QLF7001"


async def test_events_of_another_run_are_a_fault(stores: Stores) -> None:
    run, other = await created(stores), make_run()
    with pytest.raises(InternalError):
        await stores.runs.commit(run, [make_event(other, "x")], if_match=run.etag)
    with pytest.raises(InternalError):
        await stores.runs.create(other, make_event(run, "x"), None)


async def test_of_many_writers_on_one_etag_one_wins(stores: Stores) -> None:
    run = await created(stores)

    async def write(number: int) -> bool:
        try:
            await stores.runs.commit(run, [make_event(run, f"w{number}")], if_match=run.etag)
        except InputError as error:
            return error.code != "QLF7002"
        return True

    assert sum(await asyncio.gather(*(write(number) for number in range(10)))) == 1
    assert (await stores.runs.get(run.id)).seq == 2


async def test_lists_are_newest_first_and_paged_without_gap_or_repeat(stores: Stores) -> None:
    made = [await created(stores, number // 2) for number in range(11)]
    seen: list[Run] = []
    cursor: str | None = None
    while True:
        page = await stores.runs.list("default", limit=3, cursor=cursor)
        assert len(page.items) <= 3
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(run.id for run in seen) == sorted(run.id for run in made)
    assert [run.created_at for run in seen] == sorted((run.created_at for run in made), reverse=True)


async def test_a_run_made_while_paging_does_not_shift_the_pages(stores: Stores) -> None:
    for number in range(4):
        await created(stores, number)
    first = await stores.runs.list("default", limit=2)
    await created(stores, 10)
    second = await stores.runs.list("default", limit=2, cursor=first.next_cursor)
    assert {run.id for run in first.items}.isdisjoint({run.id for run in second.items})
    assert second.next_cursor is None


async def test_lists_keep_to_the_project_and_the_status(stores: Stores) -> None:
    mine = await created(stores, 0)
    await created(stores, 1, project_id="other")
    done = await created(stores, 2)
    await stores.runs.commit(done.model_copy(update={"status": "completed"}), [], if_match=done.etag)
    assert [run.id for run in (await stores.runs.list("default")).items] == [done.id, mine.id]
    assert [run.id for run in (await stores.runs.list("default", status="completed")).items] == [done.id]
    assert (await stores.runs.list("default", status="failed")).items == []


@pytest.mark.parametrize("limit", [-5, 0, 1])
async def test_a_page_holds_at_least_one_run(stores: Stores, limit: int) -> None:
    await created(stores, 0)
    await created(stores, 1)
    assert len((await stores.runs.list("default", limit=limit)).items) == 1


@pytest.mark.parametrize("cursor", ["", "nonsense", "e30", "WzEsMl0", "W10", "é", "x" * 600, "=" * 8])
async def test_foreign_cursors_are_refused(stores: Stores, cursor: str) -> None:
    with pytest.raises(InputError) as caught:
        await stores.runs.list("default", cursor=cursor)
    assert caught.value.code == "QLF7006"


async def test_text_that_databases_dislike_comes_back_unchanged(stores: Stores) -> None:
    odd = "nul \x00, emoji \U0001f984, quotes '\" and ; -- drop table runs, \u2028"
    run = await created(stores, 0, result={"text": odd, odd: [1.5, None, True]})
    assert (await stores.runs.get(run.id)).result == {"text": odd, odd: [1.5, None, True]}


@pytest.mark.parametrize("value", ["\ud800", object(), {"deep": b"bytes \xff"}])
async def test_what_json_cannot_say_is_a_coded_fault(stores: Stores, value: object) -> None:
    run = make_run(result={"value": value})
    with pytest.raises(InternalError) as caught:
        await stores.runs.create(run, make_event(run, "received"), None)
    assert caught.value.code == "QLF7015"
    with pytest.raises(InputError):
        await stores.runs.get(run.id)


async def test_runs_at_work_that_were_not_written_for_long_are_silent_in_whatever_project(stores: Stores) -> None:
    mine = await created(stores, 1, status="running")
    theirs = await created(stores, 2, status="pending", project_id="theirs")
    resting = [await created(stores, 3, status=status) for status in ("paused", "blocked", "completed", "failed", "cancelled")]
    fresh = await created(stores, 9, status="planning")

    found = await stores.runs.silent(fresh.updated_at)
    assert {run.id for run in found} == {mine.id, theirs.id}
    assert resting
    assert {run.id: run.etag for run in found} == {run.id: (await stores.runs.get(run.id)).etag for run in found}
    assert await stores.runs.silent(mine.updated_at) == []


async def test_a_silent_run_that_is_written_is_silent_no_more_and_an_event_alone_is_no_sign(stores: Stores) -> None:
    run = await created(stores, 1, status="running")
    before = make_run(5).updated_at
    told = await stores.runs.commit(run, [make_event(run, "stuck", "run.stuck_detected")], if_match=run.etag)
    assert await stores.runs.silent(before) == [told]
    await stores.runs.commit(told.model_copy(update={"updated_at": before}), [], if_match=told.etag)
    assert await stores.runs.silent(before) == []


async def test_of_many_silent_runs_as_many_are_given_as_are_asked_for(stores: Stores) -> None:
    runs = {(await created(stores, number, status="running", project_id=f"p{number % 3}")).id for number in range(7)}
    assert {run.id for run in await stores.runs.silent(make_run(60).updated_at)} == runs
    assert len(await stores.runs.silent(make_run(60).updated_at, 3)) == 3
