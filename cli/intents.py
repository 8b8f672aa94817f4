"""What the user asked for, on disk before anything else happens, so that `resume` can start what never became a run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cli.home import Home, replace_private
from shared.model import InputError, is_id, new_id

State = Literal["open", "closed"]


@dataclass(frozen=True)
class Intent:
    """One `generate`. It is open until its result was written to `output` (or the run ended without one)."""

    run_id: str
    brief: str
    options: dict[str, Any]
    output: str | None
    endpoint: str
    created_at: str
    state: State = "open"
    exit_code: int | None = None
    key_file: str | None = None
    version: int = 1
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The idempotency key: the ULID of the run."""
        return self.run_id.removeprefix("run_")


class Intents:
    """The folder of intents of one home; file names sort by the time they were made."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def new(self, brief: str, options: dict[str, Any], output: Path | None, endpoint: str, key_file: str | None = None) -> Intent:
        """Make an intent and write it through to the disk."""
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return self.keep(Intent(new_id("run"), brief, options, str(output) if output else None, endpoint, now, key_file=key_file))

    def keep(self, intent: Intent) -> Intent:
        self._home.folder("intents")
        replace_private(self._path(intent.run_id), json.dumps(asdict(intent), ensure_ascii=True).encode())
        return intent

    def close(self, intent: Intent, exit_code: int) -> Intent:
        """Nothing is left to do for this intent."""
        return self.keep(replace(intent, state="closed", exit_code=exit_code))

    def find(self, run_id: str) -> Intent | None:
        """The intent of a run, or None when it was not started from this home."""
        if not is_id("run", run_id):
            raise InputError("QLF7001", f"{run_id!r} is not the id of a run")
        return read(self._path(run_id))

    def all(self) -> Iterator[Intent]:
        """Newest first; a damaged file is passed over."""
        for path in sorted((self._home.root / "intents").glob("*.json"), reverse=True):
            if intent := read(path):
                yield intent

    def newest_open(self) -> Intent:
        """The newest intent that is not finished. Raises InputError QLF8010."""
        found = next((intent for intent in self.all() if intent.state == "open"), None)
        if found is None:
            raise InputError("QLF8010")
        return found

    def lock_file(self, run_id: str) -> Path:
        """Held while a run's result is written, so that two followers do not write it twice."""
        return self._home.folder("intents") / f"{run_id.removeprefix('run_')}.lock"

    def _path(self, run_id: str) -> Path:
        return self._home.root / "intents" / f"{run_id.removeprefix('run_')}.json"


def read(path: Path) -> Intent | None:
    """The intent in a file; None when there is none or it was not written by us."""
    try:
        return Intent(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
