"""What a subscription gave up on, sent to it once more when somebody says that its cause is gone.

A replay is a new message: under its old id the topic's duplicate detection would drop it in silence. Its id is the old one with the
number of the replay, so that a replay that died between sending and ticking off does not send twice. `replay_for` names the one
subscription that is meant; the rules of all others leave such a message out. The event inside keeps its id, type and `seq`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.stores.azure.busservice import BusService, bounded
from shared.stores.azure.loop import ClientLoop
from shared.stores.ports import MAX_REPLAYS, BeforeReplay, Replay

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage
    from azure.servicebus.aio import ServiceBusReceiver

_AT_ONCE = 50
_NOTES = ("DeadLetterReason", "DeadLetterErrorDescription")
_MARK = "/replay-"


class ServiceBusDeadLetters:
    """The dead letters of the topic's subscriptions."""

    def __init__(self, service: BusService, loop: ClientLoop, quiet_seconds: float = 5.0) -> None:
        """`quiet_seconds` without a further message mean that there is none."""
        self._service = service
        self._loop = loop
        self._quiet = quiet_seconds

    async def replay(self, subscription: str, limit: int, before: BeforeReplay) -> list[Replay]:
        """Send dead letters once more, the oldest first. Raises InputError QLF7052, ConfigError QLF7051, InternalError QLF7050."""
        return await self._loop.run(self._replay(subscription, max(1, min(limit, MAX_REPLAYS)), before))

    async def _replay(self, subscription: str, limit: int, before: BeforeReplay) -> list[Replay]:
        done: list[Replay] = []
        async with self._service.dead_letters(subscription) as receiver:
            while len(done) < limit:
                asking = receiver.receive_messages(min(_AT_ONCE, limit - len(done)), max_wait_time=self._quiet)
                found = await bounded(asking, self._quiet + self._service.place.answer_seconds)
                if not found:
                    break
                done += [await self._again(receiver, subscription, letter, before) for letter in found]
        return done

    async def _again(
        self, receiver: ServiceBusReceiver, subscription: str, letter: ServiceBusReceivedMessage, before: BeforeReplay
    ) -> Replay:
        message, attempt = _copy(letter, subscription)
        told = Replay(
            message_id=str(message.message_id),
            subject=letter.subject or "",
            run_id=letter.session_id or "",
            attempt=attempt,
            reason=letter.dead_letter_reason or "",
            description=letter.dead_letter_error_description or "",
        )
        await before(told)
        async with self._service.sender() as sender:
            await self._service.send(sender, message)
        await bounded(receiver.complete_message(letter), self._service.place.answer_seconds)
        return told


def _copy(letter: ServiceBusReceivedMessage, subscription: str) -> tuple[ServiceBusMessage, int]:
    """The same message under its next id, and which replay that is."""
    from azure.servicebus import ServiceBusMessage

    properties = {_text(name): _text(value) for name, value in (letter.application_properties or {}).items() if _text(name) not in _NOTES}
    before, _, number = str(letter.message_id or f"number-{letter.sequence_number}").partition(_MARK)
    attempt = int(number) + 1 if number.isdecimal() else 1
    message = ServiceBusMessage(
        b"".join(letter.body),
        message_id=f"{before[:100]}{_MARK}{attempt}",
        session_id=letter.session_id,
        subject=letter.subject,
        correlation_id=letter.correlation_id,
        content_type=letter.content_type,
        application_properties={**properties, "replay_for": subscription},
    )
    return message, attempt


def _text(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
