"""Codes of runs, stores and the REST API (QLF7xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = ()
