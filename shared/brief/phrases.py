"""Tagged words become phrases: noun phrases, verb groups and the marks between them. The rules of the grammar read only these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from shared.brief.lexicon import stackwords, verbs, words
from shared.brief.sight import MAX_PHRASE
from shared.brief.tagger import Tagged
from shared.brief.words import VerbForm, is_plural, singular

MAX_NAME_WORDS = 4
MAX_GROUP = 10
Mark = Literal["comma", "conj", "colon", "open", "close", "prep", "sub", "pron", "number", "neg", "arrow", "other"]


@dataclass(slots=True)
class NounPhrase:
    """A noun phrase. `words` are its lower-case naming words, the last one as written; `det` is the leading determiner or quantifier."""

    start: int
    end: int
    words: list[str]
    raw: list[str]
    det: str = ""
    many: bool = False
    adjectives: list[str] = field(default_factory=list)
    owner: str = ""
    owner_det: str = ""
    full: list[str] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The last word, in the singular."""
        return singular(self.words[-1])

    @property
    def plural(self) -> bool:
        return self.many or is_plural(self.words[-1])

    @property
    def key(self) -> str:
        """What names the thing: the naming words with the head in the singular."""
        kept = [w for w in self.words[:-1] if w not in words.CLASSIFIERS and w not in stackwords.CERTAIN]
        return " ".join([*kept, self.head][-MAX_NAME_WORDS:])


@dataclass(slots=True)
class VerbGroup:
    """A verb with what stands around it: "may not be closed", "pick up", "to edit"."""

    start: int
    end: int
    base: str
    shape: str
    modal: bool = False
    passive: bool = False
    negated: bool = False
    particle: str = ""
    reduced: bool = False


@dataclass(slots=True)
class Sign:
    """Anything else: a mark or a function word. `match` is the index of the closing parenthesis of an opening one."""

    start: int
    end: int
    mark: Mark
    low: str
    match: int = -1


Item = NounPhrase | VerbGroup | Sign
_MARKS: dict[str, Mark] = {",": "comma", ":": "colon", "(": "open", "[": "open", "{": "open", ")": "close", "]": "close", "}": "close"}
_IDIOMS: dict[str, dict[str, str]] = {
    "take": {"place": "occur", "part": "participate", "care of": "maintain"},
    "be": {"part": "belong", "a part": "belong", "up to": "depend", "home to": "contain", "host to": "contain"},
    "form": {"part": "belong"},
    "get": {"rid of": "replace"},
    "make": {"use of": "use"},
    "keep": {"track of": "track", "an eye on": "track", "a record of": "record", "records of": "record", "a list of": "list"},
}
_MARKS |= {"->": "arrow", "=>": "arrow", "→": "arrow", "/": "conj", "+": "conj", "–": "colon", "—": "colon", "--": "colon"}


class _Chunker:
    def __init__(self, tagged: list[Tagged]) -> None:
        self.tagged = tagged
        self.at = 0
        self.out: list[Item] = []

    def run(self) -> list[Item]:
        while self.at < len(self.tagged):
            self.out.append(self._verb_group() or self._noun_phrase() or self._sign())
        self._dashes()
        _match(self.out)
        return self.out

    def _dashes(self) -> None:
        """A dash between blanks reads like a colon; two of them in one sentence enclose a remark, as parentheses do."""
        found = [i for at, i in enumerate(self.out) if isinstance(i, Sign) and i.low in {"-", "–", "—"} and self._spaced(i, at)]
        for sign in found:
            sign.mark = "colon"
        if len(found) == 2 and self.out[-1] is not found[1]:
            found[0].mark, found[1].mark = "open", "close"

    def _spaced(self, sign: Sign, at: int) -> bool:
        before = self.out[at - 1].end if at else sign.start
        after = self.out[at + 1].start if at + 1 < len(self.out) else sign.end + 1
        return before < sign.start and after > sign.end

    def _verb_group(self) -> VerbGroup | None:
        index, modal, negated, passive, form = self.at, False, False, False, None
        while index < min(len(self.tagged), self.at + MAX_GROUP):
            item = self.tagged[index]
            if item.tag == "MODAL":
                modal, negated = True, negated or item.low.endswith(("n't", "cannot"))
            elif item.tag == "NEG" and item.low != "no" and (modal or passive or index > self.at or item.low == "never"):
                negated = True
            elif item.tag == "AUX":
                negated = negated or item.low.endswith("n't")
                passive = passive or item.low in {"get", "gets", "got"}
            elif item.tag == "BE":
                passive, negated = True, negated or item.low.endswith("n't")
            elif item.tag == "HAVE":
                form = form or VerbForm("have", "s" if item.low == "has" else "base")
                if not self._participle_after(index):
                    return self._finish(index + 1, form, modal, negated, False)
            elif item.tag == "VERB" and item.form:
                return self._finish(index + 1, item.form, modal, negated, passive and _is_participle(item))
            elif item.tag != "ADV" or (index == self.at and not self._verb_behind(index)):
                break
            index += 1
        if passive:
            last = index - 1
            return self._finish(last + 1, VerbForm("be", "s"), modal, negated, False)
        return None

    def _verb_behind(self, index: int) -> bool:
        """True when nothing but adverbs stands between `index` and a verb: "always belongs", "optionally has"."""
        if self.tagged[index].low in {"there", "here"}:
            return False
        end = min(len(self.tagged), index + MAX_GROUP)
        while index < end and self.tagged[index].tag == "ADV":
            index += 1
        return index < len(self.tagged) and self.tagged[index].tag in {"VERB", "MODAL", "BE", "HAVE", "AUX"}

    def _participle_after(self, index: int) -> bool:
        nxt = self.tagged[index + 1] if index + 1 < len(self.tagged) else None
        return nxt is not None and nxt.tag in {"VERB", "BE"}

    def _finish(self, end: int, form: VerbForm, modal: bool, negated: bool, passive: bool) -> VerbGroup:
        first, particle = self.tagged[self.at].token, ""
        form, end = self._idiom(form, end)
        nxt = self.tagged[end] if end < len(self.tagged) else None
        if (
            nxt
            and nxt.low in {"up", "off", "out", "in", "over", "down", "away", "back"}
            and form.base != "be"
            and not (
                nxt.low == "in"
                and form.base not in {"log", "check", "sign", "come", "hand", "turn", "bring", "send", "fill", "put", "type", "key"}
            )
        ):
            particle, end = nxt.low, end + 1
        behind = self.tagged[end + 1] if end + 1 < len(self.tagged) else None
        if passive and nxt and behind and not particle and nxt.tag == "PREP" and nxt.low != "by" and behind.low == "by":
            end += 1
        last = self.tagged[end - 1].token
        reduced = form.shape == "ed" and not passive and not modal and form.base not in {"be", "have"}
        self.at = end
        return VerbGroup(first.start, last.end, form.base, form.shape, modal, passive or reduced, negated, particle, reduced)

    def _idiom(self, form: VerbForm, end: int) -> tuple[VerbForm, int]:
        """ "take place", "be part of", "keep track of": the verb that such words stand for, and the index behind them."""
        behind = " ".join(item.low for item in self.tagged[end : end + 3])
        for words_of, base in _IDIOMS.get(form.base, {}).items():
            if behind == words_of or behind.startswith(words_of + " "):
                return VerbForm(base, form.shape), end + len(words_of.split())
        return form, end

    def _noun_phrase(self) -> NounPhrase | None:
        index, det, many, adjectives = self.at, "", False, []
        naming: list[Tagged] = []
        full: list[str] = []
        owner = owner_det = ""
        while index < min(len(self.tagged), self.at + MAX_PHRASE):
            item = self.tagged[index]
            if item.tag in {"DET", "QUANT"} and not naming:
                det = item.low if item.low not in {"own", "other"} or not det else det
                many = many or (item.low in words.MANY and item.low != "most") or (item.low == "all")
            elif item.tag == "NUM" and not naming and item.low.isdigit():
                det, many = item.low, item.low != "1"
            elif item.tag == "NUM" and not naming and item.low[-1].isalpha() and self._noun_follows(index):
                adjectives.append(item.low)
            elif item.tag == "ADJ" and naming and item.low.endswith(("able", "ible")) and item.low not in words.ADJECTIVES:
                naming.append(item)
                full.append(item.low)
            elif item.tag == "ADJ" and (not naming or self._noun_follows(index)):
                adjectives.append(item.low)
                full.append(item.low)
            elif item.tag in {"NOUN", "PART"}:
                naming.append(item)
                full.append(item.low)
            elif naming and (item.low == "'s" or (item.low == "'" and self._owns(index))):
                owner, owner_det, det, naming, full = _key(naming), det, "the", [], []
            elif not (item.tag == "ADV" and not naming and index > self.at):
                break
            index += 1
        if not naming and adjectives and self._adjective_alone(index):
            naming = [self.tagged[index - 1]]
            adjectives = adjectives[:-1]
        if not naming:
            return None
        first, last = self.tagged[self.at].token, self.tagged[index - 1].token
        self.at = index
        return NounPhrase(
            first.start,
            last.end,
            [_naming(n) for n in naming],
            [n.token.text for n in naming],
            det,
            many,
            adjectives,
            owner,
            owner_det,
            full,
        )

    def _owns(self, index: int) -> bool:
        """True at the mark of "customers' orders"."""
        return self.tagged[index - 1].low.endswith("s") and self._noun_follows(index)

    def _noun_follows(self, index: int) -> bool:
        return index + 1 < len(self.tagged) and self.tagged[index + 1].tag in {"NOUN", "ADJ"}

    def _adjective_alone(self, index: int) -> bool:
        return index > self.at and self.tagged[index - 1].tag == "ADJ"

    def _sign(self) -> Sign:
        item = self.tagged[self.at]
        self.at += 1
        return Sign(item.token.start, item.token.end, _mark(item), item.low)


def _is_participle(item: Tagged) -> bool:
    """True for "kept", and for "run" and "set", whose participle is written like the verb."""
    return item.form is not None and (item.form.shape == "ed" or verbs.IRREGULAR.get(item.low) == item.low)


def _naming(item: Tagged) -> str:
    return item.low


def _key(naming: list[Tagged]) -> str:
    return " ".join([*(n.low for n in naming[:-1]), singular(naming[-1].low)])


def _mark(item: Tagged) -> Mark:
    if item.tag == "PUNCT":
        return _MARKS.get(item.low, "other")
    by_tag: dict[str, Mark] = {"CONJ": "conj", "PREP": "prep", "SUB": "sub", "PRON": "pron", "NUM": "number", "NEG": "neg"}
    return by_tag.get(item.tag, "other")


def _match(items: list[Item]) -> None:
    stack: list[Sign] = []
    for index, item in enumerate(items):
        if isinstance(item, Sign) and item.mark == "open":
            stack.append(item)
        elif isinstance(item, Sign) and item.mark == "close" and stack:
            stack.pop().match = index


def rematch(items: list[Item]) -> list[Item]:
    """A copy of a part of a sentence, its parentheses matched within the part."""
    found: list[Item] = [Sign(i.start, i.end, i.mark, i.low) if isinstance(i, Sign) else i for i in items]
    _match(found)
    return found


def chunk(tagged: list[Tagged]) -> list[Item]:
    """The phrases of one tagged sentence, in order; every token is in exactly one of them."""
    return _Chunker(tagged).run()


__all__ = ["Item", "NounPhrase", "Sign", "VerbGroup", "chunk", "rematch"]
