"""Documents in Cosmos DB when the service is busy, silent, gone, or forgets to answer: nothing is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest
from cosmos_world import World, make_capsule, make_event, make_preview, make_run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.model import ConfigError, InputError, InternalError, QlfError, Run
from shared.stores import Stores
from tests.fakes.cosmos import Fault

FOREVER = 10**6


async def test_a_throttled_request_is_repeated_when_the_service_says(cosmos: World) -> None:
    run = await cosmos.run()
    cosmos.fake.fail(Fault(path="/docs", status=429, times=3, retry_after_ms=5))
    assert await cosmos.stores.runs.get(run.id) == run


@pytest.mark.parametrize("status", [429, 449])
async def test_a_batch_that_hides_its_throttling_is_repeated(cosmos: World, status: int) -> None:
    cosmos.fake.fail(Fault(kind="batch", batch=status, times=2))
    run = await cosmos.run()
    cosmos.fake.fail(Fault(kind="batch", batch=status, times=2))
    run = await cosmos.stores.runs.commit(run, [make_event(run, "a")], if_match=run.etag)
    assert [event.seq for event in await cosmos.stores.runs.events(run.id)] == [1, 2]


@pytest.mark.parametrize("fault", [Fault(status=429, times=FOREVER, retry_after_ms=20), Fault(kind="batch", batch=429, times=FOREVER)])
async def test_throttling_that_does_not_end_is_a_coded_error(cosmos: World, fault: Fault) -> None:
    stores, run = cosmos.open(deadline=0.5), make_run()
    await stores.memos.put("warm", {})
    cosmos.fake.fail(fault)
    with pytest.raises(InternalError) as caught:
        await stores.runs.create(run, make_event(run, "a"), None)
    assert (caught.value.code, caught.value.retryable) == ("QLF7021", True)


async def test_a_service_that_wants_minutes_is_not_waited_for(cosmos: World) -> None:
    run = await cosmos.run()
    cosmos.fake.fail(Fault(status=429, retry_after_ms=600_000))
    with pytest.raises(InternalError) as caught:
        await asyncio.wait_for(cosmos.stores.runs.get(run.id), 20)
    assert caught.value.code == "QLF7021"


@pytest.mark.parametrize(("status", "code"), [(503, "QLF7020"), (500, "QLF7020"), (408, "QLF7020"), (403, "QLF7022"), (400, "QLF7028")])
async def test_what_the_service_says_has_a_code(cosmos: World, status: int, code: str) -> None:
    run = await cosmos.run()
    cosmos.fake.fail(Fault(path="/docs", status=status, times=FOREVER))
    with pytest.raises(QlfError) as caught:
        await cosmos.open(deadline=5).runs.get(run.id)
    assert caught.value.code == code
    assert cosmos.fake.endpoint not in caught.value.detail


async def test_nobody_there_is_a_coded_error_in_bounded_time(cosmos: World) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = cosmos.open(deadline=1.0, endpoint=f"http://127.0.0.1:{free.getsockname()[1]}")
        with pytest.raises(InternalError) as caught:
            await asyncio.wait_for(gone.runs.get("run_x"), 20)
    assert (caught.value.code, caught.value.retryable) == ("QLF7020", True)


async def test_a_connection_that_failed_is_made_again(cosmos: World) -> None:
    stores = cosmos.open(deadline=0.5)
    cosmos.fake.fail(Fault(path="^/$", status=503, times=4))
    with pytest.raises(InternalError):
        await stores.memos.get("k")
    cosmos.fake.faults.clear()
    assert await stores.memos.get("k") is None


async def test_a_wrong_key_is_a_coded_error(cosmos: World) -> None:
    with pytest.raises(ConfigError) as caught:
        await cosmos.open(key="d3Jvbmc=").runs.get("run_x")
    assert caught.value.code == "QLF7022"
    assert "d3Jvbmc=" not in str(caught.value)


@pytest.mark.parametrize(
    "read",
    [
        lambda stores: stores.runs.get("run_x"),
        lambda stores: stores.memos.get("k"),
        lambda stores: stores.deliveries.bind("ci", "d", "body"),
    ],
)
async def test_a_missing_database_is_not_a_missing_document(cosmos: World, read: Callable[[Stores], Coroutine[Any, Any, None]]) -> None:
    with pytest.raises(ConfigError) as caught:
        await read(cosmos.open(database="elsewhere"))
    assert caught.value.code == "QLF7024"


async def test_a_closed_store_opens_again_when_it_is_used(cosmos: World) -> None:
    run = await cosmos.run()
    cosmos.stores.close()
    cosmos.stores.close()
    assert await cosmos.stores.runs.get(run.id) == run


# -- answers that are lost: the client library sends the write again, and it meets itself


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize("path", ["/colls/registry/docs", "/colls/runs/docs"])
@pytest.mark.parametrize("key", [None, "key"])
async def test_a_creation_whose_answer_is_lost_is_one_creation(cosmos: World, path: str, drop: str, key: str | None) -> None:
    await cosmos.stores.memos.get("warm")
    run = make_run()
    cosmos.fake.fail(Fault(path=path, method="POST", drop=drop))
    made, is_new = await cosmos.stores.runs.create(run, make_event(run, "received"), key)
    assert (made.id, is_new) == (run.id, True)
    assert [event.seq for event in await cosmos.stores.runs.events(run.id)] == [1]
    assert not cosmos.fake.faults[0].times


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_commit_whose_answer_is_lost_is_one_commit(cosmos: World, drop: str) -> None:
    run = await cosmos.run()
    cosmos.fake.fail(Fault(kind="batch", drop=drop))
    run = await cosmos.stores.runs.commit(run.model_copy(update={"status": "planning"}), [make_event(run, "a")], if_match=run.etag)
    assert (run.status, run.seq) == ("planning", 2)
    assert await cosmos.stores.runs.get(run.id) == run
    run = await cosmos.stores.runs.commit(run, [make_event(run, "b")], if_match=run.etag)
    assert [event.seq for event in await cosmos.stores.runs.events(run.id)] == [1, 2, 3]


async def _conditional_preview(stores: Stores) -> None:
    first = await stores.previews.create(make_preview())
    second = await stores.previews.put(first.model_copy(update={"status": "ready"}), if_match=first.etag)
    assert await stores.previews.get(first.id) == second


async def _capsule(stores: Stores) -> None:
    capsule = await stores.capsules.put(make_capsule())
    assert await stores.capsules.get(capsule.id) == capsule
    assert len((await stores.capsules.list("default")).items) == 1


async def _memo(stores: Stores) -> None:
    await stores.memos.put("k", {"a": 1})
    assert await stores.memos.get("k") == {"a": 1}


async def _delivery(stores: Stores) -> None:
    assert await stores.deliveries.bind("github", "d-1", "body")
    assert not await stores.deliveries.bind("github", "d-1", "another")


@pytest.mark.parametrize("work", [_conditional_preview, _capsule, _memo, _delivery])
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_any_write_whose_answer_is_lost_is_one_write(
    cosmos: World, work: Callable[[Stores], Coroutine[Any, Any, None]], method: str
) -> None:
    await cosmos.stores.memos.get("warm")
    cosmos.fake.fail(Fault(path="/docs", method=method, kind="item", drop="after", times=2))
    await work(cosmos.stores)


# -- processes that die in between


async def test_who_meets_the_claim_of_a_dead_process_finishes_it(cosmos: World) -> None:
    dead, alive = make_run(), make_run(9)
    cosmos.fake.fail(Fault(kind="batch", status=403))
    with pytest.raises(ConfigError):
        await cosmos.stores.runs.create(dead, make_event(dead, "received"), "key")
    with pytest.raises(InputError) as unknown:
        await cosmos.stores.runs.get(dead.id)
    assert unknown.value.code == "QLF7001"
    assert (await cosmos.stores.runs.list("default")).items == []
    made, is_new = await cosmos.open().runs.create(alive, make_event(alive, "received"), "key")
    assert (made.id, made.created_at, is_new) == (dead.id, dead.created_at, True)
    assert [event.run_id for event in await cosmos.stores.runs.events(dead.id)] == [dead.id]
    assert (await cosmos.stores.runs.create(dead, make_event(dead, "received"), "key"))[1] is False


async def test_a_claim_belongs_to_its_request(cosmos: World) -> None:
    dead = make_run()
    other = make_run(0, parent_run_id=dead.id)
    cosmos.fake.fail(Fault(kind="batch", status=403))
    with pytest.raises(ConfigError):
        await cosmos.stores.runs.create(dead, make_event(dead, "received"), "key")
    with pytest.raises(InputError) as caught:
        await cosmos.stores.runs.create(other, make_event(other, "received"), "key")
    assert caught.value.code == "QLF7003"


async def test_a_document_that_was_announced_and_never_came_is_unknown(cosmos: World) -> None:
    preview = make_preview()
    cosmos.fake.fail(Fault(path="/colls/runs/docs", method="POST", status=403))
    with pytest.raises(ConfigError):
        await cosmos.stores.previews.create(preview)
    with pytest.raises(InputError) as caught:
        await cosmos.stores.previews.get(preview.id)
    assert caught.value.code == "QLF7008"
    with pytest.raises(InputError) as taken:
        await cosmos.stores.previews.create(preview.model_copy(update={"project_id": "another"}))
    assert taken.value.code == "QLF7003"
    assert (await cosmos.stores.previews.create(preview)).etag


# -- any faults, in any order


FAULTS = st.builds(
    Fault,
    path=st.sampled_from(["/colls/runs/docs", "/colls/registry/docs"]),
    method=st.sampled_from(["*", "GET", "POST"]),
    times=st.integers(1, 4),
    status=st.sampled_from([0, 0, 429, 503, 500]),
    batch=st.sampled_from([0, 429, 449]),
    drop=st.sampled_from(["", "before", "after"]),
    retry_after_ms=st.integers(0, 3),
)


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.tuples(st.integers(0, 3), st.lists(FAULTS, max_size=2)), min_size=1, max_size=4))
def test_whatever_fails_each_change_is_there_once(cosmos: World, steps: list[tuple[int, list[Fault]]]) -> None:
    """A writer that repeats itself as activities do, against a service that fails as it likes."""

    async def way() -> None:
        run = make_run()
        for number, (count, faults) in enumerate(steps):
            for fault in faults:
                cosmos.fake.fail(replace(fault))
            keys = [f"{number}/{part}" for part in range(count)]
            await _persistent(lambda: cosmos.stores.runs.create(run, make_event(run, "received"), run.id))
            await _persistent(lambda: _append(cosmos.stores, run, keys))  # noqa: B023
        cosmos.fake.faults.clear()
        events = await cosmos.stores.runs.events(run.id, limit=1000)
        wanted = ["received", *(f"{number}/{part}" for number, (count, _) in enumerate(steps) for part in range(count))]
        assert [event.id for event in events] == [make_event(run, key).id for key in wanted]
        assert [event.seq for event in events] == list(range(1, len(wanted) + 1))
        assert (await cosmos.stores.runs.get(run.id)).seq == len(wanted)

    asyncio.run(way())


async def _append(stores: Stores, run: Run, keys: list[str]) -> None:
    now = await stores.runs.get(run.id)
    await stores.runs.commit(now, [make_event(run, key) for key in keys], if_match=now.etag)


async def _persistent(call: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Again after an error that says that this may help."""
    for _ in range(40):
        try:
            await call()
        except QlfError as error:
            if not error.retryable:
                raise
        else:
            return
    raise AssertionError("it never goes through")
