"""The outbox: every committed event goes out, in the order of its run, whoever dies, and twice only under the same id."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cosmos_world import World, make_capsule, make_event
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.model import ConfigError, Event, Run, digest
from shared.stores import Outbox, Stores
from shared.stores.azure.cosmos.names import item_id
from tests.fakes.cosmos import KEY, Fault

ROOT = Path(__file__).resolve().parents[3]


class Topic:
    """A publisher that keeps what it accepts; `before` and `after` may raise."""

    def __init__(self, before: Callable[[int], None] = lambda _: None, after: Callable[[int], None] = lambda _: None) -> None:
        self.events: list[Event] = []
        self.calls = 0
        self._before, self._after = before, after

    async def publish(self, events: Sequence[Event]) -> None:
        self.calls += 1
        self._before(self.calls)
        self.events += events
        self._after(self.calls)

    @property
    def ids(self) -> list[str]:
        return [event.id for event in self.events]


def outbox(stores: Stores) -> Outbox:
    return stores.outbox


async def drained(stores: Stores, topic: Topic) -> int:
    """Relay until nothing is left."""
    total = 0
    while count := await outbox(stores).relay(topic):
        total += count
    return total


async def committed(world: World, *runs: Run) -> list[Event]:
    return [event for run in runs for event in await world.stores.runs.events(run.id, limit=1000)]


def assert_in_order(events: Sequence[Event]) -> None:
    """The first time each event went out, those of a run did so by their numbers, without a gap."""
    first = list({event.id: event for event in events}.values())
    for run_id in {event.run_id for event in first}:
        numbers = [event.seq for event in first if event.run_id == run_id]
        assert numbers == list(range(1, len(numbers) + 1))


async def test_what_was_committed_goes_out_once_and_whole(cosmos: World) -> None:
    run, topic = await cosmos.run(key="key"), Topic()
    run = await cosmos.stores.runs.commit(run, [make_event(run, "a", text="é\x00"), make_event(run, "b")], if_match=run.etag)
    await cosmos.stores.capsules.put(make_capsule(run_id=run.id))
    assert await drained(cosmos.stores, topic) == 3
    assert topic.events == await committed(cosmos, run)
    assert await outbox(cosmos.stores).relay(topic) == 0
    run = await cosmos.stores.runs.commit(run, [make_event(run, "c")], if_match=run.etag)
    assert await outbox(cosmos.open()).relay(topic) == 1
    assert topic.events == await committed(cosmos, run)


async def test_changes_without_events_are_passed_over(cosmos: World) -> None:
    run, topic = await cosmos.run(), Topic()
    await drained(cosmos.stores, topic)
    await cosmos.stores.runs.commit(run.model_copy(update={"status": "planning"}), [], if_match=run.etag)
    assert await outbox(cosmos.stores).relay(topic) == 0
    assert topic.calls == 1
    place = cosmos.documents("outbox", "leases")
    assert await outbox(cosmos.stores).relay(topic) == 0
    assert cosmos.documents("outbox", "leases") == place


async def test_many_events_go_out_page_by_page(cosmos: World) -> None:
    run, topic = await cosmos.run(), Topic()
    for part in range(5):
        run = await cosmos.stores.runs.commit(run, [make_event(run, f"{part}/{number}") for number in range(60)], if_match=run.etag)
    assert await outbox(cosmos.stores).relay(topic) == 301
    assert topic.calls > 2
    assert_in_order(topic.events)


async def test_an_idle_call_reads_and_never_writes(cosmos: World) -> None:
    await cosmos.run()
    await drained(cosmos.stores, Topic())
    before = len(cosmos.fake.seen)
    await outbox(cosmos.stores).relay(Topic())
    seen = [
        one for one in cosmos.fake.seen[before:] if one.kind != "other"
    ]  # the library asks for the account's addresses by its own clock
    assert {one.method for one in seen} == {"GET"}
    assert len(seen) <= 3


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_publisher_that_fails_is_asked_again(cosmos: World, when: str) -> None:
    run = await cosmos.run()
    for part in range(3):
        run = await cosmos.stores.runs.commit(run, [make_event(run, f"{part}/{number}") for number in range(90)], if_match=run.etag)

    def second_fails(call: int) -> None:
        if call == 2:
            raise ConnectionError("the topic is gone")

    topic = Topic(**{when: second_fails})
    with pytest.raises(ConnectionError):
        await outbox(cosmos.stores).relay(topic)
    await drained(cosmos.stores, topic)
    wanted = [event.id for event in await committed(cosmos, run)]
    assert sorted(set(topic.ids)) == sorted(wanted)
    assert (len(topic.ids) > len(wanted)) == (when == "after")
    assert_in_order(topic.events)


async def test_two_relays_at_once_send_nothing_twice(cosmos: World) -> None:
    runs = [await cosmos.run(number) for number in range(8)]
    topic, other = Topic(), cosmos.open()
    await asyncio.gather(outbox(cosmos.stores).relay(topic), outbox(other).relay(topic))
    await drained(other, topic)
    assert sorted(topic.ids) == sorted(event.id for event in await committed(cosmos, *runs))


async def test_who_lost_the_lease_while_publishing_stops_and_nothing_is_lost(cosmos: World) -> None:
    """The slow relay publishes the second page when its lease has ended and another one has gone through the feed."""
    run, other = await cosmos.run(), cosmos.open()
    for part in range(4):
        run = await cosmos.stores.runs.commit(run, [make_event(run, f"{part}/{number}") for number in range(80)], if_match=run.etag)
    fast = Topic()

    class Slow(Topic):
        async def publish(self, events: Sequence[Event]) -> None:
            await super().publish(events)
            if self.calls == 2:
                cosmos.clock.advance(61)
                await drained(other, fast)

    slow = Slow()
    await outbox(cosmos.stores).relay(slow)
    assert slow.calls == 2
    assert set(slow.ids) | set(fast.ids) == {event.id for event in await committed(cosmos, run)}
    assert len(set(slow.ids) & set(fast.ids)) > 0
    assert await drained(cosmos.stores, fast) == 0


async def test_a_relay_that_died_is_taken_over_when_its_lease_ends(cosmos: World) -> None:
    run, topic = await cosmos.run(), Topic()
    await drained(cosmos.stores, topic)
    (place,) = [one for one in cosmos.documents("outbox", "leases") if "range" in one]
    await cosmos.stores.leases.acquire(item_id("outbox", digest(place["range"])), "dead", 60)
    await cosmos.stores.runs.commit(run, [make_event(run, "a")], if_match=run.etag)
    assert await outbox(cosmos.stores).relay(topic) == 0
    cosmos.clock.advance(60)
    assert await outbox(cosmos.stores).relay(topic) == 1


async def test_events_go_on_through_splits(cosmos: World) -> None:
    runs, topic = [await cosmos.run(number) for number in range(6)], Topic()
    await drained(cosmos.stores, topic)
    for generation in range(3):
        for place, run in enumerate(runs):
            runs[place] = await cosmos.stores.runs.commit(run, [make_event(run, f"before-{generation}")], if_match=run.etag)
        cosmos.fake.split(cosmos.database, "runs")
        for place, run in enumerate(runs):
            runs[place] = await cosmos.stores.runs.commit(run, [make_event(run, f"after-{generation}")], if_match=run.etag)
        await drained(cosmos.stores if generation % 2 else cosmos.open(), topic)
    assert len(cosmos.container().ranges) == 8
    assert sorted(topic.ids) == sorted(event.id for event in await committed(cosmos, *runs))
    assert_in_order(topic.events)


async def test_a_split_before_the_first_place_was_written_down_is_followed(cosmos: World) -> None:
    """The client library writes a place down that it cannot read again when the split comes before the first answer."""
    runs = [await cosmos.run(number) for number in range(6)]

    def fail(_: int) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await outbox(cosmos.stores).relay(Topic(before=fail))
    cosmos.fake.split(cosmos.database, "runs")
    topic = Topic()
    assert await outbox(cosmos.stores).relay(topic) == 6
    assert await outbox(cosmos.stores).relay(topic) == 0
    assert sorted(topic.ids) == sorted(event.id for event in await committed(cosmos, *runs))


async def test_a_container_of_many_partitions_has_a_place_for_each(cosmos: World) -> None:
    runs = [await cosmos.run(number) for number in range(12)]
    cosmos.fake.split(cosmos.database, "runs")
    cosmos.fake.split(cosmos.database, "runs")
    topic = Topic()
    await drained(cosmos.stores, topic)
    assert sorted(topic.ids) == sorted(event.id for event in await committed(cosmos, *runs))
    assert len([one for one in cosmos.documents("outbox", "leases") if "continuation" in one]) > 1


async def test_a_container_that_was_made_anew_is_read_from_its_beginning(cosmos: World) -> None:
    topic = Topic()
    await cosmos.run()
    await drained(cosmos.stores, topic)
    fresh = type(cosmos.container())(cosmos.container().definition, cosmos.fake.clock, cosmos.database)
    cosmos.fake._databases[cosmos.database]["runs"] = fresh
    other = cosmos.open()
    run = (await other.runs.create(made := (await _another(cosmos)), make_event(made, "received"), None))[0]
    topic.events.clear()
    assert await outbox(other).relay(topic) == 0
    await drained(other, topic)
    assert topic.ids == [event.id for event in await other.runs.events(run.id)]


def spoil_places(world: World) -> None:
    """As after an update of the client library, or a restore."""
    container = world.container("leases")
    for place in [item for item in container.live() if item.body.get("continuation")]:
        container.write("Replace", [place.body["id"]], {**place.body, "continuation": "of another library"})


async def test_a_feed_that_is_read_again_sends_nothing_old_twice(cosmos: World, caplog: pytest.LogCaptureFixture) -> None:
    """The topic drops repeats of a day only: what went out before that must not go out again when a place cannot be read any more."""
    cosmos.clock.now = datetime(2026, 1, 2, 16, 2, tzinfo=UTC)
    old = await cosmos.run(0, created_at="2026-01-01T00:00:00.000000Z")
    recent = await cosmos.run(1, created_at="2026-01-02T16:00:00.000000Z")
    topic = Topic()
    await drained(cosmos.stores, topic)
    topic.events.clear()
    later = await cosmos.run(2, created_at="2026-01-02T16:01:00.000000Z")
    spoil_places(cosmos)
    with caplog.at_level(logging.WARNING, "qlf.outbox"):
        assert await outbox(cosmos.open()).relay(topic) == 0
        await drained(cosmos.open(), topic)
    assert sorted(topic.ids) == sorted(event.id for event in await committed(cosmos, recent, later))
    assert not {event.id for event in await committed(cosmos, old)} & set(topic.ids)
    assert caplog.text.count("QLF7030") == 1
    assert await drained(cosmos.open(), topic) == 0, "it goes on from there"


async def test_a_feed_that_is_read_again_after_quiet_days_sends_nothing_twice(cosmos: World) -> None:
    await cosmos.run(0, created_at="2026-01-01T00:00:00.000000Z")
    await cosmos.run(1, created_at="2026-01-01T00:00:01.000000Z")
    await drained(cosmos.stores, Topic())
    cosmos.clock.now = datetime(2026, 1, 6, tzinfo=UTC)
    spoil_places(cosmos)
    new = await cosmos.run(2, created_at="2026-01-06T00:00:00.000000Z")
    topic = Topic()
    for _ in range(3):
        await outbox(cosmos.open()).relay(topic)
    assert topic.ids == [event.id for event in await committed(cosmos, new)]


async def test_a_place_that_cannot_be_read_after_a_split_goes_by_its_parts(cosmos: World, caplog: pytest.LogCaptureFixture) -> None:
    """The client library writes what it cannot read again for a range of several partitions: the outbox must not turn in a circle."""
    for number in range(12):
        await cosmos.run(number, created_at="2026-01-01T00:00:00.000000Z")
    await drained(cosmos.stores, Topic())
    cosmos.fake.split(cosmos.database, "runs")
    cosmos.clock.now = datetime(2026, 1, 6, tzinfo=UTC)
    spoil_places(cosmos)
    new = [await cosmos.run(number, created_at="2026-01-06T00:00:00.000000Z") for number in range(6)]
    topic = Topic()
    with caplog.at_level(logging.WARNING, "qlf.outbox"):
        for _ in range(4):
            await outbox(cosmos.open()).relay(topic)
    assert sorted(topic.ids) == sorted(event.id for event in await committed(cosmos, *new)), "the parts know what the whole had sent"
    assert caplog.text.count("QLF7030") == 1
    assert await outbox(cosmos.open()).relay(topic) == 0


async def _another(world: World) -> Run:
    from cosmos_world import make_run

    return make_run(7)


async def test_an_event_of_a_newer_version_stops_the_feed_and_is_not_skipped(cosmos: World) -> None:
    run, topic = await cosmos.run(), Topic()
    cosmos.change("event", schema=2)
    for _ in range(2):
        with pytest.raises(ConfigError) as caught:
            await outbox(cosmos.stores).relay(topic)
        assert caught.value.code == "QLF7025"
    cosmos.change("event", schema=1)
    assert await outbox(cosmos.stores).relay(topic) == 1
    assert topic.ids == [event.id for event in await committed(cosmos, run)]


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["commit", "relay", "fail-before", "fail-after", "split", "throttle", "drop"]), st.integers(0, 2)),
        max_size=14,
    )
)
def test_in_any_order_of_faults_every_event_goes_out(cosmos: World, steps: list[tuple[str, int]]) -> None:
    async def way() -> None:
        world = World(cosmos.fake, cosmos.blobs, cosmos._place)
        try:
            await _faulty_way(world, steps)
        finally:
            world.close()

    asyncio.run(way())


async def _faulty_way(world: World, steps: list[tuple[str, int]]) -> None:
    runs, topic = [await world.run(number) for number in range(3)], Topic()

    def fail(_: int) -> None:
        raise ConnectionError

    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "relay": lambda: outbox(world.stores).relay(topic),
        "fail-before": lambda: outbox(world.stores).relay(Topic(before=fail)),
        "fail-after": lambda: outbox(world.stores).relay(Topic(after=fail)),
    }
    for number, (step, which) in enumerate(steps):
        if step == "commit":
            run = runs[which]
            runs[which] = await world.stores.runs.commit(
                run, [make_event(run, f"{number}/{n}") for n in range(which + 1)], if_match=run.etag
            )
        elif step == "split" and len(world.container().ranges) < 4:
            world.fake.split(world.database, "runs")
        elif step == "throttle":
            world.fake.fail(Fault(path="/docs", status=429, times=which, retry_after_ms=1))
        elif step == "drop":
            world.fake.fail(Fault(path="/docs", drop="after", times=min(which, 1)))
        elif step in acts:
            try:
                await acts[step]()
            except ConnectionError:
                continue
    world.fake.faults.clear()
    world.clock.advance(61)
    await drained(world.stores, topic)
    assert set(topic.ids) == {event.id for event in await committed(world, *runs)}
    assert_in_order(topic.events)


KILLED = """
import asyncio, json, os, signal, sys
from pathlib import Path
from shared.stores.azure.blobleases import BlobLeaseStore
from shared.stores.azure.blobservice import BlobPlace, BlobService
from shared.stores.azure.cosmos import make_client, open_cosmos
from shared.stores.azure.loop import ClientLoop
endpoint, key, database, sent, kill_at, when, blobs = sys.argv[1:8]
loop = ClientLoop("leases")
leases = BlobLeaseStore(BlobService(BlobPlace("artifacts", connection_string=blobs), loop, None), loop)
stores = open_cosmos(lambda: make_client(endpoint, key), database, None, leases, None)
class Topic:
    calls = 0
    async def publish(self, events):
        self.calls += 1
        if when == "before" and self.calls == int(kill_at):
            os.kill(os.getpid(), signal.SIGKILL)
        with open(sent, "a") as out:
            out.writelines(json.dumps(event.to_json()) + "\\n" for event in events)
            out.flush()
            os.fsync(out.fileno())
        if when == "after" and self.calls == int(kill_at):
            os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(stores.outbox.relay(Topic()))
"""


@pytest.mark.parametrize(("kill_at", "when"), [(1, "before"), (2, "after")])
async def test_a_process_killed_between_commit_and_publish_or_after_it_loses_no_event(
    cosmos: World, tmp_path: Path, kill_at: int, when: str
) -> None:
    runs, sent = [await cosmos.run(number) for number in range(3)], tmp_path / "sent.ndjson"
    for part in range(4):
        for place, run in enumerate(runs):
            runs[place] = await cosmos.stores.runs.commit(run, [make_event(run, f"{part}/{n}") for n in range(20)], if_match=run.etag)
    arguments = [cosmos.fake.endpoint, KEY, cosmos.database, str(sent), str(kill_at), when, cosmos.blobs.connection_string]
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, *arguments], env={"PYTHONPATH": str(ROOT), "PATH": ""}, timeout=60, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    before = [Event.model_validate(json.loads(line)) for line in sent.read_text().splitlines()] if sent.exists() else []
    topic = Topic()
    assert await outbox(cosmos.stores).relay(topic) == 0, "the dead process holds the lease"
    cosmos.clock.advance(61)
    await drained(cosmos.stores, topic)
    wanted = {event.id: event for event in await committed(cosmos, *runs)}
    assert {event.id for event in before + topic.events} == wanted.keys()
    assert all(event == wanted[event.id] for event in before + topic.events), "what goes out twice is the same event under the same id"
    assert_in_order(before + topic.events)
    repeated = {event.id for event in before} & set(topic.ids)
    assert bool(repeated) == (when == "after")
