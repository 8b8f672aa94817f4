"""Quantities of several words ("one or more", "up to three", "a list of") become one token before any word is tagged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from shared.brief.lexicon.bag import bag
from shared.brief.text import Token
from shared.brief.words import is_plural, verb

_NUMBERS = bag("zero one two three four five six seven eight nine ten twelve twenty hundred none n many several more multiple")
_SOME = bag("any unlimited arbitrary variable large small fixed limited certain given huge growing great varying")
_SETS = bag("list set collection series couple handful variety range bunch multitude selection array sequence mix lot number")
_SINGLE = bag("single sole")
_HAVING = bag("""has have had with contains contain includes include comprises comprise holds hold of covers cover needs need takes take
    requires require involves involve""")
_GROUPS = bag("each every all both most many several some any none one two three few")
_THOSE = bag("the its their our these those his her my your")
_BEING = bag("is are was were be been being and or up")
MANY, ONE = "several", "exactly"


def _low(tokens: list[Token], at: int) -> str:
    return tokens[at].low if at < len(tokens) else ""


def _is_number(tokens: list[Token], at: int) -> bool:
    low = _low(tokens, at)
    return low in _NUMBERS or low.isdigit() or low == "*"


def _plural_at(tokens: list[Token], at: int, reach: int = 4) -> bool:
    """True when one of the next words is a plural, before any mark."""
    for token in tokens[at : at + reach]:
        if token.shape != "word":
            return False
        if is_plural(token.low):
            return True
    return False


def _counts(tokens: list[Token], at: int) -> bool:
    """True behind a verb of having: what follows is a count, and not the range of a figure ("a rating from 1 to 5 stars")."""
    return _low(tokens, at - 1) in _HAVING if at else True


def _more(tokens: list[Token], at: int) -> tuple[int, str]:
    """ "one or more", "zero or many", "two or three"."""
    if _is_number(tokens, at) and _low(tokens, at + 1) in {"or", "to", "and"} and _is_number(tokens, at + 2):
        one = _low(tokens, at) in {"zero", "0", "none"} and _low(tokens, at + 2) in {"one", "1"}
        if _low(tokens, at + 1) == "or" or (_plural_at(tokens, at + 3) and _counts(tokens, at)):
            return 3, ONE if one else MANY
    return 0, ""


def _bounded(tokens: list[Token], at: int) -> tuple[int, str]:
    """ "at least one", "up to three", "at most one", "more than one", "no more than two", "a maximum of four"."""
    for words, floor in _BOUNDS:
        size = len(words)
        if all(_low(tokens, at + i) == w for i, w in enumerate(words)) and _is_number(tokens, at + size):
            one = _low(tokens, at + size) in {"one", "1"}
            if not floor and not one and not _plural_at(tokens, at + size + 1):
                return 0, ""
            return size + 1, ONE if one and not floor else MANY
    return 0, ""


_BOUNDS: tuple[tuple[tuple[str, ...], bool], ...] = (
    (("at", "least"), True),
    (("more", "than"), True),
    (("a", "minimum", "of"), True),
    (("not", "more", "than"), False),
    (("no", "more", "than"), False),
    (("a", "maximum", "of"), False),
    (("at", "most"), False),
    (("up", "to"), False),
)


def _spread(tokens: list[Token], at: int) -> tuple[int, str]:
    """ "between two and five seats", "0..n", "1-3 seats"."""
    if not _counts(tokens, at):
        return 0, ""
    if _low(tokens, at) in {"between", "from"} and _is_number(tokens, at + 1) and _is_number(tokens, at + 3):
        return (4, MANY) if _plural_at(tokens, at + 4) else (0, "")
    if not _low(tokens, at).isdigit():
        return 0, ""
    here = at + 1
    while _low(tokens, here) in {".", "..", "...", "-", "–", ":"} and here < at + 4:
        here += 1
    if here > at + 1 and (_is_number(tokens, here) or _low(tokens, here) == "*") and _plural_at(tokens, here + 1):
        return here - at + 1, MANY
    return 0, ""


def _set_of(tokens: list[Token], at: int) -> tuple[int, str]:
    """ "a list of boats", "any number of boats", "lots of boats": the boats are meant."""
    first, here = _low(tokens, at), at
    if first in {"lots", "plenty", "dozens", "hundreds", "thousands"} and _low(tokens, at + 1) == "of":
        return 2, MANY
    if first not in {"a", "an", "any", "its", "their", "the"}:
        return 0, ""
    here += 1
    vague = first == "any"
    while _low(tokens, here) in _SOME:
        vague, here = True, here + 1
    name = _low(tokens, here)
    if name not in _SETS or _low(tokens, here + 1) != "of" or (name == "number" and not vague):
        return 0, ""
    return (here + 2 - at, MANY) if _plural_at(tokens, here + 2) else (0, "")


def _of_them(tokens: list[Token], at: int) -> tuple[int, str]:
    """ "each of them" and "each one" are a pronoun, "each of which" a relative, "one of the boats" one boat."""
    first, second = _low(tokens, at), _low(tokens, at + 1)
    if first not in _GROUPS:
        return 0, ""
    if first in {"each", "every"} and second == "one" and _low(tokens, at + 2) != "of":
        return 2, "they"
    if second == "of" and _low(tokens, at + 2) in {"them", "these", "those"} and not _plural_at(tokens, at + 3, 1):
        return 3, "they"
    if second == "of" and _low(tokens, at + 2) in {"which", "whom"}:
        return 3, "which"
    if second == "of" and _low(tokens, at + 2) in _THOSE and _plural_at(tokens, at + 3):
        return 3, first
    form = verb(second)
    if first == "each" and form is not None and form.shape == "ing" and at and _low(tokens, at - 1) in {",", "and"}:
        return 1, "which"
    return 0, ""


def _alone(tokens: list[Token], at: int) -> tuple[int, str]:
    """ "a single boat", "one and only one boat", "the same boat"; "in turn" and "vice versa" as one word."""
    first, second = _low(tokens, at), _low(tokens, at + 1)
    if first in {"a", "one", "only", "exactly", "just", "precisely"} and second in _SINGLE:
        return 2, ONE
    if first in {"only", "just", "precisely", "exactly"} and second == "one":
        return 2, ONE
    if first == "one" and second == "and" and _low(tokens, at + 2) == "only" and _low(tokens, at + 3) == "one":
        return 4, ONE
    if (first, second) == ("of", "course"):
        return 2, "also"
    if first == "w" and second == "/":
        return 2, "with"
    if first == "the" and second == "same":
        return 2, "one"
    if first == "in" and second in {"turn", "addition", "general", "particular"}:
        return 2, "also"
    if (first, second) in {("consisting", "of"), ("composed", "of"), ("comprised", "of")} and at and _low(tokens, at - 1) not in _BEING:
        return 2, "containing"
    if (first, second) in {("for", "example"), ("for", "instance"), ("such", "as")}:
        return 2, "e.g"
    if first == "the" and second in {"public", "general"}:
        return _public(tokens, at)
    return 0, ""


def _public(tokens: list[Token], at: int) -> tuple[int, str]:
    """ "the (general) public" as somebody who acts."""
    behind = at + (2 if _low(tokens, at + 1) == "public" else 3)
    if _low(tokens, behind - 1) != "public":
        return 0, ""
    form = verb(_low(tokens, behind))
    acts = (form is not None and form.shape == "s") or _low(tokens, behind) in {"can", "may", "is", "has", "should", "must", "will"}
    return (behind - at, "everyone") if acts else (0, "")


_RULES: tuple[Callable[[list[Token], int], tuple[int, str]], ...] = (_spread, _bounded, _more, _of_them, _set_of, _alone)


def quantified(tokens: list[Token]) -> list[Token]:
    """The tokens with every quantity of several words as one token; its text and offsets are those of all its words. Linear."""
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        size, low = next(((s, w) for s, w in (rule(tokens, at) for rule in _RULES) if s), (0, ""))
        if not size:
            found.append(tokens[at])
            at += 1
            continue
        last = tokens[at + size - 1]
        found.append(replace(tokens[at], text=low, low=low, end=last.end, shape="word"))
        at += size
    return found
