"""Names for generated code: whatever a brief calls things becomes an identifier that clashes with nothing.

A name is brought to ASCII, cut to a length that PostgreSQL's 63 characters leave room for, escaped when it is reserved, and
numbered when it is taken. All of it by rule, so that the same brief gives the same names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from shared.blueprints import Code, name
from shared.model import sha256

LONGEST = 40
_SECRET = re.compile(r"(?<![^_])(pas+wo?r?d|pass(phrase)?|pwd|token|secrete?)(?![^_])", re.IGNORECASE)
_LOOK_LIKE_DIGITS = frozenset({"l", "O", "I"})  # linters refuse them (pycodestyle E741)
_SPLIT = re.compile(r"[^A-Za-z0-9]+")
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"})
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def parts(text: str) -> list[str]:
    """The words of a name, lower case and ASCII; a name of which nothing is left becomes `item` and a digest."""
    ascii_text = unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode()
    found = [w.lower() for piece in _SPLIT.split(ascii_text) for w in _HUMPS.split(piece) if w]
    return found or ["item", sha256(text.encode("utf-8", "surrogatepass"))[:6]]


def snake(text: str, limit: int = LONGEST) -> str:
    """`DateOfBirth`, `date of birth` -> `date_of_birth`, at most `limit` characters."""
    return cut("_".join(parts(text)), limit)


def pascal(text: str, limit: int = LONGEST) -> str:
    """`date_of_birth` -> `DateOfBirth`; one that starts with a digit gets an `E` before it."""
    joined = "".join(w[:1].upper() + w[1:] for w in parts(text))
    joined = joined if joined[0].isalpha() else "E" + joined
    return cut(joined, limit, "")


def cut(text: str, limit: int, joint: str = "_") -> str:
    """`text` within `limit` characters; a longer one keeps its start and ends in a digest, so that two stay apart."""
    if len(text) <= limit:
        return text
    return text[: limit - 6 - len(joint)].rstrip("_") + joint + sha256(text.encode())[:6]


def attribute(wire: str, reserved: Collection[str], prefix: str = "f_") -> Code:
    """The Python name of a wire name: `class` -> `class_`, `2fa` -> `f_2fa`, `l` -> `l_`."""
    plain = prefix + wire if wire[0].isdigit() or wire.startswith("model_") else wire
    return name(plain + "_" if plain in reserved or plain in _LOOK_LIKE_DIGITS else plain)


def member(value: str, prefix: str) -> Code:
    """The name of an enum's member: `in progress` -> `IN_PROGRESS`; one that looks like a secret does not end in that word."""
    plain = attribute(snake(value).upper(), (), prefix)
    return name(_SECRET.sub(lambda found: found[0] + "WORD", plain)) if looks_secret(plain) else plain


def looks_secret(plain: str) -> bool:
    """True for a name that linters take for a secret's when a text is assigned to it (flake8-bandit S105)."""
    return _SECRET.search(plain) is not None


def symbol(wire: str) -> str:
    """A Python-sized stem of a wire name, so that the lines it stands in fit."""
    return cut(wire, 26)


class Names:
    """Hands out each name once. Taken ones are told apart by a suffix, then by numbers."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def __contains__(self, wanted: str) -> bool:
        return wanted in self._taken

    def take(self, wanted: str, suffix: str = "", joint: str = "_") -> str:
        """`wanted` if it is free, else `wanted` and the suffix, else with 2, 3, …"""
        options = [wanted, wanted + suffix] if suffix else [wanted]
        number = 1
        while options[0] in self._taken:
            options.pop(0)
            number += 1
            options.append(f"{wanted}{joint}{number}")
        self._taken.add(options[0])
        return options[0]
