"""The runner's codes (QLF3xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = ()
