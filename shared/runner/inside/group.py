"""The group of processes below a supervisor: counted, measured, and ended together, also those that left their session."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Process(NamedTuple):
    """A row of the process table: resident bytes, and CPU seconds including those of children it has waited for."""

    pid: int
    parent: int
    started: str
    resident: int
    cpu: float


class Group:
    """Descendants of `root`, remembered with their start so that one whose parent died is still known (and a reused id is not)."""

    def __init__(self, root: int) -> None:
        self.root = root
        self._seen: dict[int, str] = {}

    def members(self) -> list[Process]:
        """Living descendants of the root, and living processes that once were."""
        table = {p.pid: p for p in process_table()}
        known = {pid for pid, started in self._seen.items() if pid in table and table[pid].started == started}
        children: dict[int, list[int]] = {}
        for process in table.values():
            children.setdefault(process.parent, []).append(process.pid)
        waiting = [self.root, *known]
        while waiting:
            for pid in children.get(waiting.pop(), []):
                if pid not in known and pid != self.root:
                    known.add(pid)
                    waiting.append(pid)
        self._seen = {pid: table[pid].started for pid in known}
        return [table[pid] for pid in sorted(known)]

    def end(self, patience: float = 3.0) -> bool:
        """Kill until nobody is left; False when somebody still is after `patience` seconds."""
        deadline = time.monotonic() + patience
        while members := self.members():
            for process in members:
                _kill(process.pid)
            reap()
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True


def process_table() -> list[Process]:
    """Every process this user can see, from /proc on Linux and from `ps` elsewhere. Zombies are left out."""
    return _from_proc() if sys.platform == "linux" else _from_ps()


def reap() -> None:
    """Collect every child that ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _from_proc() -> list[Process]:
    rows = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b") ")[2].split()
        except OSError:
            continue
        if fields[0] in (b"Z", b"X"):
            continue
        cpu = sum(int(ticks) for ticks in fields[11:15]) / _TICKS
        rows.append(Process(int(name), int(fields[1]), fields[19].decode(), int(fields[21]) * _PAGE, cpu))
    return rows


def _from_ps() -> list[Process]:
    listing = subprocess.run(["/bin/ps", "-axo", "pid=,ppid=,rss=,time=,stat=,lstart="], capture_output=True, text=True, check=False).stdout
    rows = []
    for line in listing.splitlines():
        parts = line.split(None, 5)
        if len(parts) == 6 and not parts[4].startswith("Z"):
            rows.append(Process(int(parts[0]), int(parts[1]), parts[5], int(parts[2]) * 1024, _seconds(parts[3])))
    return rows


def _seconds(text: str) -> float:
    """`[hours:]minutes:seconds.hundredths`, as ps prints CPU time."""
    total = 0.0
    for part in text.replace("-", ":").split(":"):
        total = total * 60 + float(part)
    return total
