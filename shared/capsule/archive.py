"""Reading a capsule or a source archive, and unpacking it onto a disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from shared.capsule.gzipped import gunzip
from shared.capsule.tarball import LIMITS, Limits, SourceFile, read_tar
from shared.model import CapsuleError, InputError


def read_archive(data: bytes, limits: Limits = LIMITS) -> dict[str, SourceFile]:
    """The files of a canonical tar inside one gzip member, all in memory and within `limits`.

    Raises `CapsuleError` QLF5001 to QLF5008 for everything that this program would not have written.
    """
    return read_tar(gunzip(data, limits), limits)


def extract(data: bytes, target: Path, *, only: str | None = None, limits: Limits = LIMITS) -> list[Path]:
    """Unpack `data` into `target`, a folder that does not exist yet or is empty; returns the written files, sorted.

    With `only="source/"`, the files below that path alone, their paths relative to it. The folder is written beside the target
    and renamed at the end, so a failure leaves nothing behind. Raises `CapsuleError` (what `read_archive` raises, QLF5042) and
    `InputError` (QLF5040 target not empty, QLF5041 not writable).
    """
    files = _below(read_archive(data, limits), only)
    target = Path(os.path.abspath(target))
    try:
        _require_free(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name[:64]}.", dir=target.parent))
        try:
            for path, file in files.items():
                _write(beside / path, file)
            beside.chmod(0o755)
            beside.rename(target)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    except OSError as error:
        raise InputError("QLF5041", f"{target}: {error.strerror or error}") from error
    return sorted(target / path for path in files)


def _below(files: dict[str, SourceFile], only: str | None) -> dict[str, SourceFile]:
    if not only:
        return files
    prefix = only.rstrip("/") + "/"
    chosen = {path.removeprefix(prefix): file for path, file in files.items() if path.startswith(prefix)}
    if not chosen:
        raise CapsuleError("QLF5042", f"nothing under {only!r}")
    return chosen


def _require_free(target: Path) -> None:
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise InputError("QLF5040", f"{target} exists and is not an empty folder")


def _write(path: Path, file: SourceFile) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(file.data)
        os.fchmod(descriptor, int(file.mode, 8))
