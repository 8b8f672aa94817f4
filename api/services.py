"""What the API is handed: the stores, the settings, the clock, and the rooms below it as plain callables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from shared.model import IR, Ledger, Preview
from shared.settings import Settings
from shared.stores import Clock, DeadLetters, Stores


class Compilation(Protocol):
    """A compiled brief."""

    @property
    def ir(self) -> IR:
        """What the brief asks for."""
        ...

    @property
    def ledger(self) -> Ledger:
        """What became of each clause."""
        ...


class PreviewOperations(Protocol):
    """What can be done to a running preview, wherever it runs."""

    async def refresh(self, preview: Preview) -> Preview:
        """The record as it should be now: a preview that ended by itself is `destroyed` or `failed`."""
        ...

    async def logs(self, preview: Preview, limit: int) -> bytes:
        """The last `limit` bytes of what the app wrote."""
        ...

    async def extend(self, preview: Preview, expires_at: str) -> Preview:
        """Move the end of the preview; returns the changed record, which the caller stores."""
        ...

    async def destroy(self, preview: Preview) -> Preview:
        """End the preview and free what it held; returns the changed record, which the caller stores."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The rooms behind the door. `compile`, `verify` and `capsule_files` are synchronous and run in a thread.

    - `compile(brief)` raises RefusedError for a brief that cannot be compiled.
    - `verify(capsule, bundles)` takes a `.qlcapsule` and its bundles by file name and answers a JSON report whose `ok` says whether
      all holds; raises CapsuleError.
    - `capsule_files(capsule)` unpacks a `.qlcapsule` in memory: path -> bytes; raises CapsuleError.
    """

    settings: Settings
    clock: Clock
    stores: Stores
    compile: Callable[[str], Compilation]
    verify: Callable[[bytes, Mapping[str, bytes]], dict[str, Any]]
    capsule_files: Callable[[bytes], Mapping[str, bytes]]
    previews: PreviewOperations
    dead_letters: DeadLetters | None = None
