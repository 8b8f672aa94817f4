"""The process between the host and the box: it measures, drains output, and ends everything when a limit or the host says so.

It lives in a session of its own, so a signal to the host's process group does not reach it; the end of its standard input does.
"""

from __future__ import annotations

import base64
import json
import os
import selectors
import shutil
import signal
import sys
import time
from typing import Any

from . import isolation, system
from .group import Group, reap
from .init import Init, Streams
from .job import Job, parse
from .mounts import IsolationError

_TICK = 0.1
_FLOOD = 8
_CHUNK = 65536


class Stream:
    """A drained pipe: the first `limit` bytes are kept, the rest is counted."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.data = bytearray()
        self.total = 0
        self.read, self.write = os.pipe()
        os.set_blocking(self.read, False)

    def drain(self) -> bool:
        """Take what is there; False at the end of the stream."""
        try:
            chunk = os.read(self.read, _CHUNK)
        except BlockingIOError:
            return True
        self.total += len(chunk)
        self.data += chunk[: max(0, self.limit - len(self.data))]
        return bool(chunk)


class Supervisor:
    """One attempt to run a job at one level of isolation."""

    def __init__(self, job: Job, level: str) -> None:
        self.job = job
        self.level = level
        self.status = Stream(1 << 20)
        self.outputs = [(Stream(job.limits.output_bytes), Stream(job.limits.output_bytes)) for _ in job.programs]
        self.limits_hit: list[str] = []
        self.orphaned = False
        self.group = Group(os.getpid())
        self.started = time.monotonic()

    def run(self) -> dict[str, Any]:
        """Fork the box and watch it to its end; returns what the host reads."""
        box = os.fork()
        if box == 0:
            self._box()
        for stream in self._streams():
            os.close(stream.write)
        self._watch(box)
        cleared = self.group.end()
        reap()
        self._drain_rest()
        return self._report(cleared)

    def _box(self) -> None:
        """In the child: enter the isolation, fork its first process, wait for it. Never returns."""
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
        init = Init(self.job, [Streams(out.write, err.write) for out, err in self.outputs], self.status.write)
        try:
            isolation.enter(self.level, self.job)
            child = os.fork()
            if child == 0:
                init.say(event="settled", unenforced=isolation.settle(self.level, self.job))
                init.run()
            else:
                os.waitpid(child, 0)
        except (IsolationError, OSError) as error:
            init.say(event="refused", why=str(error))
        finally:
            os._exit(0)

    def _streams(self) -> list[Stream]:
        return [self.status, *(stream for pair in self.outputs for stream in pair)]

    def _watch(self, box: int) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(0, selectors.EVENT_READ)
            for stream in self._streams():
                selector.register(stream.read, selectors.EVENT_READ, stream)
            next_check = self.started + _TICK
            while not self.limits_hit and not self.orphaned:
                for key, _ in selector.select(max(0.0, next_check - time.monotonic())):
                    if key.data is None:
                        self.orphaned = not os.read(0, 1)
                    elif not key.data.drain():
                        selector.unregister(key.fd)
                if self._is_done(box):
                    return
                if time.monotonic() >= next_check:
                    self._check()
                    next_check = time.monotonic() + _TICK

    def _is_done(self, box: int) -> bool:
        return self.status.data.endswith(b'{"event": "done"}\n') or os.waitpid(box, os.WNOHANG)[0] == box

    def _check(self) -> None:
        limits, members = self.job.limits, self.group.members()
        spent = {
            "wall": time.monotonic() - self.started >= limits.wall_seconds,
            "cpu": sum(p.cpu for p in members) >= limits.cpu_seconds,
            "memory": sum(p.resident for p in members) > limits.memory_bytes,
            "processes": len(members) - 2 > limits.processes,
            "output": any(s.total > limits.output_bytes * _FLOOD for pair in self.outputs for s in pair),
        }
        self.limits_hit = [name for name, hit in spent.items() if hit]

    def _drain_rest(self) -> None:
        for stream in self._streams():
            while stream.total <= stream.limit * _FLOOD:
                before = stream.total
                if not stream.drain() or stream.total == before:
                    break
            os.close(stream.read)

    def _report(self, cleared: bool) -> dict[str, Any]:
        facts = [json.loads(line) for line in bytes(self.status.data).splitlines()]
        exits = {fact["index"]: fact for fact in facts if fact["event"] == "exit"}
        settled = next((fact for fact in facts if fact["event"] == "settled"), None)
        refused = next((fact["why"] for fact in facts if fact["event"] == "refused"), "" if settled else "the box ended before it began")
        return {
            "refused": refused,
            "unenforced": (settled or {}).get("unenforced", []) + ([] if cleared else ["cleanup"]),
            "ready": next((fact for fact in facts if fact["event"] == "ready"), None),
            "limits_hit": self.limits_hit,
            "seconds": round(time.monotonic() - self.started, 3),
            "programs": [self._program(index, exits.get(index)) for index in range(len(self.outputs))],
        }

    def _program(self, index: int, ended: dict[str, Any] | None) -> dict[str, Any]:
        out, err = self.outputs[index]
        return {
            "exit_code": ended["code"] if ended else None,
            "seconds": ended["seconds"] if ended else None,
            "stdout": base64.b64encode(out.data).decode(),
            "stderr": base64.b64encode(err.data).decode(),
            "truncated": out.total > out.limit or err.total > err.limit,
        }


def main() -> None:
    """Read one job from standard input, run it at the best level of isolation there is, write one report to standard output."""
    line = bytearray()
    while not line.endswith(b"\n"):
        chunk = os.read(0, _CHUNK)
        if not chunk:
            return
        line += chunk
    job = parse(json.loads(line))
    system.prctl(system.PR_SET_CHILD_SUBREAPER, 1)
    try:
        for level in isolation.LEVELS:
            attempt = Supervisor(job, level)
            report = attempt.run()
            if attempt.orphaned or not report["refused"]:
                break
        if not attempt.orphaned:
            sys.stdout.write(json.dumps(report))
    finally:
        shutil.rmtree(job.scratch, ignore_errors=True)
