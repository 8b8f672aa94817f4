"""The port of previews: what a place that runs capsules must be able to do, whether it is this machine or a cloud."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.capsule import SourceFile
from shared.model import Preview

Sources = Callable[[], Awaitable[Mapping[str, SourceFile]]]
"""Reads the app's files (path below `source/` -> file) when they are needed, and not at every look."""
Progress = dict[str, Any]
"""Where a deployment stands, as small JSON that the orchestration carries from one look to the next."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """One step further: the record as it is now and, while the deployment goes on, its progress and the seconds until the next look."""

    preview: Preview
    progress: Progress | None = None
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: the ids of the previews that it `ended`, and the code of what kept each of those things that are `left`."""

    ended: list[str]
    left: Mapping[str, str] = field(default_factory=dict)


class Previews(Protocol):
    """Previews of one place. Methods take and return `Preview` records, which the caller keeps."""

    watched: bool
    """True when nobody but the orchestration ends a preview at its time."""

    async def advance(self, preview: Preview, sources: Sources, progress: Progress | None) -> Advanced:
        """Take the deployment one bounded step further; doing a step again changes nothing.

        What goes wrong is the record's `reason`, with status `failed`.
        """
        ...

    async def refresh(self, preview: Preview) -> Preview:
        """The record as it is now: one that ended by itself is `destroyed`, or `failed` when it never answered."""
        ...

    async def logs(self, preview: Preview, limit: int) -> bytes:
        """The last `limit` bytes of what the app wrote."""
        ...

    async def extend(self, preview: Preview, expires_at: str) -> Preview:
        """Move the end of a running preview (RFC 3339 UTC). Raises InputError QLF6004 when it does not run."""
        ...

    async def destroy(self, preview: Preview) -> Preview:
        """End the preview and free what it held."""
        ...

    async def sweep(self) -> Swept:
        """End what is past its time, also where the records were lost. One that cannot be ended does not keep the others."""
        ...

    async def running(self) -> Mapping[str, str]:
        """The ids of the previews that are there, whatever the records say, and the end of each (RFC 3339 UTC; empty: unreadable)."""
        ...
