"""Remembers across the death of the process which instance's code was running, for the price of a write to memory.

The mark lies in a shared mapping of a file: it has to survive the process, not the machine.
"""

import errno
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SIZE = 4 * mmap.PAGESIZE


class RunningMark:
    """A file that holds the id of the instance whose code is running."""

    def __init__(self, path: Path) -> None:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(fd).st_size < _SIZE and os.write(fd, bytes(_SIZE)) < _SIZE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))  # a mapping without blocks would end the process
            self._map = mmap.mmap(fd, _SIZE)
        finally:
            os.close(fd)

    @contextmanager
    def during(self, instance: str) -> Iterator[None]:
        """Mark the instance while its code runs, and only then: a kill from outside should rarely be laid at its door."""
        raw = instance.encode()[: _SIZE - 2]
        self._map[2 : 2 + len(raw)] = raw
        self._map[0:2] = len(raw).to_bytes(2, "big")
        try:
            yield
        finally:
            self.clear()

    def clear(self) -> None:
        """Note that no code runs."""
        self._map[0:2] = b"\0\0"

    def left_behind(self) -> str | None:
        """The instance during whose episode the last process died, if it did."""
        length = int.from_bytes(self._map[0:2], "big")
        return self._map[2 : 2 + length].decode(errors="replace") if length else None

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
