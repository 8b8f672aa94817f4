"""Dead letters sent once more, over AMQP: to whom, under which id, and what a death in between costs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from azure.servicebus.aio import ServiceBusClient
from bus_cases import TOPIC, make_broker, make_event, make_service

from shared.model import Event, InputError, InternalError, QlfError
from shared.stores import Replay
from shared.stores.azure.deadletters import ServiceBusDeadLetters
from shared.stores.azure.loop import ClientLoop
from shared.stores.azure.servicebus import ServiceBusPublisher
from tests.fakes.amqp import AmqpServer, Fault, amqp_server


@pytest.fixture
def server() -> Iterator[AmqpServer]:
    with amqp_server(make_broker()) as made:
        yield made


@pytest.fixture
def loop() -> Iterator[ClientLoop]:
    made = ClientLoop("replay")
    yield made
    made.close()


@pytest.fixture
def letters(server: AmqpServer, loop: ClientLoop) -> ServiceBusDeadLetters:
    return ServiceBusDeadLetters(make_service(server, loop), loop, quiet_seconds=0.5)


async def nothing(_: Replay) -> None:
    """Hears of each letter, and lets it go."""


async def given_up(server: AmqpServer, loop: ClientLoop, count: int, subscription: str = "audit") -> list[Event]:
    """Events that a subscriber dead-lettered; all that the other subscribers held is gone."""
    events = [make_event(number) for number in range(1, count + 1)]
    await ServiceBusPublisher(make_service(server, loop), loop).publish(events)
    async with (
        ServiceBusClient.from_connection_string(server.connection_string) as client,
        client.get_subscription_receiver(TOPIC, subscription) as receiver,
    ):
        left = count
        while left:
            got = await receiver.receive_messages(left, max_wait_time=10)
            for message in got:
                await receiver.dead_letter_message(message, reason="Broken", error_description="cannot read it")
            left -= len(got)
    for other in server.broker.subscriptions.values():
        other.items.clear()
    return events


async def test_a_replay_reaches_the_one_subscriber_with_the_same_event(
    server: AmqpServer, loop: ClientLoop, letters: ServiceBusDeadLetters
) -> None:
    [event] = await given_up(server, loop, 1)
    [replay] = await letters.replay("audit", 10, nothing)
    assert (replay.message_id, replay.run_id, replay.subject, replay.attempt) == (f"{event.id}/replay-1", "run_a", event.type, 1)
    assert (replay.reason, replay.description) == ("Broken", "cannot read it")
    assert {name: server.broker.ids(name) for name in server.broker.subscriptions} == {
        "projection": [], "notify": [], "audit": [f"{event.id}/replay-1"],
    }  # fmt: skip
    assert server.broker.dead_ids("audit") == []
    [stored] = server.broker.subscriptions["audit"].items
    assert Event.model_validate_json(bytes(stored.message.body)) == event
    assert stored.message.group_id == "run_a"
    assert stored.message.properties == {
        "type": event.type, "project_id": "default", "run_id": "run_a", "seq": 1, "replay_for": "audit",
    }  # fmt: skip


async def test_what_is_given_up_again_can_be_replayed_again(server: AmqpServer, loop: ClientLoop, letters: ServiceBusDeadLetters) -> None:
    [event] = await given_up(server, loop, 1)
    await letters.replay("audit", 10, nothing)
    audit = server.broker.subscriptions["audit"]
    audit.bury(audit.items[0], "Broken", "still")
    [replay] = await letters.replay("audit", 10, nothing)
    assert (replay.message_id, replay.attempt, replay.description) == (f"{event.id}/replay-2", 2, "still")


async def test_the_oldest_come_first_and_the_limit_holds(server: AmqpServer, loop: ClientLoop, letters: ServiceBusDeadLetters) -> None:
    events = await given_up(server, loop, 5)
    assert [replay.message_id for replay in await letters.replay("audit", 2, nothing)] == [f"{event.id}/replay-1" for event in events[:2]]
    assert server.broker.dead_ids("audit") == [event.id for event in events[2:]]
    assert len(await letters.replay("audit", 1000, nothing)) == 3


async def test_a_limit_below_one_is_one(server: AmqpServer, loop: ClientLoop, letters: ServiceBusDeadLetters) -> None:
    await given_up(server, loop, 2)
    assert len(await letters.replay("audit", -5, nothing)) == 1


async def test_without_dead_letters_nothing_is_sent(server: AmqpServer, letters: ServiceBusDeadLetters) -> None:
    assert await letters.replay("audit", 10, nothing) == []
    assert server.transfers == 0


async def test_dead_letters_of_a_subscription_with_sessions_come_without_one(
    server: AmqpServer, loop: ClientLoop, letters: ServiceBusDeadLetters
) -> None:
    await ServiceBusPublisher(make_service(server, loop), loop).publish([make_event(1)])
    projection = server.broker.subscriptions["projection"]
    projection.bury(projection.items[0], "Broken", "")
    [replay] = await letters.replay("projection", 10, nothing)
    assert server.broker.ids("projection") == [replay.message_id]
    assert projection.items[0].session == "run_a"


async def test_an_unknown_subscription_is_an_input_error(letters: ServiceBusDeadLetters) -> None:
    with pytest.raises(InputError) as caught:
        await letters.replay("nobody", 1, nothing)
    assert caught.value.code == "QLF7052"


async def test_a_death_between_sending_and_ticking_off_sends_nothing_twice(
    server: AmqpServer, loop: ClientLoop, letters: ServiceBusDeadLetters
) -> None:
    [event] = await given_up(server, loop, 1)
    sent = server.transfers
    server.faults.append(Fault("silence"))
    replaying = asyncio.create_task(letters.replay("audit", 1, nothing))
    assert await asyncio.to_thread(server.wait_for_transfers, sent + 1)
    replaying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await replaying
    assert server.broker.dead_ids("audit") == [event.id]
    server.faults.append(Fault("lose"))  # the repeat is kept, and its answer lost
    server.broker.expire_locks()
    await letters.replay("audit", 1, nothing)
    assert server.broker.ids("audit") == [f"{event.id}/replay-1"]
    assert server.broker.dead_ids("audit") == []


async def test_a_topic_that_takes_nothing_keeps_the_dead_letters(
    server: AmqpServer, loop: ClientLoop, letters: ServiceBusDeadLetters
) -> None:
    events = await given_up(server, loop, 2)
    server.faults.extend([Fault("reject")] * 4)
    with pytest.raises(QlfError) as caught:
        await letters.replay("audit", 10, nothing)
    assert (caught.value.code, type(caught.value)) == ("QLF7050", InternalError)
    assert server.broker.dead_ids("audit") == [event.id for event in events]


async def test_each_letter_is_told_of_before_it_is_sent(server: AmqpServer, loop: ClientLoop, letters: ServiceBusDeadLetters) -> None:
    events = await given_up(server, loop, 3)
    told: list[tuple[str, list[str]]] = []

    async def before(letter: Replay) -> None:
        told.append((letter.message_id, server.broker.ids("audit")))

    replays = await letters.replay("audit", 10, before)
    names = [f"{event.id}/replay-1" for event in events]
    assert told == [(name, names[:number]) for number, name in enumerate(names)]
    assert [replay.message_id for replay in replays] == names


async def test_a_letter_that_cannot_be_told_of_stays(server: AmqpServer, loop: ClientLoop, letters: ServiceBusDeadLetters) -> None:
    events = await given_up(server, loop, 3)
    names = [f"{event.id}/replay-1" for event in events]

    async def before(letter: Replay) -> None:
        if letter.message_id == names[1]:
            raise InternalError("QLF7020")

    with pytest.raises(InternalError) as caught:
        await letters.replay("audit", 10, before)
    assert caught.value.code == "QLF7020"
    assert server.broker.ids("audit") == names[:1]
    assert server.broker.dead_ids("audit") == [event.id for event in events[1:]]
