"""Codes of the command line, settings and set-up (QLF8xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = (
    CodeEntry("QLF8001", "Python 3.11 or newer was not found", "Install Python 3.11, 3.12 or 3.13 with its venv module, or name one with PYTHON=/path/to/python3."),
    CodeEntry("QLF8002", "The environment could not be set up", "Check that pip reaches its package registry, then run the command again."),
)
