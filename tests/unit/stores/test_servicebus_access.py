"""Who we are to Service Bus: a managed identity over TLS, as in Azure, and nothing of its token in what is said."""

from __future__ import annotations

import base64
import itertools
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest
from azure.identity.aio import ManagedIdentityCredential
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import ServiceBusError
from bus_cases import TOPIC, make_broker, make_event

from shared.model import ConfigError
from shared.settings import Settings
from shared.stores import Replay
from shared.stores.azure.busservice import BusPlace, BusService
from shared.stores.azure.deadletters import ServiceBusDeadLetters
from shared.stores.azure.loop import ClientLoop
from shared.stores.azure.servicebus import ServiceBusPublisher
from shared.wiring import open_bus
from tests.fakes.amqp import AmqpServer, amqp_server
from tests.fakes.identity import FakeIdentity
from tests.fakes.tls import certificate

CLIENT = "11111111-2222-3333-4444-555555555555"
AUDIENCE = "https://servicebus.azure.net"
_NUMBERS = itertools.count(1)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the SDK knows one port for namespaces, and only Linux has many loopback addresses"
)


@pytest.fixture
def host() -> str:
    """An address that no other test has."""
    return f"127.{os.getpid() >> 8 & 127}.{os.getpid() & 255}.{next(_NUMBERS)}"


@pytest.fixture
def namespace(host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AmqpServer]:
    made = certificate(tmp_path, host)
    monkeypatch.setattr(certifi, "where", lambda: str(made.cert))
    with amqp_server(make_broker(), host=host, tls=made) as server:
        server.knows = for_service_bus
        yield server


def for_service_bus(token: str) -> bool:
    """An identity's token for this service that has not ended."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return False
    return claims["aud"].rstrip("/") == AUDIENCE and claims["exp"] > time.time()


@pytest.fixture
def service(host: str, loop: ClientLoop) -> BusService:
    return BusService(BusPlace(TOPIC, namespace=host, client_id=CLIENT, in_azure=True, patience=0.01), loop)


@pytest.fixture
def loop() -> Iterator[ClientLoop]:
    made = ClientLoop("bus")
    yield made
    made.close()


async def test_a_managed_identity_sends(namespace: AmqpServer, identity: FakeIdentity, host: str) -> None:
    publisher, _ = open_bus(Settings(servicebus_namespace=host, azure_client_id=CLIENT, azure_site_name="factory"))
    assert publisher is not None
    events = [make_event(1), make_event(2)]
    await publisher.publish(events[:1])
    await publisher.publish(events[1:])
    assert namespace.broker.accepted == [event.id for event in events]
    assert namespace.tokens == [("jwt", f"sb://{host}/{TOPIC}")], "presented once per link"
    assert {(resource.rstrip("/"), client) for resource, client in identity.asked} == {(AUDIENCE, CLIENT)}


async def test_a_managed_identity_sends_dead_letters_again(
    namespace: AmqpServer, identity: FakeIdentity, service: BusService, loop: ClientLoop
) -> None:
    await ServiceBusPublisher(service, loop).publish([make_event(1)])
    subscription = namespace.broker.subscriptions["audit"]
    subscription.bury(subscription.items[0], "Broken", "by the test")
    told: list[str] = []

    async def before(letter: Replay) -> None:
        told.append(letter.message_id)

    replays = await ServiceBusDeadLetters(service, loop, quiet_seconds=0.5).replay("audit", 10, before)
    assert [replay.run_id for replay in replays] == ["run_a"]
    assert told == [replay.message_id for replay in replays]
    assert len(namespace.broker.ids("audit")) == 1


async def test_a_namespace_that_does_not_know_us_is_a_coded_error(
    namespace: AmqpServer, identity: FakeIdentity, service: BusService, loop: ClientLoop, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    namespace.knows = lambda token: bool(seen.append(token))
    with caplog.at_level(logging.DEBUG), pytest.raises(ConfigError) as caught:
        await ServiceBusPublisher(service, loop).publish([make_event(1)])
    assert caught.value.code == "QLF7051"
    assert seen
    assert seen[0] not in str(caught.value)
    assert seen[0] not in caplog.text
    assert namespace.broker.accepted == []


async def test_an_identity_that_is_not_there_is_a_coded_error(
    namespace: AmqpServer, identity: FakeIdentity, service: BusService, loop: ClientLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "another")
    with pytest.raises(ConfigError) as caught:
        await ServiceBusPublisher(service, loop).publish([make_event(1)])
    assert caught.value.code == "QLF7051"


async def test_what_has_no_session_or_several_in_a_batch_is_refused(namespace: AmqpServer, identity: FakeIdentity, host: str) -> None:
    """The peer is as strict as a topic whose subscribers use sessions."""
    async with (
        ManagedIdentityCredential() as credential,
        ServiceBusClient(host, credential, retry_total=0) as client,
        client.get_topic_sender(TOPIC) as sender,
    ):
        for batch in ([None], ["run_a", "run_b"]):
            with pytest.raises(ServiceBusError):
                await sender.send_messages([ServiceBusMessage("x", message_id=str(name), session_id=name) for name in batch])
    assert namespace.broker.accepted == []
