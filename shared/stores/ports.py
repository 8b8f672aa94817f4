"""The ports of the stores: what the house needs of a place that keeps runs, bytes and small documents.

Business code speaks to these protocols only; `shared.wiring` alone knows which adapter is behind them. All methods may be
called from any event loop and from several processes at once. Every adapter passes `tests/contract/stores`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from shared.model import ArtifactRef, Capsule, Event, Preview, Record, Run, RunStatus

T = TypeVar("T")
Clock = Callable[[], str]
"""The time now as RFC 3339 UTC, fixed width, ended by `Z`. Handed in, so that nothing below reads a clock of its own."""

Events = list[Event]
Runs = list[Run]
Previews = list[Preview]
"""Named here because the stores have a method `list`."""
MAX_PAGE = 100
MAX_EVENTS = 1000
MAX_REPLAYS = 1000
MAX_LIVE = 1000
DELIVERY_SECONDS = 7 * 24 * 3600
"""How long the id of a delivery stays bound to its body."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, newest first. `next_cursor` is opaque and None on the last page."""

    items: list[T]
    next_cursor: str | None = None


class ArtifactStore(Protocol):
    """Bytes, named by their SHA-256."""

    async def put(self, data: bytes) -> ArtifactRef:
        """Keep `data` under `sha256/<ab>/<digest>`. Durable when it returns; writing the same bytes again changes nothing."""
        ...

    async def get(self, ref: ArtifactRef | str) -> bytes:
        """The bytes of a reference, a digest or a path, checked against the digest.

        Raises InputError: QLF7014 for a malformed reference, QLF7004 when missing, QLF7005 when the bytes changed.
        """
        ...

    def stream(self, ref: ArtifactRef | str) -> AsyncIterator[bytes]:
        """The same bytes in pieces of at most 4 MiB, in bounded memory. Raises as `get` does; QLF7005 comes in place of the last piece."""
        ...

    async def exists(self, digest: str) -> bool:
        """True when bytes of this digest are there. Raises InputError QLF7014 for a malformed digest."""
        ...

    async def download_url(self, ref: ArtifactRef | str, *, filename: str, media_type: str) -> str | None:
        """An address that gives these bytes, for some minutes, to whoever has it; None where bytes have no address of their own.

        `filename` is of letters, digits, dots and hyphens. Raises InputError QLF7014 for a malformed reference, QLF7004 when missing.
        """
        ...


class RunStore(Protocol):
    """Run documents with their events; a state and the events that tell of it are written in one transaction."""

    async def create(self, run: Run, event: Event, idempotency_key: str | None) -> tuple[Run, bool]:
        """Keep a new run and its first event; False when the key or the id gave the run that was there already.

        The request is the same when project, brief, options and parent are. Raises InputError QLF7003 when key or id belong to another one.
        """
        ...

    async def get(self, run_id: str) -> Run:
        """The run, with its current `etag` and `seq`. Raises InputError QLF7001."""
        ...

    async def list(self, project_id: str, *, status: RunStatus | None = None, limit: int = 20, cursor: str | None = None) -> Page[Run]:
        """A page of at most `limit` (1..100) runs, newest first. Raises InputError QLF7006 for a foreign cursor."""
        ...

    async def commit(self, run: Run, events: Sequence[Event], *, if_match: str) -> Run:
        """Replace the document and append the events in one transaction; returns the run with its new `etag` and `seq`.

        An event whose id the run has already is skipped; `seq` is given here, without gaps, from 1. Where the document is the one that is
        there and no event is new nothing is written, so the etag stays.
        Raises InputError QLF7001 for an unknown run, QLF7002 when `if_match` is not the current etag.
        """
        ...

    async def events(self, run_id: str, *, after: int = 0, limit: int = 100) -> Events:
        """Events with `seq` > `after`, in order, at most `limit` (1..1000). Empty for an unknown run."""
        ...

    async def silent(self, before: str, limit: int = MAX_PAGE) -> Runs:
        """At most `limit` (1..100) runs of any project that are at work (`ACTIVE`) and whose `updated_at` is before `before`."""
        ...

    async def wait(self, run_id: str, after: int, timeout: float) -> bool:
        """Wait at most `timeout` seconds for an event with `seq` > `after`, whichever process writes it; True when there is one."""
        ...


class CapsuleStore(Protocol):
    """Capsule records."""

    async def put(self, capsule: Capsule) -> Capsule:
        """Keep the record under its id; the same record again changes nothing, a newer one of the same project and run replaces it.

        Raises InputError QLF7003 when the id belongs to another project or run.
        """
        ...

    async def get(self, capsule_id: str) -> Capsule:
        """The record. Raises InputError QLF7007."""
        ...

    async def list(self, project_id: str, *, run_id: str | None = None, limit: int = 20, cursor: str | None = None) -> Page[Capsule]:
        """A page of at most `limit` (1..100) capsules, newest first, of one run when named."""
        ...


class PreviewStore(Protocol):
    """Preview records."""

    async def create(self, preview: Preview) -> Preview:
        """Keep a new record; returns it with its `etag`, or the one of the same project, run and capsule that was there already.

        Raises InputError QLF7003 when the id belongs to another one.
        """
        ...

    async def put(self, preview: Preview, *, if_match: str) -> Preview:
        """Replace the record; returns it with its new `etag`. It stays in its project, run and capsule.

        Raises InputError QLF7008 for an unknown preview, QLF7009 when `if_match` is not the current etag, QLF7003 for a move.
        """
        ...

    async def get(self, preview_id: str) -> Preview:
        """The record with its `etag`. Raises InputError QLF7008."""
        ...

    async def live(self, limit: int = MAX_LIVE) -> Previews:
        """At most `limit` previews of any project whose records do not say that they have ended."""
        ...

    async def list(self, project_id: str, *, run_id: str | None = None, limit: int = 20, cursor: str | None = None) -> Page[Preview]:
        """A page of at most `limit` (1..100) previews, newest first, of one run when named."""
        ...


class MemoStore(Protocol):
    """Results of pure activities under the digest of their inputs, so that the same work is not done twice."""

    async def get(self, key: str) -> dict[str, Any] | None:
        """The value, or None."""
        ...

    async def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep the value; the last writer wins, which is harmless where equal keys mean equal values."""
        ...


class LeaseStore(Protocol):
    """Exclusive leases between processes. One that is not renewed ends, by a clock that all who ask for it share."""

    async def acquire(self, name: str, owner: str, seconds: int) -> bool:
        """True when `owner` now holds the lease for `seconds` (15 to 60): it was free, expired, or its own.

        Raises InternalError QLF9000 for any other number of seconds.
        """
        ...

    async def renew(self, name: str, owner: str) -> bool:
        """True when `owner` holds the lease, for as long again as it was acquired for; also one that expired and that nobody took.

        False when somebody else has had it since, and when it was given back.
        """
        ...

    async def release(self, name: str, owner: str) -> None:
        """Give the lease back; nothing happens when `owner` does not hold it."""
        ...


class DeliveryStore(Protocol):
    """Which body came under which id from a webhook provider, so that no id is used for a second one."""

    async def bind(self, provider: str, delivery: str, digest: str) -> bool:
        """Bind the provider's id to the digest of a body, for `DELIVERY_SECONDS` from its first binding.

        True when the id is bound to this digest, now or since an earlier call; False when it is bound to another one.
        """
        ...


class EventBus(Protocol):
    """Tells who listens that an event was committed. A hint, not a record: the run store is what holds events."""

    async def publish(self, event: Event) -> None:
        """Hand the event to every subscription."""
        ...

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Listen from now on, within the context. A listener that lags behind loses the oldest events."""
        ...


class Publisher(Protocol):
    """Sends committed events to subscribers outside this installation."""

    async def publish(self, events: Sequence[Event]) -> None:
        """Send the events, those of a run in the order given, each under its own id as message id; returns once all were accepted.

        When it raises, none, some or all may be out: the caller sends the same events again, and equal ids tell subscribers of a repeat.
        """
        ...


class Outbox(Protocol):
    """Committed events on their way to a publisher. At least once, in the order of each run, whatever dies in between."""

    async def relay(self, publisher: Publisher) -> int:
        """Hand over what was committed since the last relay; how many events that were.

        One relay at a time goes through each part of the store: where another process is at it, nothing happens. Bounded in time and
        in number: what is left over is for the next call.
        """
        ...


class Replay(Record):
    """A dead letter that is sent once more: under which id, what it tells of, why it was given up, and which replay this is."""

    message_id: str
    subject: str
    run_id: str
    attempt: int
    reason: str
    description: str


BeforeReplay = Callable[[Replay], Awaitable[None]]
"""Hears of a letter before it is sent. When it raises, the letter stays where it is."""


class DeadLetters(Protocol):
    """Events that a subscriber outside this installation gave up on."""

    async def replay(self, subscription: str, limit: int, before: BeforeReplay) -> list[Replay]:
        """Send at most `limit` (1..1000) of them to this subscriber once more, the oldest first. None is lost, whatever dies in between.

        `before` hears of each one just before it is sent, in whatever event loop the adapter works. Raises what it raises, and
        InputError QLF7052 when there is no such subscription.
        """
        ...


@dataclass(frozen=True, slots=True)
class Stores:
    """All stores of one installation, as wiring hands them out. `close` frees files and connections."""

    artifacts: ArtifactStore
    runs: RunStore
    capsules: CapsuleStore
    previews: PreviewStore
    memos: MemoStore
    leases: LeaseStore
    deliveries: DeliveryStore
    bus: EventBus
    close: Callable[[], None]
    outbox: Outbox
