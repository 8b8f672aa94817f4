"""Remembers across the death of the process which instance's code was running, for the price of one small write.

The mark is not synced: it has to survive the process, not the machine.
"""

import os
from pathlib import Path

_SIZE = 1100


class RunningMark:
    """A file that holds the id of the instance whose episode is under way."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def set(self, instance: str) -> None:
        """Note that an episode begins."""
        raw = instance.encode()
        os.pwrite(self._fd, len(raw).to_bytes(2, "big") + raw, 0)

    def clear(self) -> None:
        """Note that it has ended."""
        os.pwrite(self._fd, b"\0\0", 0)

    def left_behind(self) -> str | None:
        """The instance during whose episode the last process died, if it did."""
        raw = os.pread(self._fd, _SIZE, 0)
        length = int.from_bytes(raw[:2], "big")
        return raw[2:2 + length].decode(errors="replace") if length else None

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
