"""The two streams: stdout carries data, stderr carries talk. A reader that goes away ends no run."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from typing import Any, TextIO

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """`text` without what would command a terminal: control characters and direction overrides are shown as escapes."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}" if ord(match.group()) < 256 else f"\\u{ord(match.group()):04x}", text)


class Output:
    """Writes data and talk; with `json` on, data is one JSON object per line and ends with exactly one result."""

    def __init__(self, *, json: bool = False, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.json = json
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        self.closed = False
        self.finished = False
        for stream in (self.out, self.err):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")

    def data(self, text: str = "") -> None:
        """A line of data for people; nothing with `--json`, where objects carry it."""
        if not self.json:
            self._write(plain(text))

    def raw(self, text: str) -> None:
        """Text that we made ourselves, colours and all; nothing with `--json`."""
        if not self.json:
            self._write(text.rstrip("\n"))

    def event(self, event: dict[str, Any]) -> None:
        """An event as a line of JSON; nothing without `--json`."""
        if self.json:
            self._write(json.dumps({"type": "event", "event": event}, ensure_ascii=True))

    def result(self, command: str, exit_code: int, *, run_id: str | None = None, ir: Any = None, **more: Any) -> None:
        """The one result line; nothing without `--json`, nothing the second time."""
        if not self.json or self.finished:
            return
        self.finished = True
        self._write(
            json.dumps(
                {"type": "result", "command": command, "exit_code": exit_code, "run_id": run_id, "ir": ir, **more}, ensure_ascii=True
            )
        )

    def say(self, text: str) -> None:
        """A line of talk."""
        with contextlib.suppress(OSError, ValueError):
            print(plain(text), file=self.err, flush=True)

    def terminal(self) -> bool:
        """True when talk goes to a terminal that can move its cursor."""
        return self.err.isatty() and os.environ.get("TERM", "") not in ("", "dumb")

    def _write(self, text: str) -> None:
        if self.closed:
            return
        try:
            print(text, file=self.out, flush=True)
        except (BrokenPipeError, ValueError):
            self.closed = True
            silence(self.out)


def silence(stream: TextIO) -> None:
    """Point a broken stream at nothing, so that the interpreter's last flush does not complain."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
