"""Which word is a verb and which a noun, decided by closed word lists and agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.brief.lexicon import verbs, words
from shared.brief.lexicon.bag import bag
from shared.brief.quantities import quantified
from shared.brief.text import Token
from shared.brief.words import VerbForm, is_person, is_plural, singular, verb

Tag = Literal[
    "DET", "QUANT", "NUM", "PRON", "MODAL", "BE", "HAVE", "AUX", "PREP", "CONJ", "SUB", "ADV", "ADJ", "PART", "NOUN", "VERB", "PUNCT", "NEG"
]

_DECORATION = frozenset(["*", "_", "`", '"', "“", "”", "„", "«", "»", "~", "|"])
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
_SUBJECT_PRONOUNS = bag("i we they you who it she he which that everyone anyone everybody anybody someone")
_TO_NOUN = bag(
    """belong belongs belonging related relates linked attached assigned connected access up according due refer refers reference
    respect"""
)
_NOUNISH_PREPOSITIONS = bag("on for in into to up out off")
_OPENERS: frozenset[Tag] = frozenset(("DET", "QUANT", "PRON", "NUM"))


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


class _Tagger:
    """One pass from left to right over the tokens of a sentence."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.closed = [closed_tag(t) for t in tokens]
        self.out: list[Tagged] = []
        self.last_shape = ""
        self.depth = 0
        self.listing = False
        self.names_until = -1

    def run(self) -> list[Tagged]:
        for index, token in enumerate(self.tokens):
            tag = self.closed[index]
            if index <= self.names_until and tag in {None, "ADV", "QUANT"} and token.low != ",":
                self.out.append(Tagged(token, "NOUN"))
            elif tag is None:
                self.out.append(self._open(index, token))
            else:
                self.out.append(self._function_word(index, token, tag))
            self._remember(self.out[-1])
        return self.out

    def _function_word(self, index: int, token: Token, tag: Tag) -> Tagged:
        if tag == "BE" and index and self.names_until < index:
            self.names_until = self._enumeration_end(index + 1)
        if token.low == "of" and index and self.out[index - 1].low in words.ENUM_NAMES and self.names_until < index:
            self.names_until = self._enumeration_end(index + 1)
            return Tagged(token, tag)
        following = self.tokens[index + 1].low if index + 1 < len(self.tokens) else ""
        if token.low == "at" and following in {"least", "most"}:
            return Tagged(token, "QUANT")
        if index <= self.names_until and tag in {"PREP", "SUB"}:
            return Tagged(token, "NOUN")
        if token.low == "that" and index and self.out[index - 1].tag == "NOUN":
            return Tagged(token, "SUB")
        if token.low in {"both", "all", "each"} and index + 1 < len(self.tokens) and self.closed[index + 1] in {"HAVE", "BE", "MODAL"} and index:
            return Tagged(token, "ADV")
        if token.low in verbs.PARTICLES and index and self.closed[index - 1] == "DET" and self._next_tag(index) == "NOUN":
            return Tagged(token, "NOUN")
        if token.low == "'s":
            return Tagged(token, "BE") if index and self.closed[index - 1] in {"PRON", "ADV"} else Tagged(token, "PUNCT")
        if token.low in {"am", "pm"} and index and self.closed[index - 1] == "NUM":
            return Tagged(token, "ADV")
        if token.low in {"get", "gets", "got"} and not self._participle_at(index + 1):
            return Tagged(token, "VERB", VerbForm("get", "s" if token.low == "gets" else "base"))
        if token.low in {"own", "open", "like"} and self._verb_expected(index):
            return Tagged(token, "VERB", verb(token.low) or VerbForm(token.low, "base"))
        if token.low in {"having", "containing", "including"}:
            return Tagged(token, "PREP")
        return Tagged(token, tag)

    def _participle_at(self, index: int) -> bool:
        """True for "get notified": a participle stands at `index` and ends the verb."""
        if index >= len(self.tokens):
            return False
        form = verb(self.tokens[index].low)
        return form is not None and form.shape == "ed" and self._next_tag(index) not in {"NOUN", "ADJ"}

    def _enumeration_end(self, start: int) -> int:
        """The last index of a list of states behind "is" (short names, divided by commas, ended by "or"), or -1."""
        run, last, choice, capital, parts = 0, -1, False, 0, 1
        for index in range(start, min(start + 40, len(self.tokens))):
            token = self.tokens[index]
            if token.low in {".", ";", "(", "!"} or self.closed[index] in {"BE", "HAVE", "MODAL", "SUB", "PRON"} or token.low == "by":
                break
            if token.low in {",", "or", "and", "/", "->", "→"}:
                choice = choice or token.low in {"or", "/", "->", "→"}
                parts += run > 0
                run = 0
                continue
            run += 1
            if run > 3 or (self.closed[index] == "DET" and token.low not in {"either", "the", "no"}):
                return -1
            capital += token.text[:1].isupper() and run == 1
            last = index
            if choice and (index + 1 >= len(self.tokens) or self.tokens[index + 1].low in {",", "and"}):
                break
        return last if parts > 1 and (choice or capital >= parts) else -1

    def _remember(self, tagged: Tagged) -> None:
        low = tagged.low
        if low in "([":
            self.depth += 1
        elif low in ")]":
            self.depth = max(0, self.depth - 1)
        if tagged.tag in {"HAVE", "BE"}:
            self.last_shape = "s" if low in {"has", "is"} else "base"
        if tagged.tag == "VERB" and tagged.form:
            self.last_shape = tagged.form.shape
            self.listing = False
        elif low in {"with", "has", "have", "having", "including", ":"}:
            self.listing = True
        if low in {";", ".", ":"}:
            self.last_shape = ""

    def _previous(self, index: int) -> int:
        """Index of the nearest token before `index` that is no adverb, or -1."""
        index -= 1
        while index >= 0 and self.out[index].tag in {"ADV", "NEG"} and self.out[index].low != "no":
            index -= 1
        return index

    def _verb_expected(self, index: int) -> bool:
        at = self._previous(index)
        if at < 0:
            return False
        before = self.out[at]
        if before.tag in {"MODAL", "AUX"}:
            return True
        if before.low == "to":
            return at == 0 or self.out[at - 1].low not in _TO_NOUN
        return before.low in _SUBJECT_PRONOUNS and before.tag in {"PRON", "SUB"}

    def _next_tag(self, index: int) -> Tag | None:
        following = index + 1
        if following >= len(self.tokens):
            return None
        tag = self.closed[following]
        if tag is None:
            return "ADJ" if self.tokens[following].low in words.ADJECTIVES else "NOUN"
        return tag

    def _open(self, index: int, token: Token) -> Tagged:
        form = verb(token.low)
        if self._timestamp(index, form):
            self.names_until = max(self.names_until, index + 1 + (self.tokens[index + 1].low in verbs.PARTICLES))
            return Tagged(token, "NOUN")
        if self._verb_expected(index):
            return self._expected(index, token, form)
        if verbs.IRREGULAR.get(token.low) == token.low and index and self.out[index - 1].tag == "BE" and self._next_tag(index) == "PREP":
            return Tagged(token, "VERB", VerbForm(token.low, "ed"))
        if form and self._is_verb(index, form):
            return Tagged(token, "VERB", form)
        if form is None and self._unknown_verb(index):
            third = is_plural(token.low)
            return Tagged(token, "VERB", VerbForm(singular(token.low), "s") if third else VerbForm(token.low, "base"))
        if form is None and token.low.endswith("ed") and index and self.out[self._previous(index)].tag == "BE" and self._next_tag(index) == "PREP":
            return Tagged(token, "VERB", VerbForm(token.low[:-2], "ed"))
        if token.low in words.ADJECTIVES:
            return Tagged(token, "ADJ")
        if token.low.endswith(("able", "ible")) and form is None and token.low not in words.ABLE_NOUNS and len(token.low) > 6:
            return Tagged(token, "ADJ")
        if token.low.endswith("ly") and "-" not in token.low and form is None and len(token.low) > 4 and token.low not in words.LY_NOUNS:
            return Tagged(token, "ADV")
        if form and form.shape == "ed" and self._next_tag(index) in {"NOUN", "ADJ"}:
            return Tagged(token, "PART", form)
        return Tagged(token, "NOUN")

    def _timestamp(self, index: int, form: VerbForm | None) -> bool:
        """ "published at", "opened on", "created by" as the name of a property."""
        if index + 1 < len(self.tokens) and self.tokens[index + 1].low in verbs.PARTICLES:
            return self._timed(index, form, 1)
        return self._timed(index, form, 0)

    def _timed(self, index: int, form: VerbForm | None, particle: int) -> bool:
        end = index + particle + 1
        if end >= len(self.tokens) or self.tokens[end].low not in {"at", "on", "by", "until", "since", "for", "from"}:
            return False
        past = (form is not None and form.shape in {"ed", "s"}) or (form is None and self.tokens[index].low.endswith("ed"))
        after = self.tokens[end + 1].low if end + 1 < len(self.tokens) else "."
        known = after in {",", ".", ")", ";", "and", "or", "(", "timestamp", "date", "datetime"}
        return past and known and not (index and self.out[index - 1].tag == "BE")

    def _expected(self, index: int, token: Token, form: VerbForm | None) -> Tagged:
        before = self.out[self._previous(index)]
        if before.low == "to" and form is None:
            return Tagged(token, "ADJ" if token.low in words.ADJECTIVES else "NOUN")
        if (
            before.low == "to"
            and form
            and (form.shape != "base" or (token.low in verbs.NOUNISH and self._next_tag(index) in {None, "PUNCT"}))
        ):
            return Tagged(token, "NOUN")
        if before.tag in {"PRON", "SUB"} and form is None and not self._conjugated(before, token.low):
            return Tagged(token, "ADJ" if token.low in words.ADJECTIVES else "NOUN")
        return Tagged(token, "VERB", form or VerbForm(token.low, "base"))

    def _conjugated(self, before: Tagged, low: str) -> bool:
        """True when an unknown word can only be the verb of the pronoun before it: "I watered", "it computes"."""
        if before.low in {"i", "we", "they", "you"}:
            return low not in words.ADJECTIVES
        return low.endswith(("s", "ed")) and not low.endswith("ss")

    def _is_verb(self, index: int, form: VerbForm) -> bool:
        rule = {"base": self._base, "s": self._third, "ed": self._past, "ing": self._gerund}[form.shape]
        return rule(index, form)

    def _unknown_verb(self, index: int) -> bool:
        """ "adjusters assay the claims": an unlisted word between a plural of people (or any plural) and an object."""
        subject = self._subject_before(index)
        following = self._next_tag(index)
        if subject is None or self.depth:
            return False
        if not is_plural(subject.low):
            each = self._opened_by(index, words.EACH - {"per", "one"})
            each = each or (following == "DET" and self._opened_by(index, frozenset({"the"})))
            return each and following in _OPENERS | {"PREP"} and is_plural(self.tokens[index].low) and self._counted(index + 1)
        if is_plural(self.tokens[index].low):
            return False
        alone = self._previous(index) == 0 or self.out[self._previous(index) - 1].low in {";", ".", ","}
        if alone and not self._verb_ahead(index + 1):
            people = is_person(singular(subject.low))
            ended = self.tokens[-1].low == "." and following in {"PREP", "DET", "QUANT"}
            if (people and following not in {None, "PUNCT", "CONJ"}) or ended:
                return True
        if following == "PRON" and is_person(singular(subject.low)):
            return self.tokens[index + 1].low in {"them", "it"}
        if following in {"DET", "QUANT"} and self.tokens[index].low not in words.ADJECTIVES:
            return True
        return is_person(singular(subject.low)) and following in {"NOUN", "ADJ"} and self._plural_head(index + 1)

    def _verb_ahead(self, index: int) -> bool:
        """True when the clause that goes on at `index` has another word that can be its verb."""
        for at in range(index, min(index + 12, len(self.tokens))):
            low = self.tokens[at].low
            if low in {".", ";", ","}:
                return False
            if self.closed[at] in {"BE", "HAVE", "MODAL"} or (self.closed[at] is None and verb(low) is not None):
                return True
        return False

    def _opened_by(self, index: int, openers: frozenset[str]) -> bool:
        """True when the noun phrase that ends before `index` begins its clause with one of `openers`."""
        at = self._previous(index)
        while at >= 0 and self.out[at].tag in {"NOUN", "ADJ", "PART"}:
            at -= 1
        return at >= 0 and self.out[at].low in openers and (at == 0 or self.out[at - 1].tag in {"PUNCT", "CONJ"})

    def _counted(self, index: int) -> bool:
        """True when a determiner or quantity stands at `index`, or behind the preposition there."""
        at = index + 1 if index < len(self.tokens) and self.closed[index] == "PREP" else index
        return at < len(self.tokens) and self.closed[at] in _OPENERS

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
        while at >= 0 and self.out[at].tag in {"NOUN", "ADJ", "PART", "DET", "QUANT"}:
            at -= 1
        return at > 0 and self.out[at].low in {"of", "for", "in", "on", "from"} and self.out[at - 1].tag == "NOUN" and is_plural(self.out[at - 1].low)

    def _starts(self, index: int) -> bool:
        at = self._previous(index)
        return at < 0 or self.out[at].low in {":", ";", ".", "-", "–", "—"}

    def _continues(self, index: int) -> bool:
        at = self._previous(index)
        return at >= 0 and (self.out[at].low == "," or self.out[at].tag == "CONJ" or self.out[at].low == "/")

    def _base(self, index: int, form: VerbForm) -> bool:
        nounish = form.base in verbs.NOUNISH
        following = self._next_tag(index)
        subject = self._subject_before(index)
        if subject:
            many = is_plural(subject.low) or subject.low in {"staff", "people", "police"}
            many = many or (following in _OPENERS and self._plural_before_of(index))
            return many and (not nounish or self._takes_object(index, following)) and following != "BE"
        if self._starts(index):
            return self._imperative(index, nounish, following)
        if self._continues(index) and self.last_shape == "" and self.depth == 0 and self.out[0].low in {"for", "per"}:
            return following in _OPENERS and self.out[1].low in words.EACH
        if self._continues(index) and self.last_shape == "ed" and self.depth == 0 and not nounish:
            return following in _OPENERS or following in {"NOUN", "PREP"}
        if self._continues(index) and self.last_shape == "base" and self.depth == 0:
            return not nounish or self._coordinates(index, following)
        if self._continues(index) and self._starts_list(index):
            return not nounish and self._imperative(index, nounish, following)
        return False

    def _starts_list(self, index: int) -> bool:
        return self.last_shape == "" and not self.listing and self.depth == 0 and index > 0 and self.out[0].tag == "VERB"

    def _takes_object(self, index: int, following: Tag | None) -> bool:
        if following in _OPENERS or following in {"NOUN", "ADJ"}:
            return self._not_a_list(index)
        nxt = self.tokens[index + 1].low if index + 1 < len(self.tokens) else ""
        if nxt in _NOUNISH_PREPOSITIONS | {"from", "when", "whether"} or nxt in verbs.PARTICLES:
            return True
        if following == "CONJ":
            return self._base_verb_at(index + 2)
        return nxt == "," and self._verb_list(index)

    def _verb_list(self, index: int) -> bool:
        """True for "issue, renew and revoke" behind a plural: base verbs divided by commas, the last one behind a conjunction."""
        at, run = index, 0
        while self._base_verb_at(at) and run < 8:
            run += 1
            joint = self.tokens[at + 1].low if at + 1 < len(self.tokens) else ""
            if joint == "," and at + 2 < len(self.tokens) and self.tokens[at + 2].low in {"and", "or"}:
                at += 1
                joint = "and"
            if joint in {"and", "or"}:
                return self._base_verb_at(at + 2) and is_person(singular(self.tokens[index - 1].low))
            if joint != ",":
                return False
            at += 2
        return False

    def _not_a_list(self, index: int) -> bool:
        """False for "goods receipt note": a compound whose next words end the phrase without an own object."""
        subject = self._subject_before(index)
        return subject is None or subject.low not in {"sales", "goods", "sports", "logistics", "premises"}

    def _base_verb_at(self, index: int) -> bool:
        if index >= len(self.tokens):
            return False
        form = verb(self.tokens[index].low)
        return form is not None and form.shape == "base"

    def _coordinates(self, index: int, following: Tag | None) -> bool:
        if following in _OPENERS or (following == "ADJ" and not self.listing):
            return True
        if index + 1 >= len(self.tokens):
            return not self.listing
        nxt = self.tokens[index + 1]
        if nxt.low in verbs.PARTICLES:
            return True
        if following in {"CONJ", "PUNCT"}:
            return nxt.low in {",", "and", "or", "/"} and self._base_verb_at(index + 2) and not self.listing
        if following == "PREP":
            return nxt.low in _NOUNISH_PREPOSITIONS
        return following == "NOUN" and self._plural_head(index + 1) and not self._is_subject(index)

    def _is_subject(self, index: int) -> bool:
        """True when the noun run that starts at `index` is followed by "is", "have" or "may": "stock counts are ..."."""
        at = index
        while at < len(self.tokens) and at < index + 5 and self.closed[at] is None:
            at += 1
        return at < len(self.tokens) and self.closed[at] in {"BE", "HAVE", "MODAL"}

    def _plural_head(self, index: int) -> bool:
        """True when the noun run that starts at `index` ends in a plural."""
        last = index
        for at in range(index, min(index + 4, len(self.tokens))):
            if self.closed[at] is not None:
                break
            last = at
        return is_plural(self.tokens[last].low)

    def _imperative(self, index: int, nounish: bool, following: Tag | None) -> bool:
        if following in _OPENERS or following == "PRON":
            return True
        if following in {"NOUN", "ADJ"}:
            if not nounish:
                return True
            return self._plural_head(index + 1) and not self._more_follows(index)
        if following in {"CONJ", "PUNCT"} and not nounish and index + 2 < len(self.tokens):
            return self._base_verb_at(index + 2)
        return False

    def _more_follows(self, index: int) -> bool:
        """True when a later word in the phrase shows that a noun phrase began here: "service orders with parts", "service orders have"."""
        for at in range(index + 1, min(index + 6, len(self.tokens))):
            if self.tokens[at].low == "with" and at + 1 < len(self.tokens) and self.tokens[at + 1].low in {"their", "its"}:
                return False
            if self.closed[at] in {"HAVE", "BE", "MODAL"} or self.tokens[at].low in {"(", ":", "with"}:
                return True
            if self.tokens[at].low in {",", ";", "."}:
                return False
            form = verb(self.tokens[at].low)
            if at > index + 1 and form and form.shape == "base" and is_plural(self.tokens[at - 1].low):
                return True
        return False

    def _third(self, index: int, form: VerbForm) -> bool:
        subject = self._subject_before(index)
        following = self._next_tag(index)
        if subject and not is_plural(subject.low):
            if self._in_object(index):
                return False
            if form.base not in verbs.NOUNISH:
                return self._determined(index) or subject.token.text.isupper() or not self._ends_at(index + 1)
            if self._determined(index) and (following in {None, "SUB"} or self.tokens[index + 1].low == "."):
                return True
            return (self._determined(index) or is_person(subject.low)) and (following in _OPENERS or following in {"NOUN", "ADJ", "PREP"})
        if self._continues(index) and self.last_shape == "ed" and self.depth == 0 and form.base not in verbs.NOUNISH:
            return following in _OPENERS or following in {"PREP", "NOUN", "ADJ"}
        if self._continues(index) and self.last_shape == "ed" and self.depth == 0 and following in _OPENERS:
            return True
        if self._continues(index) and self.last_shape == "s" and self.depth == 0:
            return form.base not in verbs.NOUNISH or following in _OPENERS or (following == "NOUN" and not self.listing)
        if form.base in {"belong", "come", "consist"} and following == "PREP" and self._continues(index):
            return True
        return False if not self._starts(index) else form.base not in verbs.NOUNISH and following in (_OPENERS | {"NOUN", "ADJ"})

    def _in_object(self, index: int) -> bool:
        """True when the noun phrase that runs up to `index` is the object of a verb: "compute the optimal routes"."""
        at = self._previous(index)
        while at >= 0 and self.out[at].tag in {"NOUN", "ADJ", "PART", "DET", "QUANT"}:
            at -= 1
        return at >= 0 and self.out[at].tag == "VERB" and self._ends_at(index + 1)

    def _ends_at(self, index: int) -> bool:
        return index >= len(self.tokens) or self.tokens[index].low in {".", ",", ")"}

    def _determined(self, index: int) -> bool:
        at = self._previous(index)
        while at >= 0 and self.out[at].tag in {"NOUN", "ADJ", "PART"}:
            at -= 1
        return at >= 0 and self.out[at].low in words.EACH | {"the"}

    def _past(self, index: int, form: VerbForm) -> bool:
        at = self._previous(index)
        if at < 0:
            return False
        before, following = self.out[at], self._next_tag(index)
        if before.tag == "BE" or before.low in {"get", "gets", "got", "be"}:
            return True
        if before.tag == "HAVE":
            return following in {"PREP", None} and self.tokens[index].low.endswith("ed")
        nxt = self.tokens[index + 1].low if index + 1 < len(self.tokens) else ""
        if before.tag == "NOUN" and nxt == "of" and self.tokens[index].low in {"made", "composed", "comprised"}:
            return True
        told = before.low == "," and self.depth == 0 and bool(self.last_shape) and nxt in {"at", "by", "in", "on", "from", "to"}
        if told and index + 2 < len(self.tokens) and self.closed[index + 2] in {"DET", "QUANT"}:
            return True
        if before.tag == "NOUN" and is_plural(before.low) and nxt in {".", ";", ",", ""} and form.base in {"do", "sell", "buy", "use", "make", "take", "give", "need", "pay", "receive", "order", "perform"}:
            return True
        if before.tag == "NOUN" and nxt != "of" and index + 1 < len(self.tokens) and self.closed[index + 1] == "PREP":
            return True
        return (
            before.tag in {"CONJ", "PUNCT"}
            and self.last_shape == "ed"
            and self.depth == 0
            and (nxt in {"and", "or", ",", "."} | verbs.PARTICLES or following == "PREP")
        )

    def _gerund(self, index: int, form: VerbForm) -> bool:
        at, following = self._previous(index), self._next_tag(index)
        objects = following in _OPENERS or (following in {"NOUN", "ADJ"} and self._plural_head(index + 1))
        if at >= 0 and self.out[at].tag == "BE":
            return True
        if at >= 0 and self.out[at].low in words.APP_NOUNS and self.out[at].tag == "NOUN":
            return objects
        if at >= 0 and self.out[at].low in {"for", "by", "about", "of"}:
            return objects or (following in {"CONJ", "NOUN"} and form.base in verbs.MANAGE | {"track", "book"})
        before = self.out[at].form if at >= 0 and self.out[at].tag == "VERB" else None
        if before is not None and before.base in {"allow", "support", "enable", "include"}:
            return objects
        if self._continues(index) and self.last_shape == "ing" and self.depth == 0:
            return objects
        return self._starts(index) and (
            following in _OPENERS or (objects and form.base in verbs.MANAGE | {"create", "track", "add", "edit"})
        )


def tag(tokens: list[Token]) -> list[Tagged]:
    """Tag the tokens of one sentence; marks of decoration (`*`, quotes) are left out. Linear in the number of tokens."""
    return _Tagger(quantified([t for t in tokens if t.low not in _DECORATION])).run()
