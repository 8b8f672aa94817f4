"""Verb after verb of one subject, each with its objects: the part of the reader that hands statements on to be understood."""

from __future__ import annotations

from shared.brief.deeds import Action
from shared.brief.draft import Link
from shared.brief.lexicon import verbs, words
from shared.brief.phrases import NounPhrase, VerbGroup
from shared.brief.predicates import Predicates
from shared.brief.shapes import Entry, Shapes, field_text

JUDGEMENTS = {
    "review": "review", "assess": "assessment", "evaluate": "evaluation", "inspect": "inspection", "examine": "examination",
    "rate": "rating", "judge": "judgement", "audit": "audit", "check": "check",
}  # fmt: skip
_CAUSES = frozenset({"let", "allow", "enable", "help", "permit"})


class Actions(Predicates):
    """Reads verb groups and what belongs to them."""

    def _actions(self, shapes: Shapes, at: int, subjects: list[NounPhrase]) -> int:
        """Verb groups with their objects, as long as the same subjects go on: "add cards, top up a balance and pay bills"."""
        while shapes.verb(at):
            predicate = self._predicate(shapes, at, subjects) or self._progression(shapes, at, subjects)
            if predicate:
                return predicate
            wish = shapes.verb(at)
            chain, at = self._chain(shapes, at)
            if wish and wish.base in {"want", "need", "like", "wish"} and chain and chain[0] is not wish and not self._are_roles(subjects):
                subjects = []
            objects, at = self._objects(shapes, at, chain)
            if chain and chain[-1].base in _CAUSES and objects and self._caused(shapes, at):
                subjects, at = [o.phrase for o in objects], self._caused(shapes, at)
                continue
            at = self._rhythm(shapes, at, objects)
            at += shapes.low(at) in words.RHYTHMS and shapes.mark(at + 1) == "prep"
            tails, at = self._tails(shapes, at, chain)
            if self._builds(chain, subjects, objects) and objects:
                return self._build(shapes, objects, tails, at)
            at = self._late_details(shapes, at, objects)
            if not objects and chain and (chain[-1].base == "be" or chain[-1].passive):
                at = self._late_properties(shapes, at, subjects)
            self._take_in(Action(subjects, chain, objects, tails, shapes))
            following = self._next_verb(shapes, at)
            if not following:
                return at
            at = following
        return at

    def _take_in(self, action: Action) -> None:
        """Hand a statement on, and remember what a pronoun behind it may point at."""
        self._possess(action.subjects, action.objects, action.tails)
        if not action.subjects and action.chain and action.chain[-1].base == "be":
            return
        if action.subjects and action.chain and action.chain[-1].base == "be" and not any(e.phrase.det for e in action.objects):
            phrase = action.subjects[-1]
            self.last = mention(Entry(phrase, phrase.end, text=" ".join(phrase.words)))
        elif action.objects or action.tails:
            self.last = mention(action.objects[-1] if action.objects else action.tails[-1][1][-1])
        elif action.subjects:
            phrase = action.subjects[-1]
            self.last = mention(Entry(phrase, phrase.end, text=" ".join(phrase.words)))
        self._remember(action)
        verb = action.chain[-1] if action.chain else None
        known = verb is not None and verb.passive and verb.base in JUDGEMENTS and action.subjects
        self.judged = (action.subjects[0].key, verb.base) if known and verb is not None else None
        self.meaning.act(action)
        if self.scope is not None and action.chain:
            self.meaning.within(self.scope, action)

    def _remember(self, action: Action) -> None:
        """Keep the latest things in the plural, at which "them" points where the latest one is in the singular."""
        spoken = [*(e.phrase for _, t in reversed(action.tails) for e in reversed(t)), *(e.phrase for e in reversed(action.objects))]
        crowd = next((p for p in (*spoken, *reversed(action.subjects)) if p.plural and not self.draft.is_person(p)), None)
        if crowd is not None:
            self.crowd = mention(Entry(crowd, crowd.end, text=" ".join(crowd.words)))

    def _next_verb(self, shapes: Shapes, at: int) -> int:
        """Index of the next verb of the same subjects: behind "and" or a comma, or in "to ..."; 0 for none."""
        following, _ = shapes.skip_separators(at)
        verb = shapes.verb(following) if following > at else None
        if verb is None:
            return at + 1 if shapes.low(at) == "to" and shapes.verb(at + 1) else 0
        if verb.shape == "ing" and verb.base in verbs.GIVING:
            return 0
        if verb.base != "be":
            self.draft.cuts.add(verb.start)
        return following

    def _rhythm(self, shapes: Shapes, at: int, objects: list[Entry]) -> int:
        """ "send readings every hour with a value": how often, and what describes the object behind it."""
        phrase = shapes.phrase(at)
        if not objects or phrase is None or phrase.head not in words.TIME_UNITS:
            return at
        if shapes.low(at + 1) in {"with", "including"} and shapes.phrase(at + 2):
            parts, after = shapes.entries(at + 2)
            objects[-1].parts.extend(parts)
            return after
        return at + 1

    def _late_details(self, shapes: Shapes, at: int, objects: list[Entry]) -> int:
        """ "record events for patients, with a date and a grade", "run tests on them (date, result)": they describe the object."""
        if not objects or objects[-1].parts or objects[-1].group:
            return at
        sign = shapes.sign(at)
        if sign is not None and sign.mark == "open" and sign.match > at:
            objects[-1].group = (at + 1, sign.match)
            return sign.match + 1
        joint = shapes.sign(at + 1)
        if shapes.mark(at) == "comma" and joint is not None and joint.low in {"with", "including"} and shapes.phrase(at + 2):
            parts, after = shapes.entries(at + 2)
            objects[-1].parts.extend(parts)
            return after
        return at

    def _late_properties(self, shapes: Shapes, at: int, subjects: list[NounPhrase]) -> int:
        """ "A loan is for one lens, with a start date and a fee": properties of the subject."""
        start, at = at, at + (shapes.low(at) in words.RHYTHMS)
        if shapes.mark(at) != "comma" or shapes.low(at + 1) not in {"with", "including"} or shapes.phrase(at + 2) is None:
            return start
        parts, after = shapes.entries(at + 2)
        for phrase in subjects:
            thing = self.draft.things.get(phrase.key) if not self.draft.is_person(phrase) else None
            thing = thing or (self.draft.thing(phrase.key, (phrase.start, phrase.end), 1) if self.draft.stored(phrase.key) else None)
            if thing is not None:
                self.attributes.add(thing, parts, shapes)
        return after

    def _possess(self, subjects: list[NounPhrase], objects: list[Entry], tails: list[tuple[str, list[Entry]]]) -> None:
        """Take in whose things a statement speaks of: "a customer's orders", "books and their authors"."""
        for phrase in (*subjects, *(e.phrase for e in objects), *(e.phrase for _, t in tails for e in t)):
            self.meaning.owned(phrase)
        self.meaning.possessed(objects)
        whole = self.last.phrase if self.last is not None and not self.last.phrase.plural else None
        if whole is not None and subjects and all(self.draft.is_person(s) for s in subjects) and self.draft.stored(whole.key):
            for phrase in (e.phrase for e in objects):
                if phrase.det == "its" and phrase.plural and phrase.key != whole.key and self.draft.stored(phrase.key):
                    self.draft.link(Link(whole.key, phrase.key, True, None, (phrase.start, phrase.end), assumed=True))

    def _are_roles(self, subjects: list[NounPhrase]) -> bool:
        return any(s.key in self.draft.roles or s.plural or self.draft.is_person(s) for s in subjects)

    def _caused(self, shapes: Shapes, at: int) -> int:
        """Index of the verb in "let users (to) manage ...", or 0."""
        if shapes.verb(at):
            return at
        sign = shapes.sign(at)
        return at + 1 if sign is not None and sign.low == "to" and shapes.verb(at + 1) else 0

    def _builds(self, chain: list[VerbGroup], subjects: list[NounPhrase], objects: list[Entry]) -> bool:
        if self.draft.title or not chain or not objects:
            return False
        phrase = objects[0].phrase
        wish = any(v.base in verbs.BUILD for v in chain) and (not subjects or phrase.words[-1] in words.APP_NOUNS)
        return wish and (not phrase.plural or phrase.words[-1] in words.APP_NOUNS) and self.first

    def _build(self, shapes: Shapes, objects: list[Entry], tails: list[tuple[str, list[Entry]]], at: int) -> int:
        """ "Build a delivery service in ... for ... with ...": the app's own phrase."""
        entry = objects[0]
        raw = self.draft.text[entry.phrase.start : entry.phrase.end]
        for preposition, phrase in entry.tails:
            if preposition == "for" and set(entry.phrase.words) <= words.APP_NOUNS:
                raw = self.draft.text[phrase.start : phrase.end]
        self._title(raw, entry.span)
        for other in objects:
            self.app(other, shapes)
        for preposition, entries in tails:
            if preposition in {"with", "including", "for", "of"}:
                for item in entries:
                    if preposition == "for" and not item.phrase.plural and item.phrase.det in {"a", "an", "our", "my", "the"}:
                        continue
                    self.meaning.listed(item, shapes, False)
        return at

    def app(self, entry: Entry, shapes: Shapes) -> None:
        """Read what hangs on the phrase that names the app: "with books and loans", "of books", "for tracking loans"."""
        for part in entry.parts:
            self.meaning.listed(part, shapes, False)
        for preposition, phrase in entry.tails:
            if phrase.words[-1] in words.APP_NOUNS:
                continue
            managed = preposition == "for" and (
                phrase.words[-1] in {"management", "tracking", "administration", "booking", "scheduling"}
                or (phrase.plural and not self.draft.is_person(phrase))
            )
            if (preposition == "of" and (phrase.plural or not phrase.det)) or managed:
                self.meaning.listed(Entry(phrase, phrase.end, text=field_text(phrase)), shapes, False)


def mention(entry: Entry) -> Entry:
    """The entry without what hangs on it, for a pronoun that points back."""
    phrase = entry.phrase
    return Entry(NounPhrase(phrase.start, phrase.end, phrase.words, phrase.raw, "the"), phrase.end, text=entry.text)
