"""One way to write a closed word class: the words in a text, divided by blanks."""

from __future__ import annotations


def bag(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())
