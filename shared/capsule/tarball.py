"""The canonical tar: one sequence of bytes for one set of files.

Written by the standard library in POSIX pax form; read by a strict parser that accepts what the writer writes and nothing else,
so a hostile archive meets neither the library's leniency nor its slow paths. IEEE Std 1003.1, pax Interchange Format.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from shared.capsule.paths import check_paths
from shared.model import CapsuleError, Mode

_BLOCK = 512
_OCTAL = re.compile(rb"[0-7]{1,12}\x00?")
_PAX_PATH = re.compile(rb"([1-9][0-9]{0,5}) path=([^\n]+)\n")
_KINDS = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a character device",
    b"4": "a block device",
    b"5": "a folder entry",
    b"6": "a named pipe",
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file: its bytes, its mode and who wrote it (an agent's or repairer's name; empty when read from an archive)."""

    data: bytes
    mode: Mode = "0644"
    producer: str = ""


class Limits(NamedTuple):
    """What a reader accepts: number of files, bytes of the tar, bytes of the file, and how far it may expand.

    The ratio is looked at beyond `ratio_floor` bytes only: small archives of repetitive text expand far without doing harm.
    """

    files: int = 20_000
    tar_bytes: int = 256 * 2**20
    file_bytes: int = 64 * 2**20
    ratio: int = 200
    ratio_floor: int = 4 * 2**20


LIMITS = Limits()


def canonical_tar(files: Mapping[str, SourceFile]) -> bytes:
    """The tar of `files` (relative POSIX path -> file): sorted by UTF-8 path, time 0, owner 0, pax only for long or non-ASCII names.

    Raises `CapsuleError` QLF5005 or QLF5007 for paths that an archive may not hold.
    """
    check_paths(files)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8", errors="strict") as tar:
        for path in sorted(files, key=str.encode):
            info = tarfile.TarInfo(path)
            info.size = len(files[path].data)
            info.mode = int(files[path].mode, 8)
            tar.addfile(info, io.BytesIO(files[path].data))
    return out.getvalue()


def read_tar(tar: bytes, limits: Limits = LIMITS) -> dict[str, SourceFile]:
    """The files of a canonical tar. Anything that `canonical_tar` would not have written is refused (QLF5003 to QLF5008)."""
    files: dict[str, SourceFile] = {}
    for path, file in _entries(tar):
        if path in files:
            raise CapsuleError("QLF5007", f"{path[:80]!r} occurs twice")
        if len(files) >= limits.files:
            raise CapsuleError("QLF5004", f"more than {limits.files} files")
        files[path] = file
    if canonical_tar(files) != tar:
        raise CapsuleError("QLF5008", "order, times, owners, modes or padding are not the canonical ones")
    return files


def _entries(tar: bytes) -> Iterator[tuple[str, SourceFile]]:
    offset, pax_path = 0, b""
    while True:
        header = tar[offset : offset + _BLOCK]
        if len(header) < _BLOCK:
            raise CapsuleError("QLF5003", "the tar ends within an entry")
        if not any(header):
            return
        size = _number(header[124:136])
        body = tar[offset + _BLOCK : offset + _BLOCK + size]
        if len(body) < size:
            raise CapsuleError("QLF5003", "the tar ends within a file")
        offset += _BLOCK + -(-size // _BLOCK) * _BLOCK
        kind = header[156:157]
        if kind == b"x":
            pax_path = _pax_path(body)
            continue
        if kind != b"0":
            raise CapsuleError("QLF5006", f"the archive holds {_KINDS.get(kind, 'an entry of an unknown kind')}")
        yield _text(pax_path or header[:100].rstrip(b"\0")), SourceFile(body, _mode(header))
        pax_path = b""


def _number(field: bytes) -> int:
    if not _OCTAL.fullmatch(field):
        raise CapsuleError("QLF5008", "a size or mode is not a plain octal number")
    return int(field.rstrip(b"\0"), 8)


def _mode(header: bytes) -> Mode:
    match _number(header[100:108]):
        case 0o644:
            return "0644"
        case 0o755:
            return "0755"
    raise CapsuleError("QLF5008", "a file has a mode other than 0644 and 0755")


def _pax_path(body: bytes) -> bytes:
    match = _PAX_PATH.fullmatch(body)
    if not match or int(match[1]) != len(body):
        raise CapsuleError("QLF5008", "a pax header holds more than a path")
    return match[2]


def _text(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError as error:
        raise CapsuleError("QLF5005", f"{name[:80]!r} is not UTF-8") from error
