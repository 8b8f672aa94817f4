"""Which paths an archive may hold.

A capsule is unpacked on file systems that fold case, normalise Unicode or read `\\` and `:` as more than characters. A path is
accepted only when it means the same file on all of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from shared.model import CapsuleError

MAX_PATH_BYTES = 512
MAX_PART_BYTES = 255
MAX_DEPTH = 32
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\:]")


def check_path(path: str) -> None:
    """Refuse a path that is not relative, plain and portable (`CapsuleError` QLF5005)."""
    reason = _fault(path)
    if reason:
        raise CapsuleError("QLF5005", f"{path[:80]!r} {reason}")


def check_paths(paths: Iterable[str]) -> None:
    """Refuse unsafe paths (QLF5005), and paths that collide on some file system (QLF5007)."""
    spelled: dict[str, str] = {}
    files: set[str] = set()
    folders: set[str] = set()
    for path in paths:
        check_path(path)
        if path in files:
            raise CapsuleError("QLF5007", f"{path!r} occurs twice")
        files.add(path)
        parts = path.split("/")
        folders.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    for name in sorted(files | folders):
        other = spelled.setdefault(_folded(name), name)
        if other != name:
            raise CapsuleError("QLF5007", f"{other!r} and {name!r} differ only in letter case")
    both = sorted(files & folders)
    if both:
        raise CapsuleError("QLF5007", f"{both[0]!r} is a file and a folder")


def _fault(path: str) -> str:
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return "is not valid Unicode"
    parts = path.split("/")
    if size > MAX_PATH_BYTES or any(len(part.encode()) > MAX_PART_BYTES for part in parts):
        return "is too long"
    if len(parts) > MAX_DEPTH:
        return "is too deep"
    if any(part in ("", ".", "..") for part in parts):
        return "is absolute, empty, or has an empty, `.` or `..` part"
    if _FORBIDDEN.search(path):
        return "holds a control character, a backslash or a colon"
    if unicodedata.normalize("NFC", path) != path:
        return "is not in Unicode form NFC"
    return ""


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
