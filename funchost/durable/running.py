"""Remembers across the death of the process which instance's code was running, for the price of a write to memory.

The mark lies in a shared mapping of a file: it has to survive the process, not the machine.
"""

import mmap
import os
from pathlib import Path

_SIZE = mmap.PAGESIZE


class RunningMark:
    """A file that holds the id of the instance whose episode is under way."""

    def __init__(self, path: Path) -> None:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(fd).st_size < _SIZE:
                os.write(fd, bytes(_SIZE))
            self._map = mmap.mmap(fd, _SIZE)
        finally:
            os.close(fd)

    def set(self, instance: str) -> None:
        """Note that an episode begins."""
        raw = instance.encode()
        self._map[2:2 + len(raw)] = raw
        self._map[0:2] = len(raw).to_bytes(2, "big")

    def clear(self) -> None:
        """Note that it has ended."""
        self._map[0:2] = b"\0\0"

    def left_behind(self) -> str | None:
        """The instance during whose episode the last process died, if it did."""
        length = int.from_bytes(self._map[0:2], "big")
        return self._map[2:2 + length].decode(errors="replace") if length else None

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
