"""Whether a word that can be a verb is one here: by what stands before it, what follows, and agreement."""

from __future__ import annotations

from shared.brief.lexicon import verbs, words
from shared.brief.lexicon.bag import bag
from shared.brief.sight import OPENERS, Sight, Tag, Tagged
from shared.brief.text import Token
from shared.brief.words import VerbForm, is_person, is_plural, singular, verb

_SUBJECT_PRONOUNS = bag("i we they you who it she he which that everyone anyone everybody anybody someone")
_TO_NOUN = bag(
    """belong belongs belonging related relates linked attached assigned connected access up according due refer refers reference
    respect"""
)
_NOUNISH_PREPOSITIONS = bag("on for in into to up out off")
_DONE = bag("attach assign link involve include associate do sell buy use make take give need pay receive order perform")


class Verbhood(Sight):
    """One rule per form of a verb: base, third person, past, gerund."""

    def _verb_expected(self, index: int) -> bool:
        at = self._previous(index)
        if at < 0:
            return False
        before = self.out[at]
        if before.tag in {"MODAL", "AUX"}:
            return True
        if self.out[index - 1].low == "what" and (form := verb(self.tokens[index].low)):
            return form.shape in {"ed", "s"}
        if before.low == "to" and before.tag == "PREP":
            return at == 0 or self.out[at - 1].low not in _TO_NOUN
        return before.low in _SUBJECT_PRONOUNS and before.tag in {"PRON", "SUB"}

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
        return rule(index, form) and not (form.shape == "s" and self._are_people(index))

    def _unknown_verb(self, index: int) -> bool:
        """ "adjusters assay the claims": an unlisted word between a plural of people (or any plural) and an object."""
        subject = self._subject_before(index)
        following = self._next_tag(index)
        if subject is None or self.depth:
            return False
        if not is_plural(subject.low):
            each = self._opened_by(index, words.EACH - {"per", "one"})
            each = each or (following == "DET" and self._opened_by(index, frozenset({"the"})))
            return each and following in OPENERS | {"PREP"} and is_plural(self.tokens[index].low) and self._counted(index + 1)
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

    def _verb_ahead(self, index: int, stops: frozenset[str] = frozenset()) -> bool:
        """True when the clause that goes on at `index` has another word that can be its verb."""
        for at in range(index, min(index + 12, len(self.tokens))):
            low = self.tokens[at].low
            if low in {".", ";", ","} or low in stops:
                return False
            if self.closed[at] in {"BE", "HAVE", "MODAL"} or (
                self.closed[at] is None and verb(low) is not None and not (stops and low in verbs.NOUNISH)
            ):
                return True
        return False

    def _base(self, index: int, form: VerbForm) -> bool:
        nounish = form.base in verbs.NOUNISH
        following = self._next_tag(index)
        subject = self._subject_before(index)
        if subject:
            many = is_plural(subject.low) or subject.low in {"staff", "people", "police"}
            many = many or ((following in OPENERS or not nounish) and self._plural_before_of(index))
            many = many or (is_plural(self.out[0].low) and len(self.out) > 2 and self.out[1].low == "who" and not nounish)
            many = many or self._bare_person(index, subject.low, following, nounish)
            many = many or (not nounish and following in OPENERS | {"PREP"} and self._opened_by(index, words.EACH - {"per"}))
            return many and (not nounish or self._takes_object(index, following)) and following != "BE"
        if self._starts(index):
            return self._imperative(index, nounish, following)
        if self._continues(index) and self.last_shape == "" and self.depth == 0 and self.out[0].low in {"for", "per"}:
            return following in OPENERS and self.out[1].low in words.EACH
        agrees = is_plural(self.out[0].low) and self.out[0].tag == "NOUN"
        if (
            self._continues(index)
            and self.last_shape == "ed"
            and self.depth == 0
            and not nounish
            and agrees
            and following in {"CONJ", "PUNCT"}
        ):
            return True
        if self._continues(index) and self.last_shape == "ed" and self.depth == 0 and not nounish:
            return following in OPENERS or following in {"NOUN", "PREP"}
        if self._continues(index) and self.last_shape == "ed" and self.depth == 0 and nounish and self.out[0].tag == "NOUN":
            agrees = is_plural(self.out[0].low) and not self.listing
            return agrees and (following in OPENERS or (following == "PREP" and self.out[index - 1].low == ","))
        if self._continues(index) and self.last_shape == "base" and self.depth == 0:
            joined = self._base_verb_at(index + 2) and self.tokens[index + 2].low not in verbs.NOUNISH
            listed = self.listing and following in {"CONJ", "PUNCT", None} and not joined
            return (not nounish and not listed) or self._coordinates(index, following)
        if self._continues(index) and self._starts_list(index):
            return not nounish and self._imperative(index, nounish, following)
        return False

    def _bare_person(self, index: int, low: str, following: Tag | None, nounish: bool) -> bool:
        """ "when ready, reviewer check it": a person without an article at the start of a clause, and an object behind the verb."""
        at = self._previous(index)
        opens = at == 0 or self.out[at - 1].tag in {"PUNCT", "CONJ", "SUB"}
        plain = at == 0 and not nounish and following in {"NOUN", "ADJ"} and not self._verb_ahead(index + 1, frozenset({"and"}))
        return opens and (following in OPENERS or plain) and is_person(low)

    def _starts_list(self, index: int) -> bool:
        return self.last_shape == "" and not self.listing and self.depth == 0 and index > 0 and self.out[0].tag == "VERB"

    def _takes_object(self, index: int, following: Tag | None) -> bool:
        if following in OPENERS or following in {"NOUN", "ADJ"}:
            return self._not_a_list(index)
        nxt = self.tokens[index + 1].low if index + 1 < len(self.tokens) else ""
        before = self.out[self._previous(index)]
        if following == "PREP" and (before.low in {")", "staff"} or (nxt == "with" and is_person(singular(before.low)))):
            return True
        determined = index + 2 < len(self.tokens) and self.closed[index + 2] == "DET"
        if nxt == "at" and determined and self._previous(index) == 0:
            return True
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

    def _coordinates(self, index: int, following: Tag | None) -> bool:
        if following in OPENERS or (following == "ADJ" and not self.listing):
            return True
        if index + 1 >= len(self.tokens):
            return not self.listing
        nxt = self.tokens[index + 1]
        if nxt.low in verbs.PARTICLES or nxt.low in {"how", "when", "whether", "if", "that", "what", "why", "where", "who"}:
            return True
        if following in {"CONJ", "PUNCT"}:
            return nxt.low in {",", "and", "or", "/"} and self._base_verb_at(index + 2) and not self.listing
        if following == "PREP":
            return nxt.low in _NOUNISH_PREPOSITIONS | {"within"} and not (self.listing and self.out[index - 2].tag == "NOUN")
        listed = self.listing and any(t.low == "," for t in self.out[-12:])
        return following == "NOUN" and not listed and self._plural_head(index + 1) and not self._is_subject(index)

    def _imperative(self, index: int, nounish: bool, following: Tag | None) -> bool:
        only = following == "ADV" and self.tokens[index + 1].low == "only" and self._next_tag(index + 1) in OPENERS
        if following in OPENERS or following == "PRON" or only:
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

    def _are_people(self, index: int) -> bool:
        """ "..., nurses document visits": a plural of people in front of a verb, even where the word can be a verb itself."""
        following = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        before = self.tokens[index - 1].low if index else ","
        form = verb(following.low) if following is not None and self.closed[index + 1] is None else None
        begins = before in {",", ";", ".", "and", ":"} and is_person(singular(self.tokens[index].low))
        return begins and form is not None and form.shape == "base" and self._plural_head(index + 2)

    def _third(self, index: int, form: VerbForm) -> bool:
        subject = self._subject_before(index)
        following = self._next_tag(index)
        if subject and not is_plural(subject.low):
            if self._in_object(index):
                return False
            if form.base not in verbs.NOUNISH:
                if index == 1 and len(self.tokens) == 3:
                    return True
                return self._determined(index) or subject.token.text.isupper() or not self._ends_at(index + 1)
            if self._determined(index) and (following in {None, "SUB"} or self.tokens[index + 1].low == "."):
                return True
            joint = following == "CONJ" and index + 2 < len(self.tokens) and verb(self.tokens[index + 2].low)
            if joint and joint.shape == "s" and self._determined(index):
                return True
            return (self._determined(index) or is_person(subject.low)) and (following in OPENERS or following in {"NOUN", "ADJ", "PREP"})
        if subject and self._previous(index) == 0 and is_person(singular(subject.low)) and form.base not in verbs.NOUNISH:
            return following in OPENERS or following in {"NOUN", "ADJ"}
        if self._continues(index) and self.last_shape == "ed" and self.depth == 0 and form.base not in verbs.NOUNISH:
            return following in OPENERS or following in {"PREP", "NOUN", "ADJ"}
        if self._continues(index) and self.last_shape == "ed" and self.depth == 0 and following in OPENERS:
            return True
        if self._continues(index) and self.last_shape == "s" and self.depth == 0:
            return form.base not in verbs.NOUNISH or following in OPENERS or (following == "NOUN" and not self.listing)
        if form.base in {"belong", "come", "consist"} and following == "PREP" and (self._continues(index) or index == 0):
            return True
        if self._base_verb_at(index + 1) and self._next_tag(index + 1) in OPENERS | {"NOUN", "ADJ"}:
            return False
        return False if not self._starts(index) else form.base not in verbs.NOUNISH and following in (OPENERS | {"NOUN", "ADJ"})

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
        after = self.tokens[index + 2].low if index + 2 < len(self.tokens) else ""
        if (
            before.tag == "NOUN"
            and "of" in {nxt, after if nxt == "up" else ""}
            and self.tokens[index].low in {"made", "composed", "comprised"}
        ):
            return True
        spoken = bool(self.last_shape) or (self.out[0].tag == "DET" and index < 8)
        told = before.low == "," and self.depth == 0 and spoken and nxt in {"at", "by", "in", "on", "from", "to"}
        if told and index + 2 < len(self.tokens) and self.closed[index + 2] in {"DET", "QUANT"}:
            return True
        if before.tag == "NOUN" and is_plural(before.low) and nxt in {".", ";", ",", "", "and", "or"} and form.base in _DONE:
            return True
        if before.tag == "NOUN" and self._asked(index):
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
        objects = following in OPENERS or (following in {"NOUN", "ADJ"} and self._plural_head(index + 1))
        if at >= 0 and self.out[at].tag == "BE":
            return not (at and self.out[at - 1].low == "there")
        if at >= 0 and self.out[at].low == "," and form.base in verbs.GIVING and following in OPENERS:
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
            following in OPENERS or (objects and form.base in verbs.MANAGE | {"create", "track", "add", "edit"})
        )
