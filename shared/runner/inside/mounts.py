"""The file system as sandboxed code sees it: read-only but for its work, with the user's own folders out of sight."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from . import system
from .job import Job

_SHARED = ("/tmp", "/dev/shm")  # noqa: S108
_PROTECTED = system.MS_NOSUID | system.MS_NODEV


class IsolationError(Exception):
    """This level of isolation cannot be had here; the supervisor tries the next one."""


def arrange(job: Job) -> None:
    """Build the view inside a fresh mount namespace. Raises IsolationError when the kernel refuses a step."""
    _must(system.mount("none", "/", "", system.MS_REC | system.MS_PRIVATE), "private mounts")
    writable = [job.scratch, *job.writable]
    kept = {path: os.open(path, os.O_PATH) for path in _outermost([*writable, *job.readable])}
    covers = _outermost([path for path in [*job.hidden, *_SHARED, *_closed_ancestors(job, list(kept))] if os.path.isdir(path)])
    for cover in covers:
        rights = "mode=1777,size=64m" if cover in _SHARED else "mode=0755,size=1m"
        _must(system.mount("tmpfs", cover, "tmpfs", _PROTECTED, rights), f"cover {cover}")
    for path, handle in kept.items():
        _restore(path, handle, covers)
    for path in writable:
        _must(system.mount(path, path, "", system.MS_BIND), f"work {path}")
    _read_only(except_for=[*writable, *_SHARED])


def fresh_proc() -> int:
    """Mount the `/proc` of this process-id namespace; call it from inside, as its first process."""
    return system.mount("proc", "/proc", "proc", _PROTECTED | system.MS_NOEXEC)


def _must(error: int, step: str) -> None:
    if error:
        raise IsolationError(f"{step}: {os.strerror(error)}")


def _outermost(paths: list[str]) -> list[str]:
    """The paths that lie under no other one, in order."""
    found: list[str] = []
    for path in sorted({os.path.realpath(p) for p in paths}):
        if not any(path == f or path.startswith(f.rstrip("/") + "/") for f in found):
            found.append(path)
    return found


def _closed_ancestors(job: Job, paths: list[str]) -> list[str]:
    """Folders above `paths` that the unprivileged user may not enter (a root user's home): they are covered, not opened."""
    if job.uid is None:
        return []
    ancestors = {str(parent) for path in paths for parent in Path(path).parents if str(parent) != "/"}
    return [path for path in ancestors if not os.stat(path).st_mode & stat.S_IXOTH]


def _restore(path: str, handle: int, covers: list[str]) -> None:
    """Put a kept path back at its own address if a cover hides it."""
    if any(path == cover or path.startswith(cover + "/") for cover in covers):
        source = f"/proc/self/fd/{handle}"
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            os.makedirs(path, mode=0o755, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            Path(path).touch()
        _must(system.mount(source, path, "", system.MS_BIND | system.MS_REC), f"keep {path}")
    os.close(handle)


def _read_only(except_for: list[str]) -> None:
    """Remount every mount read-only but the work. The root must obey; a stubborn inner mount shows in the measured probes."""
    skip = {os.path.realpath(path) for path in except_for} | {"/proc"}
    for point, options in _mount_points():
        if point in skip or point.startswith(("/proc/", "/dev/")) or point == "/dev":
            continue
        flags = system.MS_REMOUNT | system.MS_BIND | system.MS_RDONLY | _locked(options)
        error = system.mount("none", point, "", flags)
        if point == "/":
            _must(error, "read-only root")


def _mount_points() -> list[tuple[str, set[str]]]:
    with open("/proc/self/mounts", encoding="utf-8") as table:
        rows = [line.split(" ") for line in table]
    return [(row[1].encode().decode("unicode_escape"), set(row[3].split(","))) for row in rows]


def _locked(options: set[str]) -> int:
    """Flags that a user namespace may not drop on a remount (mount_namespaces(7))."""
    known = {
        "nosuid": system.MS_NOSUID,
        "nodev": system.MS_NODEV,
        "noexec": system.MS_NOEXEC,
        "noatime": 1024,
        "nodiratime": 2048,
        "relatime": 1 << 21,
    }
    return sum(flag for name, flag in known.items() if name in options)
