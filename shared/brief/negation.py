"""Which words of a sentence stand under a "no", "not" or "without"."""

from __future__ import annotations

from shared.brief.lexicon import stackwords
from shared.brief.lexicon.bag import bag
from shared.brief.text import Token

_OPEN = bag(
    """no not without never cannot excluding except excludes exclude don't doesn't won't can't mustn't shouldn't skip avoid neither
    nor"""
)
_CLOSE = bag(". ; : ! ? but instead however")
_FREE = bag("only just later than longer more less")


def negated(tokens: list[Token]) -> list[bool]:
    """One flag per token. A negation reaches to the end of its clause; "not only" and "no more than" are none."""
    flags: list[bool] = []
    inside = False
    for index, token in enumerate(tokens):
        following = tokens[index + 1].low if index + 1 < len(tokens) else ""
        if token.low in _OPEN and following not in _FREE:
            inside = True
        elif inside and (token.low in _CLOSE or _resumes(tokens, index) or _chooses(tokens, index, flags)):
            inside = False
        flags.append(inside)
    return flags


def _chooses(tokens: list[Token], index: int, flags: list[bool]) -> bool:
    """True at the comma of "no frontend, MySQL": a technology for another part than the negated words speak of."""
    if tokens[index].low != "," or index + 1 >= len(tokens):
        return False
    part = stackwords.part_of(tokens[index + 1].low)
    start = index
    while start and flags[start - 1]:
        start -= 1
    named = {stackwords.part_of(t.low) for t in tokens[start:index]}
    return bool(part) and part not in named and len(tokens) - index < 14


def _resumes(tokens: list[Token], index: int) -> bool:
    """True at a comma or "and" behind which something positive begins: "no frontend, just an API", "without login and with exports"."""
    if tokens[index].low not in {",", "and"} or index + 1 >= len(tokens):
        return False
    following = tokens[index + 1].low
    if following == "and" and index + 2 < len(tokens):
        following = tokens[index + 2].low
    return following in {
        "just",
        "only",
        "with",
        "but",
        "it",
        "we",
        "they",
        "the",
        "a",
        "an",
        "using",
        "all",
        "every",
        "each",
        "please",
        "users",
    }
