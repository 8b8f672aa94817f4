"""Replaying dead letters over HTTP."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator

import httpx2
import pytest
from api_cases import Door, WithHost, problem_of
from proton import Message

from api import create_api
from shared.model import Event, InputError, InternalError, Run, new_id
from shared.stores import BeforeReplay, DeadLetters, Replay
from shared.stores.azure.busservice import BusPlace, BusService
from shared.stores.azure.deadletters import ServiceBusDeadLetters
from shared.stores.azure.loop import ClientLoop
from shared.stores.azure.servicebus import ServiceBusPublisher
from tests.fakes.amqp import AmqpServer, Broker, Fault, Subscription, amqp_server

PATH = "/dead-letters/audit/actions/replay"


class Letters:
    """Dead letters of one subscription, `audit`."""

    def __init__(self, *letters: Replay) -> None:
        self.letters = list(letters)
        self.asked: list[tuple[str, int]] = []

    async def replay(self, subscription: str, limit: int, before: BeforeReplay) -> list[Replay]:
        self.asked.append((subscription, limit))
        if subscription != "audit":
            raise InputError("QLF7052", f"no subscription {subscription!a}")
        sent, self.letters = self.letters[:limit], self.letters[limit:]
        for one in sent:
            await before(one)
        return sent


def letter(run_id: str, number: int) -> Replay:
    made = f"evt_{number}/replay-1"
    return Replay(message_id=made, subject="run.completed", run_id=run_id, attempt=1, reason="Broken", description="cannot read it")


def with_letters(door: Door, letters: DeadLetters) -> Door:
    services = dataclasses.replace(door.services, dead_letters=letters)
    app = WithHost(create_api(services), door.host)
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1/api/v1", headers=door.http.headers)
    return dataclasses.replace(door, services=services, app=app, http=http)


async def test_what_was_sent_is_listed_and_written_into_its_runs_with_the_actor(door: Door) -> None:
    run, unknown = await door.run(), new_id("run")
    letters = Letters(letter(run.id, 1), letter(unknown, 2), letter(run.id, 3))
    answer = await with_letters(door, letters).http.post(PATH, json={"limit": 50})
    assert answer.status_code == 200
    assert [item["message_id"] for item in answer.json()["items"]] == ["evt_1/replay-1", "evt_2/replay-1", "evt_3/replay-1"]
    assert (answer.json()["items"][0]["reason"], letters.asked) == ("Broken", [("audit", 50)])
    told = await replays_of(door, run)
    assert [(event.type, event.data["subscription"], event.data["message_id"]) for event in told] == [
        ("command.accepted", "audit", "evt_1/replay-1"),
        ("command.accepted", "audit", "evt_3/replay-1"),
    ]
    assert all(event.data["actor"] == {"id": "local", "kind": "local"} for event in told)


async def replays_of(door: Door, run: Run) -> list[Event]:
    return [event for event in await door.stores.runs.events(run.id) if event.data.get("command") == "replay"]


@pytest.mark.parametrize(
    ("run_id", "told"), [("run_gone", "'run_gone'"), ("", "''"), ("a\nPOST x: 200 for user b", "'a\\nPOST x: 200 for user b'")]
)
async def test_a_letter_of_no_run_that_is_known_is_in_the_audit_log(
    door: Door, caplog: pytest.LogCaptureFixture, run_id: str, told: str
) -> None:
    caplog.set_level(logging.INFO)
    assert (await with_letters(door, Letters(letter(run_id, 1))).http.post(PATH, json={})).status_code == 200
    lines = [record.getMessage() for record in caplog.records if record.name == "qlf.audit"]
    assert lines == [
        f"replay for local local subscription:'audit' message_id:'evt_1/replay-1' run_id:{told}",
        "POST /api/v1/dead-letters/{subscription}/actions/replay: 200 for local local ",
    ]


@pytest.fixture
def topic() -> Iterator[AmqpServer]:
    """A topic that takes one replay and then is too busy for any other."""

    def after_one(message: Message) -> bool:
        if "/replay-" in str(message.id):
            server.faults.extend([Fault("reject")] * 10)
        return True

    with amqp_server(Broker("factory-events", Subscription(name="audit", rule=after_one))) as server:
        yield server


async def test_where_the_topic_refuses_in_the_middle_each_letter_was_written_down_before_it_was_tried(
    door: Door, topic: AmqpServer
) -> None:
    run, loop = await door.run(), ClientLoop("letters")
    service = BusService(BusPlace("factory-events", connection_string=topic.connection_string, patience=0.01, answer_seconds=10.0), loop)
    events = [(await door.stores.runs.events(run.id))[0].model_copy(update={"id": f"evt_{number}"}) for number in range(3)]
    await ServiceBusPublisher(service, loop).publish(events)
    audit = topic.broker.subscriptions["audit"]
    for item in list(audit.items):
        audit.bury(item, "Broken", "")
    letters = ServiceBusDeadLetters(service, loop, quiet_seconds=0.5)
    problem_of(await with_letters(door, letters).http.post(PATH, json={}), 503, "QLF7050")
    loop.close()
    assert topic.broker.ids("audit") == ["evt_0/replay-1"]
    assert [event.data["message_id"] for event in await replays_of(door, run)] == ["evt_0/replay-1", "evt_1/replay-1"]


async def test_a_letter_that_cannot_be_written_down_is_not_sent(door: Door) -> None:
    run, sent = await door.run(), []

    class Watched(Letters):
        async def replay(self, subscription: str, limit: int, before: BeforeReplay) -> list[Replay]:
            sent.extend(await super().replay(subscription, limit, before))
            return sent

    async def down(*_: object, **__: object) -> Run:
        raise InternalError("QLF7020")

    door.stores.runs.commit = down  # type: ignore[method-assign]  # the store is away for a moment
    problem_of(await with_letters(door, Watched(letter(run.id, 1))).http.post(PATH, json={}), 503, "QLF7020")
    assert sent == []


async def test_a_whole_number_may_be_written_as_a_fraction(door: Door) -> None:
    letters = Letters()
    await with_letters(door, letters).http.post(PATH, json={"limit": 48.0})
    assert letters.asked == [("audit", 48)]


async def test_a_body_may_be_empty_and_then_means_a_hundred(door: Door) -> None:
    letters = Letters()
    assert (await with_letters(door, letters).http.post(PATH, json={})).json() == {"items": []}
    assert letters.asked == [("audit", 100)]


@pytest.mark.parametrize("body", [{"limit": 0}, {"limit": 101}, {"limit": "5"}, {"limt": 5}, []])
async def test_other_orders_are_refused_and_nothing_is_sent(door: Door, body: object) -> None:
    letters = Letters()
    problem_of(await with_letters(door, letters).http.post(PATH, json=body), 422, "QLF7103")
    assert letters.asked == []


async def test_an_unknown_subscription_is_not_there(door: Door) -> None:
    problem_of(await with_letters(door, Letters()).http.post(PATH.replace("audit", "nobody"), json={}), 404, "QLF7052")


async def test_where_no_events_are_sent_there_is_nothing_to_replay(door: Door) -> None:
    problem_of(await door.http.post(PATH, json={}), 409, "QLF7053")
