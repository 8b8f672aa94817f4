"""Where a brief comes from: an argument, a pipe or `-`. Bounded in memory; text is UTF-8 or refused by code."""

from __future__ import annotations

import sys
from typing import BinaryIO

from shared.model import InputError

READ_LIMIT = 1 << 20
"""Bytes that are read at most: far above the compiler's limit, so that the compiler's own error tells of it."""


def read_brief(argument: str | None, stdin: BinaryIO | None = None) -> str:
    """The brief's text. Raises InputError QLF8009 when there is none, QLF8008 when it is not UTF-8."""
    if argument is not None and argument != "-":
        if any("\ud800" <= char <= "\udfff" for char in argument):
            raise InputError("QLF8008")
        return argument
    if stdin is None:
        if sys.stdin is None or (argument is None and sys.stdin.isatty()):
            raise InputError("QLF8009")
        stdin = sys.stdin.buffer
    return decode(stdin.read(READ_LIMIT))


def decode(data: bytes) -> str:
    """Bytes of a pipe as text with LF line ends; a byte order mark is taken off. Raises InputError QLF8008."""
    head, cut = data, len(data) >= READ_LIMIT
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not (cut and error.start > len(head) - 4):
            raise InputError("QLF8008", f"byte {error.start} of the brief is not UTF-8") from error
        text = head[: error.start].decode("utf-8-sig")
    return text.replace("\r\n", "\n").replace("\r", "\n")
