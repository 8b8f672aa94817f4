"""The wire: connections, `$cbs`, links to topic and subscriptions, settlement, and the faults that a test asks for."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from proton import Condition, Data, Delivery, Described, Endpoint, Event, Link, Message, symbol, ulong
from proton.handlers import Handshaker
from proton.reactor import Container

from tests.fakes.amqp.broker import DEAD_LETTERS, LOCK_SECONDS, Broker, Store, Stored, Subscription
from tests.fakes.tls import Certificate

KEY = "a2V5LW9mLXRoZS1mYWtl"
MAX_MESSAGE = 256 * 1024
_DATA = 0x75
_CREDIT = 100
_EPOCH = 62_135_596_800
"""Seconds from the year 1 to 1970: a session's end is told in ticks of 100 ns since then."""
_SESSION = symbol("com.microsoft:session-filter")
_BUSY = "com.microsoft:server-busy"


@dataclass
class Fault:
    """What the next transfer to the topic meets.

    `reject` (with a condition), `detach` (with a condition), `drop` (the connection breaks, nothing is kept), `lose` (everything is kept,
    the connection breaks before the answer), `half` (the first half of a batch is kept, then the connection breaks), `silence` (nothing is
    kept, no answer), `mute` (everything is kept, no answer).
    """

    kind: str
    condition: str = _BUSY


class AmqpServer:
    """A running server. `faults` are used up one by one; `transfers` counts what arrived; `tokens` are the types of tokens presented."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.knows: Callable[[str], bool] = lambda token: token.startswith("SharedAccessSignature ")
        """Whether a token opens the namespace. Its type is `jwt` also for signatures, which the SDK does not tell apart."""
        self.faults: deque[Fault] = deque()
        self.transfers = 0
        self.batches: list[list[str]] = []
        self.tokens: list[tuple[str, str]] = []
        self.token_status = 202
        self.refusal = ""
        """The condition under which every link to the topic is refused."""
        self.connections = 0
        self.arrived = threading.Condition()
        self.port = 0

    @property
    def connection_string(self) -> str:
        return f"Endpoint=sb://127.0.0.1:{self.port};SharedAccessKeyName=test;SharedAccessKey={KEY};UseDevelopmentEmulator=true;"

    def wait_for_transfers(self, count: int, seconds: float = 30) -> bool:
        with self.arrived:
            return self.arrived.wait_for(lambda: self.transfers >= count, seconds)


@contextmanager
def amqp_server(broker: Broker, *, host: str = "127.0.0.1", tls: Certificate | None = None) -> Iterator[AmqpServer]:
    """The server in a thread of its own, until the end of the block. With `tls` it is a namespace, at the port that they have."""
    server = AmqpServer(broker)
    container = Container(_Handler(server))
    if tls is not None:
        container.ssl.server.set_credentials(str(tls.cert), str(tls.key), None)
    acceptor = container.listen(f"amqps://{host}:5671" if tls else f"{host}:0")
    with socket.socket(fileno=os.dup(acceptor._selectable.fileno())) as listening:
        server.port = listening.getsockname()[1]
    ending = threading.Event()
    thread = threading.Thread(target=_serve, args=(container, ending), name="amqp-server")
    thread.start()
    try:
        yield server
    finally:
        ending.set()
        thread.join()
        acceptor.close()


def _serve(container: Container, ending: threading.Event) -> None:
    container.timeout = 0.02
    container.start()
    while not ending.is_set() and container.process():
        pass
    container.stop()


class _Handler(Handshaker):
    def __init__(self, server: AmqpServer) -> None:
        super().__init__()
        self.server = server
        self.broker = server.broker
        self.held: dict[str, tuple[Subscription, str]] = {}
        """Sessions by link."""
        self.replies: dict[tuple[str, str], Link] = {}
        self.feeds: list[Link] = []

    def on_connection_remote_open(self, event: Event) -> None:
        self.server.connections += 1
        event.connection.container = "fake-service-bus"
        event.connection.open()

    def on_link_remote_open(self, event: Event) -> None:
        link: Link = event.link
        link.source.copy(link.remote_source)
        link.target.copy(link.remote_target)
        link.snd_settle_mode, link.rcv_settle_mode = link.remote_snd_settle_mode, link.remote_rcv_settle_mode
        if link.is_receiver:
            self._accept(link)
        else:
            self._feed(link)

    def _accept(self, link: Link) -> None:
        link.max_message_size = MAX_MESSAGE
        link.open()
        address = _path(link.remote_target.address)
        if address == self.broker.topic and self.server.refusal:
            _refuse(link, self.server.refusal, "by the fake")
        elif address in ("$cbs", self.broker.topic):
            link.flow(_CREDIT)
        else:
            _refuse(link, "amqp:not-found", f"The messaging entity '{address}' could not be found.")

    def _feed(self, link: Link) -> None:
        address = _path(link.remote_source.address)
        if address == "$cbs" or address.endswith("$management"):
            self.replies[_key(link, address)] = link
            link.open()
            return
        with self.broker.guard:
            subscription, store = self._find(address)
            if subscription is None or store is None:
                link.open()
                _refuse(link, "amqp:not-found", f"The messaging entity '{address}' could not be found.")
                return
            if subscription.sessions and store is subscription and not self._hold(link, subscription):
                return
        link.open()
        self.feeds.append(link)
        self._pump()

    def _hold(self, link: Link, subscription: Subscription) -> bool:
        """Give the link the session it asks for, or the next free one."""
        wanted = _session(link)
        if wanted is False:
            link.open()
            _refuse(
                link, "amqp:not-allowed", "It is not possible for an entity that requires sessions to create a non-sessionful receiver."
            )
            return False
        session = wanted or subscription.free_session()
        if session is None or session in subscription.held:
            link.open()
            _refuse(link, "com.microsoft:session-cannot-be-locked" if session else "com.microsoft:timeout", "No session is free.")
            return False
        subscription.held.add(session)
        self.held[link.name] = subscription, session
        link.source.filter.clear()
        link.source.filter.put_object({_SESSION: session})
        link.properties = {symbol("com.microsoft:locked-until-utc"): (int(time.time()) + LOCK_SECONDS + _EPOCH) * 10_000_000}
        return True

    def _find(self, address: str) -> tuple[Subscription | None, Store | None]:
        topic, _, rest = address.partition("/Subscriptions/")
        name, _, queue = rest.partition("/")
        found = self.broker.subscriptions.get(name) if topic == self.broker.topic else None
        if found is None:
            return None, None
        return found, found.dead if queue.lower() == DEAD_LETTERS else found

    def _known(self, entity: str) -> bool:
        return entity == self.broker.topic or self._find(entity)[0] is not None

    def on_link_flow(self, event: Event) -> None:
        self._pump()

    def on_link_remote_close(self, event: Event) -> None:
        self._leave(event.link)
        super().on_link_remote_close(event)

    on_link_remote_detach = on_link_remote_close

    def on_transport_closed(self, event: Event) -> None:
        connection = event.connection
        for link in [link for link in self.feeds if link.connection == connection]:
            self._leave(link)

    def _leave(self, link: Link) -> None:
        """Message locks outlive their link until they expire; a session's lock ends with it."""
        if link in self.feeds:
            self.feeds.remove(link)
        if held := self.held.pop(link.name, None):
            with self.broker.guard:
                subscription, session = held
                subscription.held.discard(session)
                for item in subscription.items:
                    item.lock = None if item.session == session else item.lock

    def on_delivery(self, event: Event) -> None:
        delivery: Delivery = event.delivery
        if delivery.link.is_sender:
            if delivery.updated:
                self._settle(delivery)
        elif delivery.readable and not delivery.partial:
            raw = bytes(delivery.link.recv(delivery.pending))
            delivery.link.advance()
            delivery.link.flow(1)
            if _path(delivery.link.target.address) == "$cbs":
                self._token(delivery, _messages(raw)[0])
            else:
                self._take(event, delivery, _messages(raw))
        self._pump()

    def _token(self, delivery: Delivery, message: Message) -> None:
        said = message.properties or {}
        self.server.tokens.append((str(said.get("type")), str(said.get("name"))))
        delivery.update(Delivery.ACCEPTED)
        delivery.settle()
        known = self._known(urlsplit(str(said.get("name"))).path.lstrip("/"))
        token = bytes(message.body).decode() if isinstance(message.body, bytes | memoryview) else str(message.body)
        welcome = self.server.token_status if self.server.knows(token) else 401
        status = {"status-code": welcome if known else 404, "status-description": "by the fake"}
        answer = Message(correlation_id=message.id, properties=status)
        self._reply(delivery.link, "$cbs", answer)

    def _reply(self, link: Link, address: str, answer: Message) -> None:
        back = self.replies[_key(link, address)]
        back.delivery(f"reply-{self.server.transfers}")
        back.send(bytes(answer.encode()))
        back.advance()

    def _take(self, event: Event, delivery: Delivery, messages: list[Message]) -> None:
        fault = self.server.faults.popleft() if self.server.faults else self._objection(messages)
        kept = {"reject": 0, "detach": 0, "drop": 0, "half": len(messages) // 2, "silence": 0}.get(fault.kind, len(messages))
        for message in messages[:kept]:
            self.broker.publish(message)
        if fault.kind == "reject":
            # The third part is not optional for the SDK: without it, a sender waits for ever.
            delivery.local.condition = Condition(fault.condition, "by the fake", {symbol("tracking"): "fake"})
            delivery.update(Delivery.REJECTED)
            delivery.settle()
        elif fault.kind == "detach":
            _refuse(delivery.link, fault.condition, "by the fake")
        elif fault.kind in ("drop", "lose", "half"):
            _break(event)
        elif fault.kind not in ("silence", "mute"):
            delivery.update(Delivery.ACCEPTED)
            delivery.settle()
        with self.server.arrived:
            self.server.transfers += 1
            self.server.batches.append([message.id for message in messages])
            self.server.arrived.notify_all()

    def _objection(self, messages: list[Message]) -> Fault:
        """What a topic whose subscribers use sessions does not take: a message of no session, a batch of several."""
        sessions = {message.group_id or None for message in messages}
        wanted = any(subscription.sessions for subscription in self.broker.subscriptions.values())
        return Fault("reject", "amqp:not-allowed") if wanted and (None in sessions or len(sessions) > 1) else Fault("")

    def _settle(self, delivery: Delivery) -> None:
        state = delivery.remote_state
        with self.broker.guard:
            subscription, store = self._find(_path(delivery.link.source.address))
            item = store.locked(delivery.tag) if store else None
            if subscription and store and item:
                self._apply(delivery, subscription, store, item)
        delivery.update(state)
        delivery.settle()

    @staticmethod
    def _apply(delivery: Delivery, subscription: Subscription, store: Store, item: Stored) -> None:
        state = delivery.remote_state
        if state == Delivery.ACCEPTED:
            store.items.remove(item)
        elif state == Delivery.REJECTED and store is subscription:
            info: dict[Any, Any] = (delivery.remote.condition and delivery.remote.condition.info) or {}
            subscription.bury(item, str(info.get("DeadLetterReason", "")), str(info.get("DeadLetterErrorDescription", "")))
        elif store is subscription:
            subscription.abandon(item)
        else:
            item.lock = None

    def _pump(self) -> None:
        """Deliver to whoever has credit."""
        with self.broker.guard:
            for link in self.feeds:
                _, store = self._find(_path(link.source.address))
                session = self.held[link.name][1] if link.name in self.held else None
                while store and link.credit > 0 and not link.state & Endpoint.REMOTE_CLOSED and (item := store.take(session)):
                    link.delivery(item.lock)
                    link.send(item.wire())
                    link.advance()
                if link.drain_mode:
                    link.drained()


def _messages(raw: bytes) -> list[Message]:
    """The message in a transfer, or those of a batch: Data sections that each hold an encoded message."""
    inner: list[bytes | None] = []
    rest = raw
    while rest:
        data = Data()
        used = data.decode(rest)
        data.rewind()
        data.next()
        section = data.get_object()
        is_data = isinstance(section, Described) and section.descriptor == ulong(_DATA)
        inner.append(bytes(section.value) if is_data else None)  # a copy: the view ends with `data`
        rest = rest[used:]
    parts = [part for part in inner if part is not None]
    encoded = parts if parts and all(part[:2] == b"\x00\x53" and part[2] & 0xF0 == 0x70 for part in parts) else [raw]
    return [_decoded(part) for part in encoded]


def _decoded(encoded: bytes) -> Message:
    message = Message()
    message.decode(encoded)
    message.inferred = True
    return message


def _session(link: Link) -> str | bool | None:
    """The session that a receiver names, None for the next free one, False when it asks for none."""
    data = link.remote_source.filter
    data.rewind()
    asked = data.get_object() if data.next() else None
    if not isinstance(asked, dict) or _SESSION not in asked:
        return False
    value = asked[_SESSION]
    value = value.value if isinstance(value, Described) else value
    return None if value is None else str(value)


def _key(link: Link, address: str) -> tuple[str, str]:
    return str(link.connection.remote_container), address


def _path(address: str | None) -> str:
    address = address or ""
    return urlsplit(address).path.lstrip("/") if "://" in address else address


def _refuse(link: Link, condition: str, description: str) -> None:
    link.condition = Condition(condition, description)
    link.close()


def _break(event: Event) -> None:
    """End the connection without a word."""
    event.transport.close_tail()
    event.transport.close_head()
