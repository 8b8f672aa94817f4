"""Rows as the engine sees them, so that no SQL leaves this package."""

from dataclasses import dataclass, field

from funchost.durable.protocol import FINAL, Event


@dataclass(slots=True)
class Instance:
    """One orchestration instance. `input`, `output` and `custom` are raw text as the wire carries them."""

    id: str
    execution: str
    name: str
    version: str | None
    input: str | None
    output: str | None
    custom: str | None
    status: str
    created: float
    updated: float
    parent: str | None = None
    parent_execution: str | None = None
    parent_task: int | None = None
    deaths: int = 0
    death_mark: int = -1

    @property
    def finished(self) -> bool:
        """Whether the instance has reached a final status."""
        return self.status in FINAL


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the inbox that is due. `key` is its place in the inbox."""

    key: tuple[float, int]
    execution: str | None
    event: Event


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity that is to run."""

    n: int
    instance: str
    execution: str
    task: int
    name: str
    input: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an activity, not yet written anywhere."""

    activity: Activity
    at: float
    event: Event


@dataclass(slots=True)
class Post:
    """A message to put into an inbox. `execution` None reaches whichever execution is current."""

    instance: str
    execution: str | None
    visible_at: float
    event: Event


@dataclass(frozen=True, slots=True)
class Start:
    """An instance that is to be, with the message that begins it."""

    row: Instance
    post: Post


@dataclass(slots=True)
class Child:
    """An instance that an episode wants to start, and what its parent hears if the id belongs to a running one."""

    row: Instance
    started: Post
    refused: Post


@dataclass(slots=True)
class Episode:
    """All that one episode changes; `Store.commit` applies it whole or not at all."""

    instance: Instance
    events: list[Event]
    first_seq: int
    consumed: list[tuple[float, int]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    activities: list[tuple[int, str, str | None]] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)
    fresh: bool = False
    old_execution: str = ""


@dataclass(slots=True)
class Query:
    """A filter over instances; times are seconds since the epoch, statuses are names."""

    prefix: str = ""
    created_from: float | None = None
    created_to: float | None = None
    statuses: tuple[str, ...] = ()
    limit: int = 100
    after: tuple[float, str] | None = None
