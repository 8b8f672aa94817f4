"""The outbox of every adapter: what was committed goes out, in the order of its run, whoever dies; and what the topic makes of repeats."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from store_cases import Hand, created, make_event

from shared.model import Event, Run
from shared.stores import Stores
from tests.fakes.amqp import Broker, Fault, Subscription, amqp_server

ROOT = Path(__file__).resolve().parents[3]


class Topic:
    """A publisher that keeps what it accepts; `before` and `after` are awaited around that."""

    def __init__(self, before: Callable[[], Awaitable[None]] | None = None, after: Callable[[], Awaitable[None]] | None = None) -> None:
        self.events: list[Event] = []
        self.calls = 0
        self._before, self._after = before, after

    async def publish(self, events: Sequence[Event]) -> None:
        self.calls += 1
        if self._before:
            await self._before()
        self.events += events
        if self._after:
            await self._after()

    def ids(self, run: Run) -> list[str]:
        return [event.id for event in self.events if event.run_id == run.id]


async def grown(stores: Stores, number: int, count: int, **data: object) -> Run:
    """A run with its first event and `count` more."""
    run = await created(stores, number)
    for first in range(0, count, 50):
        events = [make_event(run, f"e{part}", **data) for part in range(first, min(first + 50, count))]
        run = await stores.runs.commit(run, events, if_match=run.etag)
    return run


async def drain(stores: Stores, topic: Topic) -> int:
    total = 0
    while count := await stores.outbox.relay(topic):
        total += count
    return total


async def ids(stores: Stores, run: Run) -> list[str]:
    return [event.id for event in await stores.runs.events(run.id, limit=1000)]


async def test_nothing_committed_is_nothing_to_hand_over(stores: Stores) -> None:
    topic = Topic()
    assert await stores.outbox.relay(topic) == 0
    assert topic.calls == 0


async def test_events_go_out_once_whole_and_in_the_order_of_their_run(stores: Stores) -> None:
    one, two = await grown(stores, 0, 130, note="é\x00"), await grown(stores, 1, 3)
    topic = Topic()
    assert await drain(stores, topic) == 131 + 4
    assert topic.ids(one) == await ids(stores, one)
    assert topic.ids(two) == await ids(stores, two)
    assert [event for event in topic.events if event.run_id == two.id] == await stores.runs.events(two.id)
    assert await stores.outbox.relay(topic) == 0


async def test_what_comes_later_goes_out_later(stores: Stores) -> None:
    run, topic = await created(stores), Topic()
    await drain(stores, topic)
    await stores.runs.commit(run, [make_event(run, "later")], if_match=run.etag)
    assert await drain(stores, topic) == 1
    assert topic.ids(run) == await ids(stores, run)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_publisher_that_fails_gets_the_same_events_again(stores: Stores, when: str) -> None:
    async def fail() -> None:
        raise OSError("the topic is away")

    run = await grown(stores, 0, 5)
    failing, topic = Topic(**{when: fail}), Topic()
    with pytest.raises(OSError, match="the topic is away"):
        await stores.outbox.relay(failing)
    assert await drain(stores, topic) == 6
    assert topic.ids(run) == await ids(stores, run)


async def test_one_relay_at_a_time(stores: Stores) -> None:
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        inside.set()
        await go_on.wait()

    run = await grown(stores, 0, 3)
    first, second = Topic(before=wait), Topic()
    relaying = asyncio.create_task(stores.outbox.relay(first))
    await inside.wait()
    assert await stores.outbox.relay(second) == 0
    go_on.set()
    assert await relaying == 4
    assert (first.ids(run), second.events) == (await ids(stores, run), [])


async def test_a_relay_that_lost_its_lease_ends_and_nothing_is_lost(stores: Stores, clock: Hand) -> None:
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        inside.set()
        await go_on.wait()

    run = await grown(stores, 0, 3)
    slow, fast = Topic(after=wait), Topic()
    relaying = asyncio.create_task(stores.outbox.relay(slow))
    await inside.wait()
    clock.advance(61)
    assert await drain(stores, fast) == 4
    go_on.set()
    await relaying
    assert fast.ids(run) == slow.ids(run) == await ids(stores, run)
    assert await stores.outbox.relay(Topic()) == 0


RELAY = """
import asyncio, sys
from pathlib import Path
from store_cases import ADAPTERS
from shared.stores.azure.busservice import BusPlace, BusService
from shared.stores.azure.loop import ClientLoop
from shared.stores.azure.servicebus import ServiceBusPublisher
adapter, place, address, now = sys.argv[1:5]
stores, loop = ADAPTERS[adapter](Path(place), lambda: now), ClientLoop("relay")
publisher = ServiceBusPublisher(BusService(BusPlace("factory-events", connection_string=address, patience=0.01), loop), loop)
while asyncio.run(stores.outbox.relay(publisher)):
    pass
"""


def relay(adapter: str, place: Path, address: str, clock: Hand) -> subprocess.Popen[bytes]:
    """A process that relays to the topic until nothing is left; its clock is that of the test."""
    command = [sys.executable, "-c", RELAY, adapter, str(place), address, clock()]
    return subprocess.Popen(command, env={"PYTHONPATH": f"{Path(__file__).parent}:{ROOT}", "PATH": ""})


async def test_relays_killed_in_mid_batch_lose_no_event_and_the_topic_sees_none_twice(
    stores: Stores, adapter: str, place: Path, clock: Hand
) -> None:
    """Each process dies while a batch is under way: nothing of it kept, all of it kept and the answer withheld, or a half of it."""
    one, two = await grown(stores, 0, 120, text="x" * 2000), await grown(stores, 1, 60, text="x" * 2000)
    broker = Broker("factory-events", Subscription(name="audit"), Subscription(name="projection", sessions=True))
    with amqp_server(broker) as server:
        for kind in ("silence", "mute", "half"):
            server.faults.append(Fault(kind))
            arrived = server.transfers
            process = relay(adapter, place, server.connection_string, clock)
            assert await asyncio.to_thread(server.wait_for_transfers, arrived + 1, 120)
            process.kill()
            assert await asyncio.to_thread(process.wait, 60) == -9
            server.faults.clear()
            clock.advance(61)
        last = relay(adapter, place, server.connection_string, clock)
        assert await asyncio.to_thread(last.wait, 120) == 0
    committed = {run.id: await ids(stores, run) for run in (one, two)}
    for name in ("audit", "projection"):
        for run_id, expected in committed.items():
            assert [item.message.id for item in broker.subscriptions[name].items if item.session == run_id] == expected
    assert len(broker.accepted) == sum(map(len, committed.values()))
    assert broker.repeated, "a death after a batch was kept must have sent it again"
