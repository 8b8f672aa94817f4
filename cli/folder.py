"""The output folder: written beside and renamed, and never over anything that somebody else put there.

A folder is ours when it holds `dist/.qlf-run.json`, which lists the digest of every file that we wrote. What a user of
the app leaves behind by running it (caches, environments) does not make it somebody else's; any other file does.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from shared.model import InputError

MARKER = "dist/.qlf-run.json"
REGENERABLE = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".venv", ".coverage", ".DS_Store"})
_SHOWN = 5


@dataclass(frozen=True)
class OutFile:
    """A file to write."""

    content: bytes
    executable: bool = False


Files = Mapping[str, OutFile]


def check(target: Path, run_id: str = "") -> None:
    """Raise InputError QLF8005 or QLF8006 unless `target` is absent, empty or ours and untouched; `run_id` may have left half of it."""
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise InputError("QLF8005", f"{target} is not a folder")
    try:
        if not any(target.iterdir()):
            return
        written = read_marker(target) or (read_marker(staging(target, run_id)) if run_id else None)
        if written is None:
            raise InputError("QLF8005", f"{target} is not empty and was not written by qlf")
        foreign = list(changed(target, written))
    except OSError as error:
        raise InputError("QLF8007", f"{target}: {error.strerror}") from error
    if foreign:
        more = f" and {len(foreign) - _SHOWN} more" if len(foreign) > _SHOWN else ""
        raise InputError("QLF8006", f"{target}: {', '.join(foreign[:_SHOWN])}{more}", files=foreign[:100])


def read_marker(target: Path) -> dict[str, str] | None:
    """Path -> SHA-256 of what an earlier run wrote, or None when `target` is not ours."""
    try:
        data = json.loads((target / MARKER).read_bytes())
        return {str(path): str(digest) for path, digest in data["files"].items()} if data["version"] == 1 else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def changed(target: Path, written: Mapping[str, str]) -> Iterator[str]:
    """Paths below `target` that we did not write, or that no longer hold what we wrote."""
    for folder, folders, files in os.walk(target):
        folders[:] = sorted(name for name in folders if name not in REGENERABLE)
        base = Path(folder)
        links = [name for name in folders if (base / name).is_symlink()]
        for name in sorted([*files, *links]):
            path = (base / name).relative_to(target).as_posix()
            if name in REGENERABLE or name.endswith(".pyc") or path == MARKER:
                continue
            if (base / name).is_symlink() or not (base / name).is_file() or written.get(path) != digest_of(base / name):
                yield path


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def staging(target: Path, run_id: str) -> Path:
    """The folder beside `target` in which a run's result is written."""
    return target.with_name(f".{target.name}.qlf-{run_id.removeprefix('run_')}")


def write(target: Path, files: Files, run_id: str) -> None:
    """Put `files` at `target` in one step. Raises InputError QLF8005, QLF8006 or QLF8007; then `target` is as it was."""
    target = target.resolve()
    draft = staging(target, run_id)
    digests = {path: hashlib.sha256(file.content).hexdigest() for path, file in files.items()}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if read_marker(draft) != digests:
            shutil.rmtree(draft, ignore_errors=True)
        write_tree(draft, files, run_id, digests)
        check(target, run_id)
        move_in(draft, target)
    except OSError as error:
        raise InputError("QLF8007", f"{error.filename or target}: {error.strerror}") from error


def write_tree(draft: Path, files: Files, run_id: str, digests: Mapping[str, str]) -> None:
    """Write all files below `draft`, the marker last."""
    for path, file in files.items():
        place = draft / safe(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.content)
        place.chmod(0o755 if file.executable else 0o644)
    marker = {"version": 1, "run_id": run_id, "files": dict(sorted(digests.items()))}
    (draft / MARKER).parent.mkdir(parents=True, exist_ok=True)
    (draft / MARKER).write_text(json.dumps(marker, indent=1) + "\n", "utf-8")


def safe(path: str) -> PurePosixPath:
    """`path`, when it stays below its root. Raises InputError QLF8007."""
    pure = PurePosixPath(path)
    if not path or pure.is_absolute() or ".." in pure.parts or "\\" in path or "\0" in path:
        raise InputError("QLF8007", f"{path!r} leaves the output folder")
    return pure


def move_in(draft: Path, target: Path) -> None:
    """Rename `draft` to `target`; an earlier result of ours is renamed away first and deleted last."""
    old = draft.with_name(f"{draft.name}.old")
    if target.is_dir():
        shutil.rmtree(old, ignore_errors=True)
        if target.samefile(Path.cwd()):
            move_into_current(draft, target, old)
            return
        target.rename(old)
    try:
        draft.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def move_into_current(draft: Path, target: Path, old: Path) -> None:
    """The shell stands in `target`, so that folder stays. `dist/` moves last both ways: one marker always vouches."""
    old.mkdir()
    for source, place in ((target, old), (draft, target)):
        for entry in sorted(source.iterdir(), key=lambda path: (path.name == "dist", path.name)):
            entry.rename(place / entry.name)
    draft.rmdir()
    shutil.rmtree(old, ignore_errors=True)
