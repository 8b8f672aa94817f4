"""Where a brief becomes tokens, lines and sentences: every later rule speaks in character offsets that are made here, once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from shared.brief.lexicon.bag import bag

Shape = Literal["word", "number", "punct"]

# Each alternative consumes what it looks at and none nests a repetition, so the scan is linear.
_TOKEN = re.compile(
    r"(?P<word>\.(?:NET|Net|net)\b|[^\W\d_][^\W_]*(?:[_'’.+/#-][^\W_]+)*(?:\+\+|#)?)"
    r"|(?P<number>\d[\d,.]*(?<![.,])(?:%|[^\W\d_]+)?)"
    r"|(?P<punct>->|=>|→|--(?!-)|(?P<mark>[^\w\s]|_)(?P=mark)*)"
)
_BULLET = re.compile(r"[ \t]*(?:[-*+•–—·▪◦]|\(?\d{1,3}[.)]|\[[ xX]?\])[ \t]+(?:\[[ xX]?\][ \t]+)?")
_HEADING = re.compile(r"[ \t]*(?:#{1,6}|=+)[ \t]*")
_ABBREVIATION = bag("e.g i.e etc vs incl approx no nr dr mr mrs ms st eg ie")

LineKind = Literal["heading", "bullet", "plain"]


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or mark of the brief at `[start, end)`; `low` is its lower-case form."""

    text: str
    low: str
    start: int
    end: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line: a heading, one bullet, or a paragraph (wrapped lines joined). `depth` is the indent of a bullet in columns."""

    kind: LineKind
    start: int
    end: int
    depth: int


def tokenize(text: str, start: int, end: int) -> list[Token]:
    """The tokens of `text[start:end]`, with offsets into `text`. A run of one mark is one token with the single mark as `low`."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text, start, end):
        raw = match.group()
        if match["word"]:
            found.extend(_split(raw, match.start()))
        elif match["number"]:
            found.append(Token(raw, raw.lower(), match.start(), match.end(), "number"))
        else:
            found.append(Token(raw, match["mark"] or raw, match.start(), match.end(), "punct"))
    return found


def _split(raw: str, at: int) -> Iterator[Token]:
    """Divide a word at a slash, and cut a possessive ending off, so that each part can be looked up."""
    low = raw.lower()
    if low in {"ci/cd", "and/or", "tcp/ip"} or "/" not in raw:
        parts = [(0, raw)]
    else:
        parts, offset = [], 0
        for part in raw.split("/"):
            parts.append((offset, part))
            offset += len(part) + 1
    for index, (offset, part) in enumerate(parts):
        if index:
            yield Token("/", "/", at + offset - 1, at + offset, "punct")
        ending = len(part) - 2 if part.lower().endswith(("'s", "’s")) else len(part)
        if part[:ending]:
            yield Token(part[:ending], part[:ending].lower().replace("’", "'"), at + offset, at + offset + ending, "word")
        if ending < len(part):
            yield Token(part[ending:], "'s", at + offset + ending, at + offset + len(part), "punct")


def lines(text: str) -> list[Line]:
    """Logical lines in order. Plain lines that follow each other are one paragraph; blank lines belong to none."""
    found: list[Line] = []
    position, open_plain = 0, False
    for raw in text.splitlines(keepends=True):
        start, position = position, position + len(raw)
        body = raw.rstrip()
        if not body.strip(" \t#=*_-`|>"):
            open_plain = False
            continue
        line = _line(raw, start, start + len(body))
        indented = line.kind == "plain" and raw[:1] in " \t" and found and found[-1].kind == "bullet"
        joins = line.kind == "plain" and open_plain and not text[found[-1].start : found[-1].end].endswith((":", "\\"))
        if joins or (indented and open_plain):
            found[-1] = Line(found[-1].kind, found[-1].start, line.end, found[-1].depth)
        else:
            found.append(line)
        open_plain = line.kind != "heading"
    return found


def _line(raw: str, start: int, end: int) -> Line:
    heading = _HEADING.match(raw)
    if heading and heading.group().strip():
        return Line("heading", start + heading.end(), end, 0)
    bullet = _BULLET.match(raw)
    if bullet:
        depth = len(raw[: len(raw) - len(raw.lstrip())].expandtabs(4))
        return Line("bullet", start + bullet.end(), end, depth)
    body = raw.strip()
    if body.startswith("**") and body.rstrip(":").endswith("**") and body.count("**") == 2 and len(body) < 80:
        return Line("heading", start, end, 0)
    indent = len(raw) - len(raw.lstrip())
    return Line("plain", start + indent, end, 0)


def sentences(text: str, line: Line) -> list[list[Token]]:
    """The sentences of a line as token lists; a final mark stays with its sentence. Cuts at `. ! ? ;` outside parentheses."""
    found: list[list[Token]] = []
    current: list[Token] = []
    depth = 0
    for token in tokenize(text, line.start, line.end):
        current.append(token)
        if token.low in "([{":
            depth += 1
        elif token.low in ")]}":
            depth = max(0, depth - 1)
        elif token.low in {".", "!", "?", ";"} and _ends(text, token, current) and (not depth or token.low == "."):
            found.append(current)
            current, depth = [], 0
    if current:
        found.append(current)
    return found


def _ends(text: str, token: Token, current: list[Token]) -> bool:
    after = text[token.end : token.end + 1]
    if after and not after.isspace() and after not in "\"')*”’":
        return False
    return not (token.low == "." and len(current) > 1 and current[-2].low in _ABBREVIATION)
