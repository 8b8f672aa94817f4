"""Events: gapless, idempotent, in order; waiting for them; the bus that tells of them."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from store_cases import created, make_event, make_run

from shared.model import Event, InputError
from shared.stores import Stores


async def test_events_are_numbered_from_one_without_gaps(stores: Stores) -> None:
    run = await created(stores)
    for number in range(5):
        events = [make_event(run, f"{number}/{part}") for part in range(number)]
        run = await stores.runs.commit(run, events, if_match=run.etag)
    assert [event.seq for event in await stores.runs.events(run.id)] == list(range(1, 12))
    assert run.seq == 11


async def test_an_event_that_is_there_is_skipped(stores: Stores) -> None:
    run = await created(stores)
    run = await stores.runs.commit(run, [make_event(run, "a", note="first")], if_match=run.etag)
    run = await stores.runs.commit(run, [make_event(run, "a", note="second"), make_event(run, "b")], if_match=run.etag)
    events = await stores.runs.events(run.id)
    assert [event.seq for event in events] == [1, 2, 3]
    assert events[1].data == {"note": "first"}


async def test_the_same_event_twice_in_one_commit_is_one_event(stores: Stores) -> None:
    run = await created(stores)
    run = await stores.runs.commit(run, [make_event(run, "a"), make_event(run, "a")], if_match=run.etag)
    assert run.seq == 2


@pytest.mark.parametrize("keys", [[], ["a"], ["a", "b", "a"]])
async def test_a_commit_of_nothing_new_writes_nothing(stores: Stores, keys: list[str]) -> None:
    run = await created(stores)
    run = await stores.runs.commit(run, [make_event(run, "a"), make_event(run, "b")], if_match=run.etag)
    events = [make_event(run, key, note="again") for key in keys]
    assert await stores.runs.commit(run, events, if_match=run.etag) == run
    assert await stores.runs.get(run.id) == run
    assert (await stores.runs.commit(run, [make_event(run, "c")], if_match=run.etag)).seq == 4


async def test_a_changed_document_is_written_beside_an_event_that_is_there(stores: Stores) -> None:
    run = await created(stores)
    run = await stores.runs.commit(run, [make_event(run, "a")], if_match=run.etag)
    changed = await stores.runs.commit(run.model_copy(update={"phase": "compiling"}), [make_event(run, "a")], if_match=run.etag)
    assert (changed.phase, changed.seq, changed.etag != run.etag) == ("compiling", 2, True)
    assert await stores.runs.get(run.id) == changed


async def test_nothing_new_on_an_old_etag_is_refused_all_the_same(stores: Stores) -> None:
    run = await created(stores)
    await stores.runs.commit(run, [make_event(run, "a")], if_match=run.etag)
    with pytest.raises(InputError) as caught:
        await stores.runs.commit(run, [make_event(run, "a")], if_match=run.etag)
    assert caught.value.code == "QLF7002"


async def test_events_are_read_in_slices(stores: Stores) -> None:
    run = await created(stores)
    run = await stores.runs.commit(run, [make_event(run, str(number)) for number in range(9)], if_match=run.etag)
    assert [event.seq for event in await stores.runs.events(run.id, after=3, limit=4)] == [4, 5, 6, 7]
    assert await stores.runs.events(run.id, after=10) == []
    assert len(await stores.runs.events(run.id, after=-1, limit=0)) == 1
    assert await stores.runs.events(run.id, after=2**70) == []


async def test_events_of_an_unknown_run_are_none(stores: Stores) -> None:
    assert await stores.runs.events("run_unknown") == []


async def test_events_carry_their_number_and_nothing_is_lost(stores: Stores) -> None:
    run = await created(stores)
    event = make_event(run, "odd", text="nul \x00 \U0001f984", deep={"list": [1, 2.5, None]})
    await stores.runs.commit(run, [event], if_match=run.etag)
    assert (await stores.runs.events(run.id))[-1] == event.model_copy(update={"seq": 2})


async def test_waiting_ends_at_once_when_the_event_is_there(stores: Stores) -> None:
    run = await created(stores)
    assert await stores.runs.wait(run.id, 0, 30)


async def test_waiting_ends_when_an_event_comes(stores: Stores) -> None:
    run = await created(stores)
    waiting = asyncio.create_task(stores.runs.wait(run.id, run.seq, 30))
    done, _ = await asyncio.wait({waiting}, timeout=0.1)
    assert not done
    await stores.runs.commit(run, [make_event(run, "come")], if_match=run.etag)
    assert await asyncio.wait_for(waiting, 10)


async def test_waiting_gives_up_in_time(stores: Stores) -> None:
    run = await created(stores)
    assert not await asyncio.wait_for(stores.runs.wait(run.id, run.seq, 0.05), 10)
    assert not await asyncio.wait_for(stores.runs.wait("run_unknown", 0, 0), 10)


async def test_events_of_other_runs_do_not_end_the_waiting(stores: Stores) -> None:
    run, other = await created(stores, 0), await created(stores, 1)
    waiting = asyncio.create_task(stores.runs.wait(run.id, run.seq, 0.3))
    await stores.runs.commit(other, [make_event(other, "x")], if_match=other.etag)
    assert not await waiting


async def test_a_cancelled_wait_leaves_nothing_behind(stores: Stores) -> None:
    run = await created(stores)
    waiting = asyncio.create_task(stores.runs.wait(run.id, run.seq, 30))
    await asyncio.wait({waiting}, timeout=0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(asyncio.all_tasks()) == 1


async def test_the_bus_tells_of_committed_events_with_their_numbers(stores: Stores) -> None:
    run = make_run()
    async with stores.bus.subscribe() as heard:
        run, _ = await stores.runs.create(run, make_event(run, "received"), None)
        await stores.runs.commit(run, [make_event(run, "a"), make_event(run, "a")], if_match=run.etag)
        first, second = await asyncio.wait_for(anext(heard), 10), await asyncio.wait_for(anext(heard), 10)
    assert (first.seq, second.seq) == (1, 2)


async def test_the_bus_is_silent_about_what_was_not_committed(stores: Stores) -> None:
    run = await created(stores)
    async with stores.bus.subscribe() as heard:
        with pytest.raises(InputError):
            await stores.runs.commit(run, [make_event(run, "lost")], if_match="no such etag")
        await stores.runs.commit(run, [make_event(run, "kept")], if_match=run.etag)
        assert (await asyncio.wait_for(anext(heard), 10)).id == make_event(run, "kept").id


async def test_every_listener_hears(stores: Stores) -> None:
    event = make_event(make_run(), "x")
    async with stores.bus.subscribe() as one, stores.bus.subscribe() as two:
        await stores.bus.publish(event)
        assert await asyncio.wait_for(anext(one), 10) == await asyncio.wait_for(anext(two), 10) == event
    await stores.bus.publish(event)


async def test_a_listener_that_lags_loses_the_oldest(stores: Stores) -> None:
    run = make_run()
    async with stores.bus.subscribe() as heard:
        for number in range(1500):
            await stores.bus.publish(make_event(run, str(number), number=number))
        first = await asyncio.wait_for(anext(heard), 10)
    assert 0 < first.data["number"] < 1500


async def test_a_listener_hears_other_threads_and_loops(stores: Stores) -> None:
    event = make_event(make_run(), "x")
    async with stores.bus.subscribe() as heard:
        await asyncio.to_thread(lambda: asyncio.run(stores.bus.publish(event)))
        assert await asyncio.wait_for(anext(heard), 10) == event


class RunMachine(RuleBasedStateMachine):
    """Commits in any order, with old and new etags and repeated events, against a model in memory."""

    stores: Stores

    @initialize()
    def begin(self) -> None:
        self.run = asyncio.run(created(self.stores))
        self.ids = [make_event(self.run, "received", "run.received").id]
        self.old: list[str] = []

    @rule(keys=st.lists(st.sampled_from("abcdefgh"), max_size=4))
    def commit(self, keys: list[str]) -> None:
        events = [make_event(self.run, key) for key in keys]
        new = [event.id for event in _unique(events) if event.id not in self.ids]
        self.old += [self.run.etag] if new else []
        self.run = asyncio.run(self.stores.runs.commit(self.run, events, if_match=self.run.etag))
        self.ids += new

    @precondition(lambda self: self.old)
    @rule(data=st.data())
    def commit_late(self, data: st.DataObject) -> None:
        etag = data.draw(st.sampled_from(self.old))
        with pytest.raises(InputError):
            asyncio.run(self.stores.runs.commit(self.run, [make_event(self.run, "late")], if_match=etag))

    @invariant()
    def the_store_tells_the_same(self) -> None:
        assert asyncio.run(self.stores.runs.get(self.run.id)) == self.run
        events = asyncio.run(self.stores.runs.events(self.run.id))
        assert [event.id for event in events] == self.ids
        assert [event.seq for event in events] == list(range(1, len(self.ids) + 1))
        assert self.run.seq == len(self.ids)
        assert self.run.etag not in self.old


def _unique(events: list[Event]) -> list[Event]:
    return list({event.id: event for event in events}.values())


def test_any_order_of_commits_keeps_the_run_and_its_events_in_step(stores: Stores) -> None:
    machine = type("Machine", (RunMachine,), {"stores": stores})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=12, stateful_step_count=12, suppress_health_check=list(HealthCheck)),
    )
