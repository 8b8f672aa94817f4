"""The Service Bus topic of an installation: the client, its one sender, and what its failures mean."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from shared.model import ConfigError, InputError, InternalError, QlfError
from shared.stores.azure.access import local_peer, sdk_needed, token_credential
from shared.stores.azure.loop import ClientLoop

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusMessage, ServiceBusMessageBatch
    from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender

T = TypeVar("T")
_GOODBYE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class BusPlace:
    """Where events go: `namespace` (a host name) with an identity, or `connection_string` of a peer on this machine."""

    topic: str
    namespace: str | None = None
    connection_string: str | None = None
    client_id: str | None = None
    in_azure: bool = False
    patience: float = 0.8
    """Seconds before the first of three retries, doubled each time."""
    answer_seconds: float = 30.0
    """Longest time for opening a link, or for one send, with its retries. The SDK alone may wait for ever for a lost answer."""


class BusService:
    """One client per process and one open link for sending, made on the client loop when they are first needed."""

    def __init__(self, place: BusPlace, loop: ClientLoop) -> None:
        """Raises ConfigError: QLF7042 for keys where they are not allowed, QLF7043 without the SDK, QLF7044 for a malformed string."""
        self.place = place
        self._loop = loop
        self._client: ServiceBusClient | None = None
        self._sender: ServiceBusSender | None = None
        self._turn: asyncio.Lock | None = None
        with sdk_needed("QLF_SERVICEBUS_NAMESPACE" if place.namespace else "QLF_SERVICEBUS_CONNECTION_STRING"):
            import azure.identity.aio
            import azure.servicebus.aio  # noqa: F401
        _check(place)

    @asynccontextmanager
    async def sender(self) -> AsyncIterator[ServiceBusSender]:
        """The link to the topic, for one user at a time; after a failure the next user gets a new one. On the client loop only."""
        self._turn = self._turn or asyncio.Lock()
        async with self._turn:
            with coded():
                self._sender = sender = self._sender or self._service().get_topic_sender(self.place.topic)
                try:
                    await bounded(sender.__aenter__(), self.place.answer_seconds)
                    yield sender
                except BaseException:
                    self._sender = None
                    await self._leave(sender)
                    raise

    async def send(self, sender: ServiceBusSender, message: ServiceBusMessage | ServiceBusMessageBatch) -> None:
        """Send within `answer_seconds`."""
        await bounded(sender.send_messages(message), self.place.answer_seconds)

    @asynccontextmanager
    async def dead_letters(self, subscription: str) -> AsyncIterator[ServiceBusReceiver]:
        """A link to what a subscription gave up on. On the client loop only."""
        from azure.servicebus import ServiceBusSubQueue
        from azure.servicebus.exceptions import ServiceBusError

        receiver = self._service().get_subscription_receiver(self.place.topic, subscription, sub_queue=ServiceBusSubQueue.DEAD_LETTER)
        with coded():
            try:
                await bounded(receiver.__aenter__(), self.place.answer_seconds)
                yield receiver
            except ServiceBusError as error:
                if _not_there(error):
                    raise InputError("QLF7052", f"no subscription {subscription!a}") from error
                raise
            finally:
                await self._leave(receiver)

    def _service(self) -> ServiceBusClient:
        from azure.servicebus.aio import ServiceBusClient

        if self._client is None:
            place = self.place
            options: dict[str, Any] = {"retry_total": 3, "retry_backoff_factor": place.patience, "retry_backoff_max": 10.0}
            if place.connection_string is not None:
                self._client = ServiceBusClient.from_connection_string(place.connection_string, **options)
            else:
                credential = token_credential(place.client_id, place.in_azure)
                self._loop.at_close(credential.close)
                self._client = ServiceBusClient(str(place.namespace), credential, **options)
            self._loop.at_close(self._close)
        return self._client

    async def _leave(self, link: ServiceBusSender | ServiceBusReceiver) -> None:
        """Close a link whose other end may not answer any more."""
        with contextlib.suppress(Exception):
            await bounded(link.close(), _GOODBYE_SECONDS)

    async def _close(self) -> None:
        client, self._client, self._sender, self._turn = self._client, None, None, None
        if client is not None:
            await client.close()


async def bounded(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """The result of `work`, or TimeoutError, or the caller's cancellation, in time: the SDK swallows cancellations while it reads."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        _abandon(task)
        raise
    if not done:
        _abandon(task)
        raise TimeoutError
    return task.result()


def _abandon(task: asyncio.Task[T]) -> None:
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # looked at, so that nobody complains
    task.cancel()


@contextmanager
def coded() -> Iterator[None]:
    """Turn what the SDK raises into coded errors."""
    from azure.core.exceptions import AzureError, ClientAuthenticationError
    from azure.servicebus.exceptions import (
        MessagingEntityDisabledError,
        MessagingEntityNotFoundError,
        ServiceBusAuthenticationError,
        ServiceBusAuthorizationError,
    )

    refusals = (
        ClientAuthenticationError,
        MessagingEntityDisabledError,
        MessagingEntityNotFoundError,
        ServiceBusAuthenticationError,
        ServiceBusAuthorizationError,
    )
    try:
        yield
    except QlfError:
        raise
    except refusals as error:
        raise ConfigError("QLF7051", f"Service Bus: {type(error).__name__}") from error
    except (AzureError, OSError) as error:
        if isinstance(getattr(error, "inner_exception", None), ClientAuthenticationError):  # no token could be had
            raise ConfigError("QLF7051", f"Service Bus: {type(error).__name__}") from error
        raise InternalError("QLF7050", f"Service Bus: {type(error).__name__}") from error


def _not_there(error: Exception) -> bool:
    """Said when the link is opened, or already when the token for it is presented."""
    return type(error).__name__ == "MessagingEntityNotFoundError" or getattr(error.__context__, "status_code", None) == 404


def _check(place: BusPlace) -> None:
    from azure.servicebus import parse_connection_string

    if place.connection_string is None:
        return
    if place.namespace is not None:
        raise ConfigError("QLF7042", "QLF_SERVICEBUS_NAMESPACE and QLF_SERVICEBUS_CONNECTION_STRING are both set")
    try:
        address = parse_connection_string(place.connection_string).endpoint
    except ValueError as error:
        raise ConfigError("QLF7044", "QLF_SERVICEBUS_CONNECTION_STRING is malformed") from error
    local_peer("QLF_SERVICEBUS_CONNECTION_STRING", address, place.in_azure)
