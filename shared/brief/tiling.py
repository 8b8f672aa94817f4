"""The ledger: the brief cut into clauses that tile it exactly, each with its one fate."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from shared.brief.asking import REASON
from shared.brief.draft import Draft, Refusal, Span
from shared.model import Clause

_TRIM = " \t\r\n,;:.!?*_#-–—()[]{}|>`\"'/+•·"
MAX_PATHS = 60


@dataclass(slots=True)
class _Facts:
    """What was understood inside one clause."""

    paths: dict[str, None] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    choices: list[tuple[Span, str, str]] = field(default_factory=list)
    asks: bool = False
    nouns: bool = False


def clauses(draft: Draft, notes: list[tuple[Span, str]]) -> list[Clause]:
    """Tile the text. `notes` are (span, IR path) pairs; a clause with one is built, and a refused span is a clause of its own."""
    text = draft.text
    bounds = _bounds(draft)
    starts = bounds[:-1]
    facts = [_Facts() for _ in starts]
    for span, path in notes:
        facts[_home(starts, span[0])].paths.setdefault(path)
    for refusal in draft.refusals:
        facts[_home(starts, refusal.span[0])].refusals.append(refusal)
    for choice in draft.choices:
        facts[_home(starts, choice[0][0])].choices.append(choice)
    for span in draft.asks:
        facts[_home(starts, span[0])].asks = True
    for at in draft.nouns:
        facts[_home(starts, at)].nouns = True
    found: list[dict[str, object]] = []
    for index, start in enumerate(starts):
        _append(found, text, start, bounds[index + 1], facts[index])
    return [Clause.model_validate({"id": f"c{number}", **clause}) for number, clause in enumerate(_plain(found), 1)]


def _plain(found: list[dict[str, object]]) -> list[dict[str, object]]:
    empty: dict[str, object] = {"ir_paths": [], "built_by": [], "tests": []}
    return [{**empty, **{key: value for key, value in clause.items() if key != "blank"}} for clause in found]


def _home(starts: list[int], at: int) -> int:
    return max(0, bisect_right(starts, at) - 1)


def _bounds(draft: Draft) -> list[int]:
    """Offsets at which clauses begin, and the end of the text. A refused word is cut out of the clause it stands in."""
    size = len(draft.text)
    cuts = {0, size, *(c for c in draft.cuts if 0 < c < size)}
    ordered = sorted(cuts)
    for refusal in draft.refusals:
        start, end = refusal.span
        left, right = bisect_right(ordered, start) - 1, bisect_left(ordered, end)
        low, high = ordered[max(left, 0)], ordered[min(right, len(ordered) - 1)]
        cuts.add(_opening(draft.text, low, start))
        cuts.add(_closing(draft.text, end, high))
    return sorted(cuts)


def _opening(text: str, low: int, start: int) -> int:
    """Where the refused part begins: behind the nearest comma within reach, else at its word."""
    window = text[max(low, start - 60) : start]
    comma = max(window.rfind(mark) for mark in (",", ";", "(", ":"))
    return max(low, start - 60) + comma + 1 if comma >= 0 else start


def _closing(text: str, end: int, high: int) -> int:
    window = text[end : min(high, end + 60)]
    marks = [window.find(mark) for mark in (",", ";", ")", ".") if mark in window]
    return end + min(marks) if marks else min(end, high)


def _append(found: list[dict[str, object]], text: str, start: int, end: int, facts: _Facts) -> None:
    """Add the clause at `[start, end)`, with the blanks and marks around it as context of their own."""
    raw = text[start:end]
    lead = len(raw) - len(raw.lstrip(_TRIM))
    if lead == len(raw):
        _context(found, text, start, end)
        return
    tail = len(raw.rstrip(_TRIM))
    closing = raw[tail : tail + 1]
    if closing in {")", "]"} and raw[lead:tail].count("(") > raw[lead:tail].count(")"):
        tail += 1
    if lead:
        _context(found, text, start, start + lead)
    found.append(_judge(text, start + lead, start + tail, facts))
    if tail < len(raw):
        _context(found, text, start + tail, end)


def _context(found: list[dict[str, object]], text: str, start: int, end: int) -> None:
    """Add blanks and marks between clauses; neighbours become one."""
    last = found[-1] if found else None
    if last is not None and last.get("blank"):
        last.update(end=end, text=text[int(str(last["start"])) : end])
        return
    found.append({"start": start, "end": end, "text": text[start:end], "fate": "context", "blank": True})


def _judge(text: str, start: int, end: int, facts: _Facts) -> dict[str, object]:
    clause: dict[str, object] = {"start": start, "end": end, "text": text[start:end], "fate": "context"}
    if facts.refusals:
        return clause | {"fate": "refused", "reason_code": facts.refusals[0].code, "reason": facts.refusals[0].reason}
    if facts.paths:
        return clause | {"fate": "built", "ir_paths": list(facts.paths)[:MAX_PATHS]}
    if facts.choices:
        _, default, advice = facts.choices[0]
        return clause | {"fate": "assumed", "default": default, "advice": advice}
    if facts.asks and facts.nouns:
        return clause | {"fate": "refused", "reason_code": "not_understood", "reason": REASON}
    return clause
