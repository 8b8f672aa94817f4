"""Events on their way to the topic, with the real SDK over AMQP: form, order, size, and what happens when the other side fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient
from bus_cases import TOPIC, make_broker, make_event, make_service

from shared.model import ConfigError, Event, InternalError, QlfError
from shared.stores.azure.loop import ClientLoop
from shared.stores.azure.servicebus import CONTENT_TYPE, ServiceBusPublisher
from tests.fakes.amqp import AmqpServer, Fault, amqp_server


@pytest.fixture
def server() -> Iterator[AmqpServer]:
    with amqp_server(make_broker()) as made:
        yield made


@pytest.fixture
def loop() -> Iterator[ClientLoop]:
    made = ClientLoop("bus")
    yield made
    made.close()


@pytest.fixture
def publisher(server: AmqpServer, loop: ClientLoop) -> ServiceBusPublisher:
    return ServiceBusPublisher(make_service(server, loop), loop)


async def told(publisher: ServiceBusPublisher, events: list[Event]) -> QlfError:
    with pytest.raises(QlfError) as caught:
        await publisher.publish(events)
    return caught.value


async def heard(server: AmqpServer, subscription: str, count: int, session: str | None = None) -> list[ServiceBusReceivedMessage]:
    """What a subscriber gets, each message completed."""
    async with ServiceBusClient.from_connection_string(server.connection_string) as client:
        named = {"session_id": session} if session else {}
        async with client.get_subscription_receiver(TOPIC, subscription, **named) as receiver:
            found: list[ServiceBusReceivedMessage] = []
            while len(found) < count:
                got = await receiver.receive_messages(count, max_wait_time=10)
                assert got, f"{len(found)} of {count} messages came"
                for message in got:
                    await receiver.complete_message(message)
                found += got
            return found


async def test_a_message_says_what_a_filter_needs_and_carries_the_event(server: AmqpServer, publisher: ServiceBusPublisher) -> None:
    event = make_event(7, "run_a", "run.completed", note="é\x00")
    await publisher.publish([event])
    [message] = await heard(server, "notify", 1)
    assert (message.message_id, message.session_id, message.subject) == (event.id, "run_a", "run.completed")
    assert (message.content_type, message.correlation_id) == (CONTENT_TYPE, "run_a")
    properties = {name.decode(): value for name, value in (message.application_properties or {}).items()}
    assert {name: value.decode() if isinstance(value, bytes) else value for name, value in properties.items()} == {
        "type": "run.completed", "project_id": "default", "run_id": "run_a", "seq": 7,
    }  # fmt: skip
    assert Event.model_validate_json(b"".join(message.body)) == event
    assert json.loads(b"".join(message.body))["specversion"] == "1.0"


async def test_subscriptions_get_what_their_rule_lets_in(server: AmqpServer, publisher: ServiceBusPublisher) -> None:
    await publisher.publish([make_event(1), make_event(2, kind="run.failed")])
    assert len(server.broker.ids("audit")) == 2
    assert server.broker.ids("notify") == [make_event(2, kind="run.failed").id]


async def test_each_run_is_heard_in_its_order(server: AmqpServer, publisher: ServiceBusPublisher) -> None:
    mixed = [make_event(number, f"run_{number % 3}") for number in range(1, 31)]
    await publisher.publish(mixed)
    for run in ("run_0", "run_1", "run_2"):
        got = await heard(server, "projection", 10, run)
        assert [json.loads(b"".join(message.body))["seq"] for message in got] == [event.seq for event in mixed if event.run_id == run]


async def test_a_batch_is_of_one_run(server: AmqpServer, publisher: ServiceBusPublisher) -> None:
    await publisher.publish([make_event(number, f"run_{number % 2}") for number in range(6)])
    assert [len(batch) for batch in server.batches] == [3, 3]


async def test_many_events_go_in_as_few_batches_as_the_topic_takes(server: AmqpServer, publisher: ServiceBusPublisher) -> None:
    events = [make_event(number, text="x" * 2000) for number in range(1, 301)]
    await publisher.publish(events)
    assert server.broker.accepted == [event.id for event in events]
    assert 3 <= len(server.batches) <= 5


async def test_an_event_that_no_message_can_hold_goes_by_reference(server: AmqpServer, publisher: ServiceBusPublisher) -> None:
    events = [make_event(1), make_event(2, text="x" * 300_000), make_event(3)]
    await publisher.publish(events)
    bodies = [json.loads(b"".join(message.body)) for message in await heard(server, "audit", 3)]
    assert [body["id"] for body in bodies] == [event.id for event in events]
    assert (bodies[1]["data"], bodies[1]["dataref"]) == ({}, "/api/v1/runs/run_a/events?after=1&limit=1")
    assert "dataref" not in bodies[0]


async def test_nothing_to_send_opens_no_connection(server: AmqpServer, publisher: ServiceBusPublisher) -> None:
    await publisher.publish([])
    assert server.connections == 0


async def test_the_link_is_kept_for_the_next_events(server: AmqpServer, publisher: ServiceBusPublisher) -> None:
    for number in range(5):
        await publisher.publish([make_event(number)])
    assert (server.connections, server.transfers) == (1, 5)
    assert {audience for _, audience in server.tokens} == {f"sb://127.0.0.1:{server.port}/{TOPIC}"}


async def test_publishers_of_many_loops_take_turns(server: AmqpServer, publisher: ServiceBusPublisher) -> None:
    def work(number: int) -> None:
        asyncio.run(publisher.publish([make_event(part, f"run_{number}") for part in range(5)]))

    await asyncio.gather(*(asyncio.to_thread(work, number) for number in range(4)))
    assert len(set(server.broker.accepted)) == 20
    assert server.connections == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("reject"),
        Fault("reject", "amqp:internal-error"),
        Fault("detach", "amqp:link:detach-forced"),
        Fault("drop"),
        Fault("lose"),
        Fault("half"),
    ],
    ids=lambda fault: f"{fault.kind} {fault.condition}" if fault.kind in ("reject", "detach") else fault.kind,
)  # fmt: skip
async def test_passing_faults_cost_no_event_and_double_none(server: AmqpServer, publisher: ServiceBusPublisher, fault: Fault) -> None:
    events = [make_event(number) for number in range(1, 11)]
    server.faults.append(fault)
    await publisher.publish(events)
    await publisher.publish([make_event(11)])
    assert server.broker.accepted == [event.id for event in [*events, make_event(11)]]
    assert server.broker.ids("audit") == server.broker.accepted


async def test_a_lost_answer_is_noticed_by_the_ids_of_the_repeat(server: AmqpServer, publisher: ServiceBusPublisher) -> None:
    server.faults.append(Fault("lose"))
    await publisher.publish([make_event(1), make_event(2)])
    assert server.broker.repeated == [make_event(1).id, make_event(2).id]


async def test_lasting_faults_end_as_one_that_may_be_tried_again(server: AmqpServer, publisher: ServiceBusPublisher) -> None:
    server.faults.extend([Fault("drop"), Fault("reject"), Fault("drop"), Fault("reject")])
    error = await told(publisher, [make_event(1)])
    assert (error.code, type(error), error.retryable) == ("QLF7050", InternalError, True)
    assert server.transfers == 4
    await publisher.publish([make_event(1)])
    assert server.broker.accepted == [make_event(1).id]


async def test_a_peer_that_never_answers_is_left_in_time(server: AmqpServer, loop: ClientLoop) -> None:
    publisher = ServiceBusPublisher(make_service(server, loop, answer_seconds=2.5), loop)
    server.faults.append(Fault("silence"))
    error = await told(publisher, [make_event(1)])
    assert error.code == "QLF7050"
    server.faults.clear()
    await publisher.publish([make_event(1)])
    assert server.broker.accepted == [make_event(1).id]


async def test_a_refusal_is_told_as_one(server: AmqpServer, publisher: ServiceBusPublisher) -> None:
    server.token_status = 401
    error = await told(publisher, [make_event(1)])
    assert (error.code, type(error)) == ("QLF7051", ConfigError)
    server.token_status = 202
    await publisher.publish([make_event(1)])


async def test_a_link_that_is_refused_again_and_again_is_left(server: AmqpServer, publisher: ServiceBusPublisher) -> None:
    server.refusal = "com.microsoft:entity-disabled"
    assert (await told(publisher, [make_event(1)])).code in ("QLF7050", "QLF7051")  # the SDK may see the broken link before its reason
    server.refusal = ""
    await publisher.publish([make_event(1)])
    assert server.broker.accepted == [make_event(1).id]


async def test_a_topic_that_is_not_there_is_told(server: AmqpServer, loop: ClientLoop) -> None:
    publisher = ServiceBusPublisher(make_service(server, loop, topic="elsewhere"), loop)
    assert (await told(publisher, [make_event(1)])).code == "QLF7051"


async def test_nobody_at_the_address_is_told(server: AmqpServer, loop: ClientLoop) -> None:
    port, server.port = server.port, 1
    publisher = ServiceBusPublisher(make_service(server, loop), loop)
    server.port = port
    assert (await told(publisher, [make_event(1)])).code == "QLF7050"


async def test_a_cancelled_send_does_not_spoil_the_next(server: AmqpServer, publisher: ServiceBusPublisher) -> None:
    server.faults.append(Fault("silence"))
    sending = asyncio.create_task(publisher.publish([make_event(1)]))
    assert await asyncio.to_thread(server.wait_for_transfers, 1)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await publisher.publish([make_event(1), make_event(2)])
    assert server.broker.accepted == [make_event(1).id, make_event(2).id]
