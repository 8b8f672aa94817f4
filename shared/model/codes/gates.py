"""Codes of gates and the repair loop (QLF4xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = ()
