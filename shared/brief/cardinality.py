"""Relations that are named by their kind: "many-to-many", "1:n", "one to one", "and vice versa"."""

from __future__ import annotations

from dataclasses import dataclass

from shared.brief.text import Token

KINDS = frozenset({"relationship", "relation", "association", "link", "cardinality", "connection", "kind", "type"})
_ONE = frozenset({"one", "1"})
_MANY = frozenset({"many", "n", "m", "*"})
_TURNS = (("vice", "versa"), ("the", "other", "way", "round"), ("the", "other", "way", "around"), ("conversely",))


@dataclass(frozen=True, slots=True)
class Kind:
    """`many`: more than one on the far side; `both`: on both; `turned`: many-to-one.

    `twice`: what was just said holds in both directions.
    """

    many: bool = False
    both: bool = False
    turned: bool = False
    twice: bool = False
    left: tuple[Token, ...] = ()
    right: tuple[Token, ...] = ()


def kind_of(tokens: list[Token]) -> Kind | None:
    """The kind of relation that a sentence names, with the sentence's other words; None for none. Linear."""
    for index, token in enumerate(tokens):
        lows = [t.low for t in tokens[index : index + 4]]
        if any(tuple(lows[: len(turn)]) == turn for turn in _TURNS):
            return Kind(twice=True)
        ends, size = _hyphenated(token.low) or _spelled(lows)
        if size:
            left, right = ends
            many = left in _MANY, right in _MANY
            return Kind(any(many), all(many), many[0] and not many[1], left=tuple(tokens[:index]), right=tuple(tokens[index + size :]))
    return None


def _hyphenated(low: str) -> tuple[tuple[str, str], int] | None:
    parts = low.split("-")
    known = len(parts) == 3 and parts[1] == "to" and {parts[0], parts[2]} <= _ONE | _MANY
    return ((parts[0], parts[2]), 1) if known else None


def _spelled(lows: list[str]) -> tuple[tuple[str, str], int]:
    """ "one to many", "1:n", "n - m"."""
    known = len(lows) > 2 and lows[1] in {"to", ":", "-", "–", "->"} and lows[0] in _ONE | _MANY and lows[2] in _ONE | _MANY
    worded = known and (lows[1] == "to" or not (lows[0].isdigit() and lows[2].isdigit()))
    return ((lows[0], lows[2]), 3) if worded else (("", ""), 0)
