"""What a word can see of its sentence: the tags before it, the closed words behind it. The rules of the tagger look through this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.brief.lexicon import words
from shared.brief.text import Token
from shared.brief.words import VerbForm, is_plural, verb

Tag = Literal[
    "DET", "QUANT", "NUM", "PRON", "MODAL", "BE", "HAVE", "AUX", "PREP", "CONJ", "SUB", "ADV", "ADJ", "PART", "NOUN", "VERB", "PUNCT", "NEG"
]

_CLOSED: tuple[tuple[frozenset[str], Tag], ...] = (
    (frozenset({"no", "not", "never", "n't"}), "NEG"),
    (words.MODALS, "MODAL"),
    (words.BE, "BE"),
    (words.HAVE, "HAVE"),
    (words.AUX, "AUX"),
    (words.CONJUNCTIONS, "CONJ"),
    (words.MANY | {"one", "exactly", "least"}, "QUANT"),
    (words.DETERMINERS, "DET"),
    (words.SUBORDINATORS, "SUB"),
    (words.PRONOUNS, "PRON"),
    (words.PREPOSITIONS, "PREP"),
    (words.ADVERBS, "ADV"),
)
_FUNCTION_WORDS: dict[str, Tag] = {word: tag for known, tag in reversed(_CLOSED) for word in known}
MAX_PHRASE = 40
_NAMES: frozenset[Tag] = frozenset(("NOUN", "ADJ", "PART"))
_PHRASE: frozenset[Tag] = _NAMES | {"DET", "QUANT"}
OPENERS: frozenset[Tag] = frozenset(("DET", "QUANT", "PRON", "NUM"))


@dataclass(frozen=True, slots=True)
class Tagged:
    """A token with its part of speech; `form` is set for verbs and participles."""

    token: Token
    tag: Tag
    form: VerbForm | None = None

    @property
    def low(self) -> str:
        return self.token.low


def closed_tag(token: Token) -> Tag | None:
    """The tag of a function word, a number or a mark; None for an open-class word."""
    if token.shape == "punct":
        return "CONJ" if token.text == "&" else "PUNCT"
    if token.text in {"IT", "US"}:
        return None
    if token.shape == "number":
        return "NUM"
    return _FUNCTION_WORDS.get(token.low)


class Sight:
    """The tokens of a sentence, and the tags of those already passed."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.closed = [closed_tag(t) for t in tokens]
        self.out: list[Tagged] = []
        self.last_shape = ""
        self.depth = 0
        self.listing = False
        self.names_from = 0
        self.names_until = -1

    def _previous(self, index: int) -> int:
        """Index of the nearest token before `index` that is no adverb, or -1."""
        index -= 1
        while index >= 0 and self.out[index].tag in {"ADV", "NEG"} and self.out[index].low != "no":
            index -= 1
        return index

    def _behind(self, at: int, tags: frozenset[Tag]) -> int:
        """Index of the nearest word at or before `at` with another tag, or -1. Looks back a phrase's length at most."""
        end = max(-1, at - MAX_PHRASE)
        while at > end and self.out[at].tag in tags:
            at -= 1
        return at

    def _next_tag(self, index: int) -> Tag | None:
        following = index + 1
        if following >= len(self.tokens):
            return None
        tag = self.closed[following]
        if tag is None:
            return "ADJ" if self.tokens[following].low in words.ADJECTIVES else "NOUN"
        return tag

    def _starts(self, index: int) -> bool:
        at = self._previous(index)
        return at < 0 or self.out[at].low in {":", ";", ".", "-", "–", "—"}

    def _continues(self, index: int) -> bool:
        at = self._previous(index)
        return at >= 0 and (self.out[at].low == "," or self.out[at].tag == "CONJ" or self.out[at].low == "/")

    def _subject_before(self, index: int) -> Tagged | None:
        at = self._previous(index)
        if at >= 0 and self.out[at].tag == "NOUN":
            return self.out[at]
        if at >= 0 and self.out[at].low == ")" and self.depth == 0:
            return self._before_parenthesis(at)
        return None

    def _before_parenthesis(self, at: int) -> Tagged | None:
        for back in range(at, max(-1, at - 40), -1):
            if self.out[back].low == "(":
                return self.out[back - 1] if back and self.out[back - 1].tag == "NOUN" else None
        return None

    def _plural_before_of(self, index: int) -> bool:
        """True behind "batches of a drug": the plural in front of the preposition agrees with the verb."""
        at = self._previous(index)
        at = self._behind(at, _PHRASE)
        return (
            at > 0
            and self.out[at].low in {"of", "for", "in", "on", "from"}
            and self.out[at - 1].tag == "NOUN"
            and is_plural(self.out[at - 1].low)
        )

    def _opened_by(self, index: int, openers: frozenset[str]) -> bool:
        """True when the noun phrase that ends before `index` begins its clause with one of `openers`."""
        at = self._previous(index)
        at = self._behind(at, _NAMES)
        return at >= 0 and self.out[at].low in openers and (at == 0 or self.out[at - 1].tag in {"PUNCT", "CONJ"})

    def _asked(self, index: int) -> bool:
        """True when the noun phrase that ends before `index` is what a question asks for: "which member took"."""
        at = self._behind(self._previous(index), _NAMES)
        return (
            at >= 0
            and self.out[at].low in {"which", "what", "whose"}
            and at > 0
            and self.out[at - 1].tag in {"VERB", "HAVE", "PUNCT", "CONJ"}
        )

    def _counted(self, index: int) -> bool:
        """True when a determiner or quantity stands at `index`, or behind the preposition there."""
        at = index + 1 if index < len(self.tokens) and self.closed[index] == "PREP" else index
        return at < len(self.tokens) and self.closed[at] in OPENERS

    def _ends_at(self, index: int) -> bool:
        return index >= len(self.tokens) or self.tokens[index].low in {".", ",", ")"}

    def _determined(self, index: int) -> bool:
        at = self._previous(index)
        at = self._behind(at, _NAMES)
        return at >= 0 and self.out[at].low in words.EACH | {"the"}

    def _in_object(self, index: int) -> bool:
        """True when the noun phrase that runs up to `index` is the object of a verb: "compute the optimal routes"."""
        at = self._previous(index)
        at = self._behind(at, _PHRASE)
        return at >= 0 and self.out[at].tag == "VERB" and self._ends_at(index + 1)

    def _base_verb_at(self, index: int) -> bool:
        if index >= len(self.tokens):
            return False
        form = verb(self.tokens[index].low)
        return form is not None and form.shape == "base"

    def _plural_head(self, index: int) -> bool:
        """True when the noun run that starts at `index` ends in a plural."""
        last = index
        for at in range(index, min(index + 4, len(self.tokens))):
            if self.closed[at] is not None:
                break
            last = at
        return is_plural(self.tokens[last].low)

    def _is_subject(self, index: int) -> bool:
        """True when the noun run that starts at `index` is followed by "is", "have" or "may": "stock counts are ..."."""
        at = index
        while at < len(self.tokens) and at < index + 5 and self.closed[at] is None:
            if at > index and is_plural(self.tokens[at].low) and self._base_verb_at(at + 1) and not self._ends_at(at + 2):
                return True
            at += 1
        return at < len(self.tokens) and self.closed[at] in {"BE", "HAVE", "MODAL"}

    def _participle_at(self, index: int) -> bool:
        """True for "get notified": a participle stands at `index` and ends the verb."""
        if index >= len(self.tokens):
            return False
        form = verb(self.tokens[index].low)
        often = index + 1 < len(self.tokens) and self.tokens[index + 1].low in words.RHYTHMS
        return form is not None and form.shape == "ed" and (often or self._next_tag(index) not in {"NOUN", "ADJ"})
