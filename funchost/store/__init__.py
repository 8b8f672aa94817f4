"""The durable store."""

from funchost.store.records import Activity, Answer, Child, Episode, Instance, Message, Post, Query, Start
from funchost.store.store import Store

__all__ = ["Activity", "Answer", "Child", "Episode", "Instance", "Message", "Post", "Query", "Start", "Store"]
