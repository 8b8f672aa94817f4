"""Codes of capsules, signatures and archives (QLF5xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = ()
