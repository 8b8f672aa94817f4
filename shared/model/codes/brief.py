"""The brief compiler's codes (QLF1xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = ()
