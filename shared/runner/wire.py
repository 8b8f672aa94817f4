"""What passes between the factory and a runner in a session: one archive there, one archive back.

An archive is a gzipped tar: `job.json` or `result.json`, and files below `work/`. Both sides take it as hostile: only files and folders,
only below `work/`, bounded in number and size. Paths that differ between the two machines travel as marks: `WORK`, and `ENVIRONMENT` with
the number of the lock. A mark holds a NUL, which no argument or variable can hold by itself.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import TypeVar

from pydantic import ConfigDict, Field, ValidationError

from shared.model import InputError, Record
from shared.runner.records import MIB, Outcome, Profile

R = TypeVar("R", bound=Record)
JOB, RESULT, FILES = "job.json", "result.json", "work"
WORK = "\0work\0"
ARCHIVE_BYTES = 45 * MIB
"""What goes through a session pool in one request, with room to spare: its documentation advises to stay below 50 MB."""
_UNPACKED_BYTES = 512 * MIB
_MOST_FILES = 50_000
_DOCUMENT_BYTES = 32 * MIB
_SKIPPED = frozenset({"__pycache__"})
PROGRAMS = frozenset({"python", "ruff", "mypy", "bandit", "detect-secrets", "st", "node", "npm", "go", "cargo", "java", "mvn"})
"""What a runner starts: a name out of this list, in an environment or among the runner's own tools. Never a path."""


def environment_mark(number: int) -> str:
    """The mark of the environment of lock `number`."""
    return f"\0environment{number}\0"


class Task(Record):
    """A program by name with its arguments. `environment` is the number of a lock, or null for the runner's own tools."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
    program: str
    environment: int | None = Field(default=None, ge=0)
    arguments: list[str] = Field(default_factory=list)
    cwd: str
    env: dict[str, str] = Field(default_factory=dict)
    stdin: bytes | None = None


class Probe(Record):
    """How the first task, a server, is known to be ready."""

    path: str = "/"
    ready_seconds: float = Field(default=30, gt=0)


class Job(Record):
    """What the runner is asked for: tasks one after another, or a server (`probe` is set) with its clients."""

    tasks: list[Task] = Field(min_length=1, max_length=100)
    profile: Profile
    probe: Probe | None = None
    locks: list[str] = Field(default_factory=list, max_length=8)


class Result(Record):
    """What became of it. `error` (as JSON) excludes all else; `paths` are the runner's own, by mark; `removed` files are gone."""

    outcomes: list[Outcome] = Field(default_factory=list)
    ready: bool | None = None
    ready_after: float | None = None
    paths: dict[str, str] = Field(default_factory=dict)
    removed: list[str] = Field(default_factory=list)
    error: dict[str, object] | None = None


def fill(text: str, paths: Mapping[str, str]) -> str:
    """The text with each mark replaced by its path, or each path by its mark; the longest first, as one may begin another."""
    for found in sorted(paths, key=len, reverse=True):
        text = text.replace(found, paths[found])
    return text


def fill_bytes(data: bytes, paths: Mapping[str, str]) -> bytes:
    """The same in output and standard input."""
    for found in sorted(paths, key=len, reverse=True):
        data = data.replace(os.fsencode(found), os.fsencode(paths[found]))
    return data


def files_below(root: Path) -> dict[str, os.stat_result]:
    """Every regular file by its path below `root`; links and byte code are left out."""
    found: dict[str, os.stat_result] = {}
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in sorted(names):
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink():
                found[path.relative_to(root).as_posix()] = path.stat()
    return found


def pack(kind: str, document: Record, root: Path, names: Iterable[str], *, folders: bool = False) -> bytes:
    """The archive of a document and the named files below `root`. Raises InputError QLF3023 above 45 MB."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1, format=tarfile.PAX_FORMAT) as tar:
        text = document.model_dump_json().encode()
        entry = tarfile.TarInfo(kind)
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
        if folders:
            for folder in sorted(path for path in root.rglob("*") if path.is_dir() and not path.is_symlink() and path.name not in _SKIPPED):
                tar.add(folder, f"{FILES}/{folder.relative_to(root).as_posix()}", recursive=False)
        for name in names:
            tar.add(root / name, f"{FILES}/{name}", recursive=False)
    if out.tell() > ARCHIVE_BYTES:
        raise InputError("QLF3023", f"{out.tell() // MIB} MB")
    return out.getvalue()


def unpack(kind: str, model: type[R], archive: bytes, root: Path) -> R:
    """Write the archive's files below `root`; its document. Raises InputError QLF3027 for anything that is not as it should be."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(archive)) as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
            document = _unpack(kind, model, tar, root)
            if len(stream.read(MIB)) == MIB:  # to the end, where the checksum of all is
                raise InputError("QLF3027", "more than an archive")
            return document
    except (tarfile.TarError, EOFError, OSError, ValidationError, UnicodeError, zlib.error) as error:
        raise InputError("QLF3027", type(error).__name__) from error


def _unpack(kind: str, model: type[R], tar: tarfile.TarFile, root: Path) -> R:
    document: R | None = None
    count = total = 0
    for entry in tar:
        count, total = count + 1, total + entry.size
        if count > _MOST_FILES or total > _UNPACKED_BYTES:
            raise InputError("QLF3027", "too many files, or too large")
        if entry.name == kind and entry.isreg() and document is None and entry.size <= _DOCUMENT_BYTES:
            content = tar.extractfile(entry)
            document = model.model_validate_json(content.read() if content else b"")
        elif entry.name.startswith(f"{FILES}/") and (entry.isreg() or entry.isdir()):
            _extract(tar, entry, root)
        else:
            raise InputError("QLF3027", "an entry that does not belong")
    if document is None:
        raise InputError("QLF3027", f"no {kind}")
    return document


def _extract(tar: tarfile.TarFile, entry: tarfile.TarInfo, root: Path) -> None:
    """One entry, by Python's own rules for data (PEP 706); what stands in its place and is no file or folder goes first."""
    name = entry.name.removeprefix(f"{FILES}/")
    place = root / name
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        raise InputError("QLF3027", "a path that leads elsewhere")
    if place.is_symlink() or (entry.isreg() and place.exists() and not place.is_file()):
        raise InputError("QLF3027", "an entry in the place of something else")
    tar.extract(entry.replace(name=name, deep=False), root, filter="data", set_attrs=True)
