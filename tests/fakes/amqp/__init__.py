"""A small Service Bus: an AMQP 1.0 server on loopback with topics, subscriptions, sessions, duplicate detection and dead letters.

It speaks the wire protocol that the real SDK speaks, over plain TCP as Microsoft's emulator does, or over TLS as a namespace does. What it
leaves out: queues, rules in SQL (a subscription has a predicate instead), scheduled and deferred messages, the management operations,
expiry by time (a test says when).
"""

from tests.fakes.amqp.broker import Broker, Stored, Subscription
from tests.fakes.amqp.server import KEY, AmqpServer, Fault, amqp_server

__all__ = ["KEY", "AmqpServer", "Broker", "Fault", "Stored", "Subscription", "amqp_server"]
