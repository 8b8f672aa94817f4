"""Committed events to the topic that other systems subscribe to.

The message id is the event's id, so the topic's duplicate detection drops what is sent twice; the session is the run, so subscriptions
with sessions hand over each run's events in order. The body is the event as JSON, a CloudEvents envelope in structured mode.
https://learn.microsoft.com/azure/service-bus-messaging/duplicate-detection
https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/amqp-protocol-binding.md
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from shared.model import Event, canonical_json
from shared.stores.azure.busservice import BusService
from shared.stores.azure.loop import ClientLoop

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusMessage
    from azure.servicebus.aio import ServiceBusSender

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


class ServiceBusPublisher:
    """Sends events in batches, each as large as the topic takes, each of one run."""

    def __init__(self, service: BusService, loop: ClientLoop) -> None:
        self._service = service
        self._loop = loop

    async def publish(self, events: Sequence[Event]) -> None:
        """Send the events, those of a run in the order given. Raises ConfigError QLF7051, InternalError QLF7050."""
        if events:
            await self._loop.run(self._publish(list(events)))

    async def _publish(self, events: list[Event]) -> None:
        async with self._service.sender() as sender:
            for run in dict.fromkeys(event.run_id for event in events):
                await self._send(sender, [event for event in events if event.run_id == run])

    async def _send(self, sender: ServiceBusSender, events: Iterable[Event]) -> None:
        batch = await sender.create_message_batch()
        for event in events:
            try:
                batch.add_message(message_of(event))
                continue
            except ValueError:  # the batch is full
                if len(batch):
                    await self._service.send(sender, batch)
            batch = await sender.create_message_batch()
            try:
                batch.add_message(message_of(event))
            except ValueError:  # larger than any message of this topic may be
                batch.add_message(message_of(event, by_reference=True))
        if len(batch):
            await self._service.send(sender, batch)


def message_of(event: Event, *, by_reference: bool = False) -> ServiceBusMessage:
    """The message for an event. By reference, `dataref` says where its data can be read, as CloudEvents' claim check pattern has it."""
    from azure.servicebus import ServiceBusMessage

    body = event.to_json()
    if by_reference:
        body = {**body, "data": {}, "dataref": f"/api/v1/runs/{event.run_id}/events?after={event.seq - 1}&limit=1"}
    return ServiceBusMessage(
        canonical_json(body),
        message_id=event.id,
        session_id=event.run_id,
        subject=event.type,
        correlation_id=event.correlation_id,
        content_type=CONTENT_TYPE,
        application_properties={"type": event.type, "project_id": event.project_id, "run_id": event.run_id, "seq": event.seq},
    )
