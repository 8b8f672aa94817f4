"""A topic with three subscribers, as an installation has it, and an adapter with little patience."""

from __future__ import annotations

from proton import Message

from shared.model import Event, EventType, event_id
from shared.stores.azure.busservice import BusPlace, BusService
from shared.stores.azure.loop import ClientLoop
from tests.fakes.amqp import AmqpServer, Broker, Subscription

TOPIC = "factory-events"
PEOPLE = ("run.completed", "run.failed", "approval.requested")


def meant_for(name: str, message: Message) -> bool:
    """The rule of every subscription: `replay_for IS NULL OR replay_for = '<name>'`."""
    return (message.properties or {}).get("replay_for", name) == name


def make_broker() -> Broker:
    return Broker(
        TOPIC,
        Subscription(name="projection", sessions=True, rule=lambda message: meant_for("projection", message)),
        Subscription(name="notify", rule=lambda message: meant_for("notify", message) and message.subject in PEOPLE),
        Subscription(name="audit", rule=lambda message: meant_for("audit", message)),
    )


def make_service(server: AmqpServer, loop: ClientLoop, *, answer_seconds: float = 10.0, topic: str = TOPIC) -> BusService:
    place = BusPlace(topic, connection_string=server.connection_string, patience=0.01, answer_seconds=answer_seconds)
    return BusService(place, loop)


def make_event(number: int, run: str = "run_a", kind: EventType = "run.phase_changed", **data: object) -> Event:
    return Event(
        id=event_id(run, kind, str(number)), type=kind, subject=run, time="2026-01-01T00:00:00.000000Z", seq=number,
        project_id="default", run_id=run, correlation_id=run, data=data,
    )  # fmt: skip
