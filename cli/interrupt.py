"""Ctrl-C, and the polite requests to end that are handled like it.

Python delivers a signal between any two steps of the program, also inside a destructor, where an exception is dropped. So the signal is
noted as well as raised, and whoever loops asks.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

_arrived = threading.Event()


def listen() -> None:
    """Forget what came before, and listen from now on; a signal that somebody had set to be ignored stays ignored."""
    _arrived.clear()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                signal.signal(number, _note)


def check() -> None:
    """Raise KeyboardInterrupt if a signal arrived and its exception was lost."""
    if _arrived.is_set():
        raise KeyboardInterrupt


def _note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signature of a handler
    _arrived.set()
    raise KeyboardInterrupt
