"""Which word is a verb and which a noun, decided by closed word lists and agreement."""

from __future__ import annotations

from shared.brief.lexicon import verbs, words
from shared.brief.quantities import quantified
from shared.brief.sight import OPENERS, Tag, Tagged, closed_tag
from shared.brief.text import Token
from shared.brief.verbhood import Verbhood
from shared.brief.words import VerbForm, is_plural, singular, verb

_BEHIND = frozenset({"PREP", "SUB", "ADV"})
_TIMED = frozenset({"at", "in", "on", "by", "until", "since", "for", "from", "before"})
_DECORATION = frozenset(["*", "_", "`", '"', "“", "”", "„", "«", "»", "~", "|"])


class _Tagger(Verbhood):
    """One pass from left to right over the tokens of a sentence."""

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
        self._open_enumeration(index, token, tag)
        if token.low == "got" and self._next_tag(index) in OPENERS and not (index and self.out[index - 1].tag == "HAVE"):
            return Tagged(token, "HAVE")
        if token.low in {"get", "gets", "got"} and not self._participle_at(index + 1):
            return Tagged(token, "VERB", VerbForm("get", "s" if token.low == "gets" else "base"))
        if token.low in {"do", "does"} and index + 1 < len(self.tokens) and self.tokens[index + 1].low in {"everything", "anything", "all"}:
            return Tagged(token, "VERB", VerbForm("do", "s" if token.low == "does" else "base"))
        if token.low in {"own", "open", "like"} and self._verb_expected(index):
            return Tagged(token, "VERB", verb(token.low) or VerbForm(token.low, "base"))
        return Tagged(token, self._retag(index, token.low, tag))

    def _open_enumeration(self, index: int, token: Token, tag: Tag) -> None:
        """Behind "is", and behind "of" after a word such as "status", the names of states may follow."""
        behind_name = token.low == "of" and index > 0 and self.out[index - 1].low in words.ENUM_NAMES
        if self.names_until < index and (behind_name or (tag == "BE" and index)):
            self.names_until = self._enumeration_end(index + 1)
            self.names_from = index + 1

    def _retag(self, index: int, low: str, tag: Tag) -> Tag:
        """The tag of a function word that its neighbours turn into something else."""
        before = self.closed[index - 1] if index else None
        after = self.closed[index + 1] if index + 1 < len(self.tokens) else None
        following = self.tokens[index + 1].low if index + 1 < len(self.tokens) else ""
        named = self.names_from <= index <= self.names_until or (self._is_name(index) and tag == "PREP")
        turned: tuple[tuple[bool, Tag], ...] = (
            (low == "at" and following in {"least", "most"}, "QUANT"),
            (named and tag in {"PREP", "SUB"}, "NOUN"),
            (low == "that" and index > 0 and self.out[index - 1].tag == "NOUN", "SUB"),
            (low in {"both", "all", "each"} and index > 0 and after in {"HAVE", "BE", "MODAL"}, "ADV"),
            (low in verbs.PARTICLES and before == "DET" and self._next_tag(index) == "NOUN", "NOUN"),
            (low == "lots" and following != "of", "NOUN"),
            (low in {"online", "offline"} and self._next_tag(index) == "NOUN", "ADJ"),
            (low == "'s", "BE" if before in {"PRON", "ADV"} else "PUNCT"),
            (low in {"am", "pm"} and before == "NUM", "ADV"),
            (low in {"having", "containing", "including"}, "PREP"),
        )
        return next((to for applies, to in turned if applies), tag)

    def _is_name(self, index: int) -> bool:
        """True for a preposition that names a property: "a from address", "(from, to, note)"."""
        before = self.tokens[index - 1].low if index else ""
        after = self.tokens[index + 1].low if index + 1 < len(self.tokens) else ""
        if before == "," and self._next_tag(index) == "NOUN" and self._paired(index):
            return True
        return (before in {"a", "an"} and self._next_tag(index) == "NOUN") or (before in {"(", ","} and after in {",", ")"})

    def _paired(self, index: int) -> bool:
        """True at both prepositions of "product, from shelf, to shelf, quantity"."""
        ahead, back = [t.low for t in self.tokens[index : index + 4]], [t.low for t in self.tokens[max(0, index - 3) : index + 1]]
        return (ahead[:1] + ahead[2:] == ["from", ",", "to"]) or (back[:1] + back[2:] == ["from", ",", "to"])

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

    def _open(self, index: int, token: Token) -> Tagged:
        form = verb(token.low)
        if self._timestamp(index, form):
            self.names_until = max(self.names_until, index + 1 + (self.tokens[index + 1].low in verbs.PARTICLES))
            return Tagged(token, "NOUN")
        if self._verb_expected(index):
            return self._expected(index, token, form)
        if index and (token.low, self.out[index - 1].tag) in {("am", "NUM"), ("pm", "NUM"), ("back", "PRON")}:
            return Tagged(token, "ADV")
        if form and form.shape == "s" and token.low in words.IRREGULAR_PLURALS and not self._determined(index):
            return Tagged(token, "NOUN")
        if verbs.IRREGULAR.get(token.low) == token.low and index and self.out[index - 1].tag == "BE" and self._next_tag(index) in _BEHIND:
            return Tagged(token, "VERB", VerbForm(token.low, "ed"))
        if form and not self._describes_item(index) and self._is_verb(index, form):
            return Tagged(token, "VERB", form)
        if form is None and self._unknown_verb(index):
            third = is_plural(token.low)
            return Tagged(token, "VERB", VerbForm(singular(token.low), "s") if third else VerbForm(token.low, "base"))
        if (
            form is None
            and token.low.endswith("ed")
            and index
            and self.out[self._previous(index)].tag == "BE"
            and self._next_tag(index) in _BEHIND
        ):
            return Tagged(token, "VERB", VerbForm(token.low[:-2], "ed"))
        if token.low in words.ADJECTIVES:
            return Tagged(token, self._adjective(index, token.low))
        if token.low.endswith(("able", "ible")) and form is None and token.low not in words.ABLE_NOUNS and len(token.low) > 6:
            return Tagged(token, "ADJ")
        if token.low.endswith("ly") and "-" not in token.low and form is None and len(token.low) > 4 and token.low not in words.LY_NOUNS:
            return Tagged(token, "ADV")
        if form and form.shape == "ed" and self._next_tag(index) in {"NOUN", "ADJ"}:
            return Tagged(token, "PART", form)
        return Tagged(token, "NOUN")

    def _adjective(self, index: int, low: str) -> Tag:
        """ "a grade average" and "sent monthly": some adjectives are nouns behind a noun, or adverbs behind a verb."""
        ends = self._next_tag(index) not in {"NOUN", "ADJ"}
        before = self.out[index - 1].tag if index else None
        if ends and before == "NOUN" and low in words.SUMS:
            return "NOUN"
        return "ADV" if ends and before in {"VERB", "NOUN"} and low in words.RHYTHMS else "ADJ"

    def _describes_item(self, index: int) -> bool:
        """ "a first name, last name and open date": in a list of properties an adjective before a singular describes it."""
        listed = self.listing or self.tokens[index].low == "last"
        described = self.tokens[index].low in words.ADJECTIVES and listed and self._continues(index)
        described = described and self._next_tag(index) in {"NOUN", "ADJ"}
        return described and not self._plural_head(index + 1)

    def _timestamp(self, index: int, form: VerbForm | None) -> bool:
        """ "published at", "opened on", "created by" as the name of a property."""
        if index + 1 < len(self.tokens) and self.tokens[index + 1].low in verbs.PARTICLES:
            return self._timed(index, form, 1) or self._timed(index, form, 0)
        return self._timed(index, form, 0)

    def _timed(self, index: int, form: VerbForm | None, particle: int) -> bool:
        end = index + particle + 1
        if end >= len(self.tokens) or self.tokens[end].low not in _TIMED:
            return False
        if self.tokens[end].low in {"before", "by"} and end + 1 < len(self.tokens) and self.tokens[end + 1].low == "date":
            return True
        lasting = self.tokens[index].low in words.ADJECTIVES and self.tokens[end].low in {"until", "since", "from"}
        lasting = lasting or (self.tokens[index].low, self.tokens[end].low) == ("best", "before")
        past = (
            lasting
            or self.tokens[index].low in verbs.IRREGULAR
            or (form is not None and form.shape in {"ed", "s"})
            or (form is None and self.tokens[index].low.endswith("ed"))
        )
        after = self.tokens[end + 1].low if end + 1 < len(self.tokens) else "."
        joint = after in {"and", "or"} and end + 2 < len(self.tokens) and self.closed[end + 2] == "PREP"
        known = not joint and after in {",", ".", ")", ";", "and", "or", "(", "timestamp", "date", "datetime"}
        return past and known and not (index and self.out[index - 1].tag == "BE")


def tag(tokens: list[Token]) -> list[Tagged]:
    """Tag the tokens of one sentence; marks of decoration (`*`, quotes) are left out. Linear in the number of tokens."""
    valued = any(t.low in {"=", ":"} for t in tokens[:-1])
    kept = [t for i, t in enumerate(tokens) if t.low not in _DECORATION or (t.low == "|" and valued and 0 < i < len(tokens) - 1)]
    return _Tagger(quantified(kept)).run()


__all__ = ["Tag", "Tagged", "closed_tag", "tag"]
