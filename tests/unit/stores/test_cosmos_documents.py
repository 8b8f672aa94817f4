"""How documents are kept in Cosmos DB: exactly, by any name, within the service's limits, across versions and physical partitions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from cosmos_world import World, make_capsule, make_event, make_preview, make_run
from hypothesis import given
from hypothesis import strategies as st

from shared.model import ConfigError, InputError, InternalError, QlfError
from shared.stores.azure.cosmos.names import item_id
from tests.fakes.cosmos.state import _BAD_ID

HOSTILE = ["", " ", "a/b", "a\\b", "a?b#c", "../../etc", "é\x00\U0001f984", "\ud800", "x" * 5000, "run~", "a'b\"c", "@x", "null"]


@pytest.mark.parametrize("name", HOSTILE)
async def test_no_id_a_caller_sends_is_more_than_unknown(cosmos: World, name: str) -> None:
    for read, code in (
        (cosmos.stores.runs.get, "QLF7001"),
        (cosmos.stores.capsules.get, "QLF7007"),
        (cosmos.stores.previews.get, "QLF7008"),
    ):
        with pytest.raises(InputError) as caught:
            await read(name)
        assert caught.value.code == code
    assert await cosmos.stores.runs.events(name) == []
    assert not await cosmos.stores.runs.wait(name, 0, 0)


@pytest.mark.parametrize("name", HOSTILE)
async def test_any_text_is_a_key_of_its_own(cosmos: World, name: str) -> None:
    await cosmos.stores.memos.put(name, {"name": "this"})
    await cosmos.stores.memos.put(name + "2", {"name": "that"})
    assert await cosmos.stores.memos.get(name) == {"name": "this"}
    assert await cosmos.stores.deliveries.bind("ci", name, "body")
    assert not await cosmos.stores.deliveries.bind("ci", name, "another")


@given(names=st.sets(st.text() | st.sampled_from(HOSTILE), min_size=2, max_size=6))
def test_names_become_ids_that_the_service_takes_and_never_the_same_one(names: set[str]) -> None:
    ids = {item_id("memo", name) for name in names}
    assert len(ids) == len(names)
    assert all(len(one) < 200 and one.isascii() and not _BAD_ID.search(one) for one in ids)


async def test_odd_idempotency_keys_are_kept_apart(cosmos: World) -> None:
    made = [await cosmos.run(number, key=key) for number, key in enumerate(["", "a/b", "a", "é" * 300, "\x00"])]
    assert len({run.id for run in made}) == 5
    assert (await cosmos.run(9, key="a/b")).id == made[1].id


async def test_numbers_come_back_as_they_were(cosmos: World) -> None:
    value = {"whole": 1.0, "large": 2**60 + 1, "small": 1e-9, "list": [1, 1.0, True, None]}
    await cosmos.stores.memos.put("k", value)
    found = await cosmos.stores.memos.get("k")
    assert repr(found) == repr(dict(sorted(value.items())))
    run = await cosmos.run(result={"score": 1.0, "count": 2**60 + 1})
    assert repr((await cosmos.stores.runs.get(run.id)).result) == repr({"count": 2**60 + 1, "score": 1.0})


async def test_a_run_and_its_events_are_one_transaction(cosmos: World) -> None:
    run = await cosmos.run()
    run = await cosmos.stores.runs.commit(run, [make_event(run, str(number)) for number in range(99)], if_match=run.etag)
    items = [item for item in cosmos.container().live() if item.body["kind"] == "run" or item.body["seq"] > 1]
    assert len({item.lsn for item in items}) == 1
    assert [event.seq for event in await cosmos.stores.runs.events(run.id, limit=1000)] == list(range(1, 101))


@pytest.mark.parametrize(("count", "text"), [(100, "x"), (3, "x" * 700_000), (1, "é" * 1_100_000)])
async def test_a_transaction_that_is_too_large_changes_nothing(cosmos: World, count: int, text: str) -> None:
    run = await cosmos.run()
    events = [make_event(run, str(number), text=text) for number in range(count)]
    with pytest.raises(InternalError) as caught:
        await cosmos.stores.runs.commit(run, events, if_match=run.etag)
    assert caught.value.code == "QLF7027"
    assert await cosmos.stores.runs.get(run.id) == run


async def test_a_transaction_just_within_the_limit_is_kept(cosmos: World) -> None:
    run = await cosmos.run()
    run = await cosmos.stores.runs.commit(run, [make_event(run, "a", text="\U0001f984" * 490_000)], if_match=run.etag)
    assert len((await cosmos.stores.runs.events(run.id))[1].data["text"]) == 490_000


async def test_a_document_that_is_too_large_is_a_coded_error(cosmos: World) -> None:
    with pytest.raises(InternalError) as caught:
        await cosmos.stores.memos.put("k", {"text": "x" * 2_100_000})
    assert caught.value.code == "QLF7027"


# -- versions


async def test_what_a_newer_version_put_beside_a_record_stays(cosmos: World) -> None:
    run = await cosmos.run()
    preview = await cosmos.stores.previews.create(make_preview())
    cosmos.change("run", labels={"team": "a"}, document_v2="kept")
    cosmos.change("preview", region="west")
    run = await cosmos.stores.runs.get(run.id)
    await cosmos.stores.runs.commit(run.model_copy(update={"status": "planning"}), [], if_match=run.etag)
    etag = (await cosmos.stores.previews.get(preview.id)).etag
    await cosmos.stores.previews.put(preview.model_copy(update={"status": "ready"}), if_match=etag)
    (stored,) = cosmos.documents("run")
    assert (stored["labels"], stored["document_v2"], stored["status"]) == ({"team": "a"}, "kept", "planning")
    assert cosmos.documents("preview")[0]["region"] == "west"


async def test_a_document_of_a_newer_schema_is_refused_and_left_alone(cosmos: World) -> None:
    run = await cosmos.run()
    cosmos.change("run", schema=2)
    etag = cosmos.container().live()[-1].etag
    calls = [
        cosmos.stores.runs.get(run.id),
        cosmos.stores.runs.list("default"),
        cosmos.stores.runs.commit(run, [], if_match=etag),
        cosmos.stores.runs.create(run, make_event(run, "received"), None),
    ]
    for call in calls:
        with pytest.raises(ConfigError) as caught:
            await call
        assert caught.value.code == "QLF7025"
    assert cosmos.documents("run")[0]["schema"] == 2


@pytest.mark.parametrize("fields", [{"document": "{"}, {"document": '{"id": "x"}'}, {"document": None}, {"document": {"id": "x"}}])
async def test_a_damaged_document_is_a_coded_error(cosmos: World, fields: dict[str, object]) -> None:
    capsule = await cosmos.stores.capsules.put(make_capsule())
    cosmos.change("capsule", **fields)
    with pytest.raises(InternalError) as caught:
        await cosmos.stores.capsules.get(capsule.id)
    assert caught.value.code == "QLF7026"


async def test_one_damaged_memo_is_told(cosmos: World) -> None:
    await cosmos.stores.memos.put("k", {"a": 1})
    cosmos.change("memo", "registry", document="{")
    with pytest.raises(QlfError) as caught:
        await cosmos.stores.memos.get("k")
    assert caught.value.code == "QLF7026"


# -- lifetimes


async def test_memos_and_deliveries_do_not_stay_for_ever(cosmos: World) -> None:
    now = cosmos.fake.clock()
    cosmos.fake.clock = lambda: now
    await cosmos.stores.memos.put("k", {})
    await cosmos.stores.deliveries.bind("github", "d-1", "body")
    run = await cosmos.run(key="key")
    now += 8 * 24 * 3600
    assert cosmos.documents("delivery", "deliveries") == []
    assert await cosmos.stores.memos.get("k") == {}
    now += 365 * 24 * 3600
    assert await cosmos.stores.memos.get("k") is None
    assert await cosmos.run(9, key="key") == run


# -- physical partitions


@pytest.mark.parametrize("limit", [1, 7, 100])
async def test_a_project_that_spans_partitions_is_listed_in_order(cosmos: World, limit: int) -> None:
    made = [await cosmos.run(number // 2) for number in range(12)]
    await cosmos.run(99, project_id="other")
    first = await cosmos.stores.runs.list("default", limit=3)
    cosmos.fake.split(cosmos.database, "runs")
    cosmos.fake.split(cosmos.database, "runs")
    made += [await cosmos.run(number // 2) for number in range(12, 20)]
    wanted = [run.id for run in sorted(made, key=lambda run: (run.created_at, run.id), reverse=True)]
    seen, cursor = [], None
    for _ in itertools.count():
        page = await cosmos.stores.runs.list("default", limit=limit, cursor=cursor)
        seen += [run.id for run in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == wanted
    second = await cosmos.stores.runs.list("default", limit=100, cursor=first.next_cursor)
    assert [run.id for run in first.items + second.items] == [one for one in wanted if one not in {run.id for run in made[12:]}]
    assert len({item.epk for item in cosmos.container().live()}) == 21
    assert len(cosmos.container().ranges) == 4


async def test_runs_are_found_and_changed_after_a_split(cosmos: World) -> None:
    runs = [await cosmos.run(number) for number in range(6)]
    cosmos.fake.split(cosmos.database, "runs")
    for run in runs:
        found = await cosmos.stores.runs.get(run.id)
        await cosmos.stores.runs.commit(found, [make_event(run, "a")], if_match=found.etag)
        assert [event.seq for event in await cosmos.stores.runs.events(run.id)] == [1, 2]


async def test_silent_runs_are_found_in_every_partition(cosmos: World) -> None:
    runs = [await cosmos.run(number, status="running", project_id=f"p{number % 4}") for number in range(12)]
    cosmos.fake.split(cosmos.database, "runs")
    cosmos.fake.split(cosmos.database, "runs")
    before = "2027-01-01T00:00:00.000000Z"
    assert sorted(run.id for run in await cosmos.stores.runs.silent(before)) == sorted(run.id for run in runs)
    assert len({run.id for run in await cosmos.stores.runs.silent(before, 5)}) == 5


# -- what it costs


def asked(world: World, before: int) -> list[tuple[str, str]]:
    """What was asked for since then. The library also asks for the account's addresses now and then, by its own clock."""
    return [(seen.method, seen.kind) for seen in world.fake.seen[before:] if seen.kind != "other"]


async def test_a_delivery_is_one_small_document_of_its_provider(cosmos: World) -> None:
    await cosmos.stores.deliveries.bind("gitlab", "d-1", "warm")
    before = len(cosmos.fake.seen)
    assert await cosmos.stores.deliveries.bind("github", "d-1", "body")
    assert asked(cosmos, before) == [("POST", "item")]
    kept = cosmos.documents("delivery", "deliveries")
    assert [(one["id"], one["provider"], one["digest"]) for one in kept] == [
        ("delivery-d-1", "gitlab", "warm"),
        ("delivery-d-1", "github", "body"),
    ]
    assert await cosmos.stores.deliveries.bind("github", "d-1", "body")
    assert cosmos.documents("delivery", "deliveries") == kept


async def test_a_known_run_is_read_with_one_request(cosmos: World) -> None:
    run = await cosmos.run()
    await cosmos.stores.runs.get(run.id)
    before = len(cosmos.fake.seen)
    await cosmos.stores.runs.get(run.id)
    assert asked(cosmos, before) == [("GET", "item")]


async def test_a_commit_is_one_read_and_one_batch(cosmos: World) -> None:
    run = await cosmos.run()
    before = len(cosmos.fake.seen)
    await cosmos.stores.runs.commit(run, [make_event(run, "a"), make_event(run, "b")], if_match=run.etag)
    assert asked(cosmos, before) == [("GET", "item"), ("POST", "batch")]


# -- an account that is weaker than the template makes it


@pytest.fixture
def weak(cosmos: World) -> Iterator[World]:
    cosmos.fake.consistency = "Session"
    yield cosmos
    cosmos.fake.consistency = "Strong"


async def test_an_account_that_may_answer_from_the_past_is_refused(weak: World) -> None:
    with pytest.raises(ConfigError) as caught:
        await weak.open().runs.get("run_x")
    assert caught.value.code == "QLF7029"


async def test_a_single_peer_of_any_level_will_do_for_tests(weak: World) -> None:
    stores, run = weak.open(consistency=None), make_run()
    made, _ = await stores.runs.create(run, make_event(run, "received"), "key")
    made = await stores.runs.commit(made, [make_event(run, "a")], if_match=made.etag)
    assert await stores.runs.get(run.id) == made
    assert (await stores.runs.list("default")).items == [made]
