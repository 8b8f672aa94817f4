"""What the server keeps: topics that forget no id, subscriptions with locks, sessions and dead letters. No wire in here."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from proton import Message, symbol

DEAD_LETTERS = "$deadletterqueue"
LOCK_SECONDS = 60


@dataclass
class Stored:
    """A message in one subscription."""

    message: Message
    number: int
    deliveries: int = 0
    lock: str | None = None
    session: str | None = None

    def wire(self) -> bytes:
        """As it is delivered: with number, times and delivery count."""
        now = int(time.time() * 1000)
        made = Message()
        made.decode(self.message.encode())
        made.inferred = True
        made.delivery_count = self.deliveries
        made.annotations = {
            **(made.annotations or {}),
            symbol("x-opt-sequence-number"): self.number,
            symbol("x-opt-enqueued-time"): now,
            symbol("x-opt-locked-until"): now + LOCK_SECONDS * 1000,
        }
        return bytes(made.encode())


@dataclass
class Store:
    """Messages in order, some of them locked by a receiver."""

    items: list[Stored] = field(default_factory=list, init=False)

    def take(self, session: str | None = None) -> Stored | None:
        """Lock the first free message (of a session, when one is named)."""
        for item in self.items:
            if item.lock is None and (session is None or item.session == session):
                item.lock = uuid.uuid4().hex[:16]
                return item
        return None

    def locked(self, lock: str) -> Stored | None:
        return next((item for item in self.items if item.lock == lock), None)


@dataclass
class Subscription(Store):
    """`rule` says which messages come in; `sessions` whether a receiver must name one."""

    name: str
    sessions: bool = False
    rule: Callable[[Message], bool] = lambda _: True
    max_deliveries: int = 5
    dead: Store = field(default_factory=Store, init=False)
    held: set[str] = field(default_factory=set, init=False)
    """Sessions that a receiver holds."""

    def free_session(self) -> str | None:
        return next((item.session for item in self.items if item.session and item.session not in self.held), None)

    def complete(self, item: Stored) -> None:
        self.items.remove(item)

    def abandon(self, item: Stored) -> None:
        item.lock = None
        item.deliveries += 1
        if item.deliveries >= self.max_deliveries:
            self.bury(item, "MaxDeliveryCountExceeded", "Message could not be consumed after the allowed attempts.")

    def bury(self, item: Stored, reason: str, description: str) -> None:
        self.items.remove(item)
        item.lock = None
        item.message.properties = {
            **(item.message.properties or {}),
            "DeadLetterReason": reason,
            "DeadLetterErrorDescription": description,
        }
        self.dead.items.append(item)


class Broker:
    """One namespace. `accepted` are the ids that a topic took in, in order; `repeated` those that duplicate detection dropped."""

    def __init__(self, topic: str, *subscriptions: Subscription) -> None:
        self.topic = topic
        self.subscriptions = {subscription.name: subscription for subscription in subscriptions}
        self.accepted: list[str] = []
        self.repeated: list[str] = []
        self.guard = threading.RLock()
        self._numbers = itertools.count(1)

    def publish(self, message: Message) -> None:
        """Keep a copy per subscription, once per message id."""
        with self.guard:
            if message.id in self.accepted:
                self.repeated.append(message.id)
                return
            self.accepted.append(message.id)
            number = next(self._numbers)
            for subscription in self.subscriptions.values():
                if subscription.rule(message):
                    copy = Message()
                    copy.decode(message.encode())
                    copy.inferred = True
                    subscription.items.append(Stored(copy, number, session=message.group_id or None))

    def forget(self) -> None:
        """The window of duplicate detection has passed."""
        with self.guard:
            self.accepted.clear()

    def expire_locks(self) -> None:
        """All locks end, as after a minute without a word from their holders."""
        with self.guard:
            for subscription in self.subscriptions.values():
                subscription.held.clear()
                for item in [*subscription.items, *subscription.dead.items]:
                    item.lock = None

    def ids(self, subscription: str) -> list[str]:
        with self.guard:
            return [item.message.id for item in self.subscriptions[subscription].items]

    def dead_ids(self, subscription: str) -> list[str]:
        with self.guard:
            return [item.message.id for item in self.subscriptions[subscription].dead.items]
