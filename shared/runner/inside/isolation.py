"""From the supervisor's world into the box: namespaces, an unprivileged user, limits; and a measurement of what holds."""

from __future__ import annotations

import errno
import mmap
import os
import resource
import socket
import sys

from . import mounts, system
from .job import Job, Limits
from .mounts import IsolationError

LEVELS = ("full", "network", "none")
_ADDRESS_SPACE_HEADROOM = 4
_THREADS_PER_PROCESS = 16


def enter(level: str, job: Job) -> None:
    """Enter the namespaces of `level` (`full`: network, mounts, processes, IPC; `network`; `none`). Raises IsolationError."""
    if level == "none":
        _become(job.uid)
        return
    flags = 0 if job.limits.network == "install" else system.CLONE_NEWNET
    if level == "full":
        flags |= system.CLONE_NEWNS | system.CLONE_NEWPID | system.CLONE_NEWIPC
    if os.geteuid() != 0:
        _unshare_as_user(flags)
    elif system.unshare(flags):
        raise IsolationError("no right to make namespaces")
    if job.limits.network == "loopback" and system.loopback_up():
        raise IsolationError("loopback stays down")
    if level == "full":
        mounts.arrange(job)


def settle(level: str, job: Job) -> list[str]:
    """Last steps, in the first process inside: own /proc, unprivileged user, limits. Returns what is not enforced, measured."""
    proc = mounts.fresh_proc() if level == "full" else 0
    _become(job.uid)
    system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
    system.prctl(system.PR_SET_DUMPABLE, 0)
    system.prctl(system.PR_SET_PDEATHSIG, 9)
    limit(job.limits, own_user=job.uid is not None)
    checks = {
        "network": _network_is_closed(level, job.limits),
        "filesystem": level == "full" and _is_read_only("/"),
        "privileges": os.geteuid() != 0,
        "memory": _memory_is_bounded(job.limits),
        "proc": proc == 0,
        "escape": level == "full" or sys.platform == "linux",
    }
    return [name for name, holds in checks.items() if not holds]


def limit(limits: Limits, own_user: bool) -> None:
    """Set the per-process limits. The number of processes is limited here only for a user who runs nothing else."""
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(limits.cpu_seconds) + 1,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_AS: limits.memory_bytes * _ADDRESS_SPACE_HEADROOM,
    }
    if own_user:
        wanted[resource.RLIMIT_NPROC] = limits.processes * _THREADS_PER_PROCESS
    for name, value in wanted.items():
        _, hard = resource.getrlimit(name)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(name, (bound, bound))
        except (OSError, ValueError):
            continue  # shown by the measurement


def _become(uid: int | None) -> None:
    if uid is not None and os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)


def _unshare_as_user(flags: int) -> None:
    uid, gid = os.geteuid(), os.getegid()
    if system.unshare(flags | system.CLONE_NEWUSER):
        raise IsolationError("no user namespaces")
    try:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    except OSError as error:
        raise IsolationError("no identity in the user namespace") from error


def _network_is_closed(level: str, limits: Limits) -> bool:
    """A datagram socket to a documentation address (RFC 5737) must find no route. `install` asks for no closing."""
    if limits.network == "install":
        return True
    if level == "none":
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))
        except OSError as error:
            return error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH)
    return False


def _is_read_only(path: str) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _memory_is_bounded(limits: Limits) -> bool:
    """More address space than the limit must be refused."""
    try:
        mmap.mmap(-1, limits.memory_bytes * _ADDRESS_SPACE_HEADROOM + mmap.PAGESIZE).close()
    except (OSError, ValueError, OverflowError, MemoryError):
        return True
    return False
