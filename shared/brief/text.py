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
_BULLET = re.compile(
    r"[ \t]*(?:[-*+•–—·▪◦o]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4})[.)]|\d{1,3}(?:\.\d{1,3}){1,3}[.)]?|\[[ xX]?\])[ \t]+(?:\[[ xX]?\][ \t]+)?"
)
_HEADING = re.compile(r"[ \t]*(?:#{1,6}|=+)[ \t]*(?:\d{1,3}(?:\.\d{1,3}){0,3}[.)]?[ \t]+)?")
_NUMBERED = re.compile(r"[ \t]*\(?\d{1,3}(?:[.)]|(?:\.\d{1,3}){1,3}[.)]?)[ \t]")
_LABEL = re.compile(r"[A-Z][\w/-]*(?: [\w/-]+){0,3}: \S")
_CONTRACTIONS = frozenset(["'d", "'ll", "'re", "'ve", "'m"])
_WRAPPED = 50
_ABBREVIATION = bag("e.g i.e etc vs incl approx no nr dr mr mrs ms st eg ie")

LineKind = Literal["heading", "label", "bullet", "plain"]


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
    """A logical line: a heading, a label above a list, one bullet, or a paragraph (wrapped lines joined).

    `depth` is the indent of a bullet in columns.
    """

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
    if low in {"ci/cd", "and/or", "tcp/ip", "yes/no", "true/false"} or "/" not in raw:
        parts = [(0, raw)]
    else:
        parts, offset = [], 0
        for part in raw.split("/"):
            parts.append((offset, part))
            offset += len(part) + 1
    for index, (offset, part) in enumerate(parts):
        if index:
            yield Token("/", "/", at + offset - 1, at + offset, "punct")
        low = part.lower().replace("’", "'")
        mark = low.rfind("'")
        clipped = mark > 0 and (low[mark:] == "'s" or low[mark:] in _CONTRACTIONS)
        ending = mark if clipped else len(part)
        yield Token(part[:ending], low[:ending], at + offset, at + offset + ending, "word")
        if clipped:
            yield Token(
                part[ending:], low[ending:], at + offset + ending, at + offset + len(part), "punct" if low[mark:] == "'s" else "word"
            )


def lines(text: str) -> list[Line]:
    """Logical lines in order. Plain lines that follow each other are one paragraph; blank lines belong to none."""
    found: list[Line] = []
    position, width, numbered = 0, 0, False
    for raw in text.splitlines(keepends=True):
        start, position = position, position + len(raw)
        body = raw.rstrip()
        if not body.strip(" \t#=*_-`|>"):
            width = 0
            continue
        line = _line(raw, start, start + len(body))
        if found and _continues(text, found[-1], line, raw, width):
            found[-1] = Line(found[-1].kind, found[-1].start, line.end, found[-1].depth)
        else:
            above = found[-1] if found else None
            titled = numbered and not _NUMBERED.match(raw)
            if above and _is_label(text, above, titled) and (titled or (line.kind == "bullet" and len(found) > 1 and width)):
                found[-1] = Line("label", above.start, above.end, 0)
            found.append(line)
            numbered = line.kind == "bullet" and _NUMBERED.match(raw) is not None
        width = 0 if line.kind == "heading" else len(body)
    return found


def _continues(text: str, last: Line, line: Line, raw: str, width: int) -> bool:
    """True when a plain line goes on with the line above it, which was `width` columns wide (0: a blank line or a heading)."""
    if line.kind != "plain" or not width:
        return False
    if last.kind == "bullet":
        return raw[:1] in " \t" or raw[:1].islower() or width >= _WRAPPED
    above = text[last.start : last.end]
    if last.start == 0 and _is_title(above, raw):
        return False
    labelled = _LABEL.match(raw) or (raw[:1].isupper() and _LABEL.match(above) and "\n" not in above)
    return not labelled and not above.endswith((":", "\\"))


def _is_title(above: str, raw: str) -> bool:
    """True for a short first line without a closing mark, above a line that begins anew: "Purchasing for a kitchen"."""
    return "\n" not in above and len(above) < _WRAPPED and above[-1].isalnum() and "," not in above and raw[:1].isupper()


def _is_label(text: str, line: Line, numbered: bool) -> bool:
    """True for a short line without a closing mark: right above a list, or numbered above a text, it says what that is about."""
    body = text[line.start : line.end]
    return line.kind == ("bullet" if numbered else "plain") and len(body.split()) <= 4 and body[-1].isalnum() and "," not in body


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
