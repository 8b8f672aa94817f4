"""Caches that make tools fast, made only from input of ours and copied for each use.

A tool in the sandbox gets a copy and the copy is thrown away: what generated code writes is never read by a later step.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from shared.gates.bench import Bench
from shared.model import Json, digest

_UNICODE = "from hypothesis.internal import charmap as c; c.charmap(); [c.intervals_from_codec(n) for n in ('utf-8', 'ascii')]"
HYPOTHESIS_FOLDER = "HYPOTHESIS_STORAGE_DIRECTORY"


def copy_of(bench: Bench, kind: str, key: Json, make: Callable[[Bench, Path], None]) -> Path:
    """A fresh copy, on the bench, of the folder that `make(own bench, folder)` fills; made once per `key` and then kept."""
    place = bench.context.cache_root / kind / digest(key)[:32]
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{place}.lock"):
            if not place.is_dir():
                _make(bench, place, make)
    target = bench.root / kind
    shutil.copytree(place, target)
    return target


def hypothesis_folder(bench: Bench, env: Path) -> Path:
    """Hypothesis' storage with its Unicode tables in it, which otherwise take it ten seconds to work out."""

    def make(own: Bench, folder: Path) -> None:
        own.run(str(env / "bin" / "python"), "-c", _UNICODE, env={HYPOTHESIS_FOLDER: str(folder)})

    return copy_of(bench, "hypothesis", env.name, make)


def _make(bench: Bench, place: Path, make: Callable[[Bench, Path], None]) -> None:
    """On a bench of its own, which has nothing of the tree. A cache that could not be filled is kept empty: it only costs time."""
    empty = bench.root / "nothing"
    empty.mkdir(exist_ok=True)
    draft = place.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    with Bench(empty, bench.context) as own:
        own.share(bench)
        folder = own.root / "made"
        folder.mkdir()
        make(own, folder)
        shutil.copytree(folder, draft)
    draft.rename(place)
