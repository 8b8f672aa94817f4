"""The stack a brief states: technology names on word boundaries, their English doubles ("spring season") left alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.brief.draft import Draft, Span
from shared.brief.lexicon import stackwords
from shared.brief.lexicon.bag import bag
from shared.brief.text import Token
from shared.model import Stack

_CUES = bag(
    """in using with on use uses via by and or , / ( : stack backend frontend framework language database server technology + built
    written powered"""
)
_AFTER = bag(
    """api backend service microservice server frontend framework app application ui spa rest graphql database stack , and ) . with
    / +"""
)


@dataclass(slots=True)
class _Found:
    """Per part of the stack: the first named value of each rank, with all spans."""

    values: dict[str, list[tuple[str, Span, bool]]] = field(default_factory=dict)

    def add(self, part: str, value: str, span: Span, weak: bool = False) -> None:
        self.values.setdefault(part, []).append((value, span, weak))


class StackReader:
    """Collects technology words sentence by sentence."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.found = _Found()
        self.frontend_wanted = False
        self.refused_front: list[Span] = []

    def sentence(self, tokens: list[Token], flags: list[bool]) -> None:
        """Take in one sentence; `flags` mark its negated words."""
        for index, token in enumerate(tokens):
            if token.shape == "word" or token.low.startswith("."):
                self._word(tokens, index, flags[index])

    def _word(self, tokens: list[Token], index: int, negative: bool) -> None:
        token = tokens[index]
        low, span = token.low if token.low == ".net" else token.low.strip("."), (token.start, token.end)
        part, value = _lookup(low)
        if low in stackwords.AMBIGUOUS and not _meant(tokens, index):
            return
        if low == "go":
            part, value = "backend", "gin"
        if part and not negative:
            self.found.add(part, value, span, low in stackwords.LANGUAGES | {"go"})
        elif low in stackwords.UNKNOWN and not negative and (token.text[0].isupper() or low not in {"oracle", "phoenix", "ember", "soap"}):
            self.draft.refuse(
                span,
                "unsupported_stack",
                f"{token.text} ({stackwords.UNKNOWN[low]}) is not among the technologies an app can be built with.",
            )

    def result(self) -> Stack:
        """The stack; of two different statements for one part the first wins, and the other is refused as a contradiction."""
        chosen: dict[str, str] = {}
        for part in ("backend", "frontend", "database", "cache", "api"):
            value = self._choose(part)
            if value:
                chosen[part] = value
        return Stack(**chosen, stated=sorted(chosen))  # type: ignore[arg-type]

    def _choose(self, part: str) -> str | None:
        stated = self.found.values.get(part, [])
        firm = [s for s in stated if not s[2]] or stated
        if not firm:
            return None
        value = firm[0][0]
        for other, span, weak in stated:
            if other == value or weak:
                self.draft.note(span, "stack", part)
            elif part != "api":
                self.draft.refuse(span, "contradiction", f"The brief already chose {value} as {part}.")
                self.draft.warnings.append(f"The brief names {value} and {other} as {part}; {value} is used.")
        return value


_MADE = frozenset(
    {
        "frontend",
        "backend",
        "ui",
        "gui",
        "interface",
        "client",
        "server",
        "service",
        "api",
        "app",
        "website",
        "written",
        "built",
        "done",
        "implemented",
        "developed",
        "coded",
        "made",
        "programmed",
    }
)


def _lookup(low: str) -> tuple[str, str]:
    tables = (
        ("backend", stackwords.BACKENDS),
        ("frontend", stackwords.FRONTENDS),
        ("database", stackwords.DATABASES),
        ("cache", stackwords.CACHES),
    )
    for part, table in tables:
        if low in table:
            return part, table[low]
    if low == "graphql":
        return "api", "graphql"
    if low in {"rest", "restful"}:
        return "api", "rest"
    return "", ""


def _meant(tokens: list[Token], index: int) -> bool:
    """True when an ambiguous word is the technology: capitalised inside a sentence, or between stack words."""
    token = tokens[index]
    before = tokens[index - 1].low if index else ""
    after = tokens[index + 1].low if index + 1 < len(tokens) else "."
    boot = after == "boot"
    if boot or (token.low == "rails" and before == "on") or (token.low == "ruby" and after == "on"):
        return True
    if token.low == "go":
        return (
            token.text[0].isupper()
            and (before in _CUES or after in _AFTER)
            and after not in {"to", "live"}
            and (index > 0 or after in {"backend", "api", "service", "microservice"})
        )
    if before in {"in", "with", "using", "via"} and index > 1 and tokens[index - 2].low in _MADE:
        return True
    around = {before, after}
    for joint, other in ((before, index - 2), (after, index + 2)):
        if joint in {"+", "/", ",", "and", "&"} and 0 <= other < len(tokens):
            around.add(tokens[other].low)
    tech_around = any(_lookup(t)[0] for t in around if t not in stackwords.AMBIGUOUS or (t != token.low and t in stackwords.FRONTENDS))
    if token.text[0].isupper() and (index > 0 or after in _AFTER or len(tokens) == 1):
        return before in _CUES or after in _AFTER or tech_around or before in {"a", "an", "the"}
    return (
        before in {"in", "using", "with", "use"}
        and (after in _AFTER - {"."} or index + 1 >= len(tokens) or after == ".")
        and after != "rest"
    ) or (tech_around or after in {"frontend", "backend", "framework", "ui", "microservice"})
