"""Python literals in the one shape that a formatter leaves alone: every bracket opened out, every item followed by a comma."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.blueprints import Code, lit, name

INDENT = "    "


@dataclass(frozen=True)
class Call:
    """A constructor call with keyword arguments."""

    function: str
    arguments: Mapping[str, Literal]


Literal = str | int | float | bool | None | Sequence["Literal"] | Mapping[str, "Literal"] | Call


def literal(value: Literal, depth: int = 0) -> Code:
    """`value` as Python source; `depth` is the number of indents of the line that it starts on.

    A tuple of one would be closed up by the formatter, so it is written as a list.
    """
    if isinstance(value, Call):
        lines = [f"{name(key)}={literal(item, depth + 1)}" for key, item in value.arguments.items()]
        return _opened(f"{name(value.function)}(", lines, ")", depth)
    if isinstance(value, Mapping):
        return _opened("{", [f"{lit(key)}: {literal(item, depth + 1)}" for key, item in value.items()], "}", depth)
    if isinstance(value, Sequence) and not isinstance(value, str):
        start, end = "()" if isinstance(value, tuple) and len(value) > 1 else "[]"
        return _opened(start, [literal(item, depth + 1) for item in value], end, depth)
    return lit(value)


def _opened(start: str, lines: Sequence[str], end: str, depth: int) -> Code:
    if not lines:
        return Code(start + end)
    inner, outer = INDENT * (depth + 1), INDENT * depth
    return Code("\n".join([start, *(f"{inner}{line}," for line in lines), outer + end]))


def folded(sentences: Sequence[str], longest: int = 100) -> Code:
    """Sentences, joined by spaces, as one string literal over several lines."""
    words = " ".join(sentences).split(" ")
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) >= longest and lines[-1]:
            lines.append("")
        lines[-1] += word + " "
    lines[-1] = lines[-1].removesuffix(" ")
    return Code("(\n" + "".join(f"{INDENT}{lit(line)}\n" for line in lines) + ")")
