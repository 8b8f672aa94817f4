"""What a statement means: which of the readings of its verb applies."""

from __future__ import annotations

from shared.brief.actors import Action, Actors
from shared.brief.draft import Link, Span, Thing
from shared.brief.lexicon import verbs, words
from shared.brief.lexicon.bag import bag
from shared.brief.phrases import VerbGroup
from shared.brief.shapes import Entry
from shared.brief.words import is_person

_NOMINAL = {
    "approval": "approve",
    "confirmation": "confirm",
    "verification": "verify",
    "review": "review",
    "acceptance": "accept",
    "signature": "sign",
    "authorization": "approve",
}

_LINKING = bag("link associate connect attach relate assign tie map bind group file tag")


class Meaning(Actors):
    """Turns statements into the draft."""

    def act(self, action: Action) -> None:
        """Take one statement in."""
        verb = action.chain[-1] if action.chain else None
        if verb is None or any(v.negated for v in action.chain):
            return
        if verb.base == "be":
            return
        if verb.base in {"need", "require"} and action.objects and action.objects[0].phrase.head in _NOMINAL:
            self._needs(action)
        elif verb.passive:
            self._passive(action)
        elif verb.base in verbs.BELONG | {"belong"} or verb.base == "part":
            self._belongs(action)
        elif self._is_structure(action, verb):
            self._structure(action)
        elif self._is_link(action):
            self._quantified(action)
        elif not action.subjects or self._is_system(action):
            self._system(action)
        elif verb.base in verbs.STATIVE and verb.base not in verbs.CREATE | verbs.READ | verbs.MANAGE | verbs.UPDATE | verbs.TRANSITION:
            self._mention(action)
        else:
            self._actor(action)

    def _is_structure(self, action: Action, verb: VerbGroup) -> bool:
        if verb.base in {"have", "contain", "include", "comprise"}:
            return bool(action.subjects)
        if verb.base == "consist":
            return True
        owned = verb.base in {"own", "hold", "carry", "feature", "cover"}
        return owned and bool(action.subjects) and not verb.modal and not (verb.base != "own" and is_person(action.subjects[0].head))

    def _is_system(self, action: Action) -> bool:
        subject = action.subjects[0]
        known = self.draft.things.get(subject.key)
        if known is not None and known.weight:
            return False
        return subject.head in words.APP_NOUNS | (words.ABSTRACT - {"user"}) | {"system", "tool", "software"} and not subject.plural

    def _is_link(self, action: Action) -> bool:
        """ "a project uses many parts": singular things that are no people, tied by any verb and a quantity."""
        subject = action.subjects[0] if action.subjects else None
        if subject is None or is_person(subject.head) or not action.objects or action.chain[-1].modal:
            return False
        return subject.det in words.EACH and (action.objects[0].phrase.many or action.objects[0].phrase.det in {"one", "exactly"})

    def _subject_things(self, action: Action) -> list[Thing]:
        found = []
        for phrase in action.subjects:
            if self._is_talk(phrase, phrase.key in self.draft.things or phrase.plural or phrase.det in words.EACH):
                continue
            thing = self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
            if thing is not None:
                thing.person = thing.person or is_person(phrase.head)
                found.append(thing)
        return found

    def _structure(self, action: Action) -> None:
        if action.objects and action.objects[0].phrase.head == "access":
            self._access(action)
            return
        objects = action.objects or [e for p, t in action.tails if p == "of" for e in t]
        shared = [o for o in objects if not (o.phrase.head in words.ABSTRACT and o.phrase.many)]
        for thing in self._subject_things(action):
            self.attributes.add(thing, shared, action.shapes, contained=action.chain[-1].base != "have")

    def _access(self, action: Action) -> None:
        for phrase in action.subjects:
            for _, entry_phrase in action.objects[0].tails:
                self._permit_phrase(phrase.key, entry_phrase, ("read",), action.span)

    def _quantified(self, action: Action) -> None:
        for thing in self._subject_things(action):
            for entry in action.objects:
                other = self.draft.thing(entry.phrase.key, entry.span, 1)
                if other is not None:
                    exact = entry.phrase.det in {"one", "exactly"}
                    self.draft.link(Link(thing.key, other.key, not exact, None, action.span, exactly=exact))
                    self.attributes.details(other, entry, action.shapes)

    def _belongs(self, action: Action) -> None:
        targets = [e for _, t in action.tails for e in t] + action.objects
        for thing in self._subject_things(action):
            for entry in targets:
                if self._is_talk(entry.phrase):
                    continue
                other = self.draft.thing(entry.phrase.key, entry.span, 1)
                if other is not None:
                    many = entry.phrase.many or (entry.phrase.plural and entry.phrase.det not in {"one"})
                    self.draft.link(Link(thing.key, other.key, many, None, action.span, required=not action.chain[-1].modal))

    def _needs(self, action: Action) -> None:
        """ "invoices need approval by a director"."""
        entry = action.objects[0]
        people = [p for prep, p in entry.tails if prep in {"by", "from", "of"}] + [
            e.phrase for prep, t in action.tails if prep in {"by", "from", "of"} for e in t
        ]
        for thing in self._subject_things(action):
            for role in [p.key for p in people] or [""]:
                if role:
                    self.draft.permit(role, thing.key, ("read", "update"), action.span)
                self._move(thing, _NOMINAL[entry.phrase.head], role, action.span)

    def _passive(self, action: Action) -> None:
        verb = action.chain[-1]
        people = [e for prep, t in action.tails if prep == "by" for e in t]
        people += [Entry(p, action.span[1]) for e in action.objects for prep, p in e.tails if prep == "by"]
        things = self._subject_things(action) if self._stored_subject(action) else []
        for entry in people:
            if self._is_talk(entry.phrase) and entry.phrase.head not in words.ACTORS:
                continue
            for thing in things:
                self._do(entry.phrase, verb, thing, action.span)
        for preposition, entries in action.tails:
            if preposition in {"in", "to", "with", "by", "from", "on", "for", "of", "into", "at"}:
                self._passive_links(things, verb, preposition, entries, action.span)

    def _stored_subject(self, action: Action) -> bool:
        return bool(action.subjects) and not self._is_system(action)

    def _passive_links(self, things: list[Thing], verb: VerbGroup, preposition: str, entries: list[Entry], span: Span) -> None:
        for entry in entries:
            phrase = entry.phrase
            tied = phrase.many or phrase.det in {"one", "exactly"} or verb.base in _LINKING
            if self._is_talk(phrase) or not tied or (preposition == "by" and not phrase.many):
                continue
            other = self.draft.thing(phrase.key, entry.span, 0 if is_person(phrase.head) and not phrase.many else 1)
            for thing in things:
                if other is not None and other.key != thing.key:
                    self.draft.link(Link(thing.key, other.key, phrase.many, None, span))

    def _system(self, action: Action) -> None:
        """The app itself, or nobody named: "It should show books", "Track loans"."""
        verb = action.chain[-1]
        if verb.base in verbs.COMPUTE and action.objects:
            self._custom(verb, action.objects[0].phrase, (), action.span)
            return
        if verb.base in verbs.NOTIFY | {"send"}:
            return
        if verb.base not in verbs.READ | verbs.MANAGE | verbs.CREATE | verbs.UPDATE | verbs.STRUCTURE | verbs.BOOK | verbs.DELETE | {
            "support",
            "provide",
            "offer",
            "need",
            "want",
            "have",
            "consist",
        }:
            return
        if self._is_setting(verb, action):
            return
        for entry in action.objects:
            if not self._report(entry, "", action.span):
                self.listed(entry, action.shapes, False)

    def _is_setting(self, verb: VerbGroup, action: Action) -> bool:
        """ "an API for managing a festival": one of a kind is where the app is used, not what it stores."""
        phrase = action.objects[0].phrase if action.objects else None
        if (
            phrase is None
            or verb.shape != "ing"
            or phrase.det not in {"a", "an", "our", "my", "the"}
            or phrase.plural
            or len(action.objects) > 1
        ):
            return False
        if set(self.draft.title.lower().split()) <= words.APP_NOUNS | words.DETERMINERS | words.ADJECTIVES:
            self.draft.title = self.draft.text[phrase.start : phrase.end]
        return True

    def _mention(self, action: Action) -> None:
        for phrase in action.subjects:
            if self._is_talk(phrase) or not phrase.plural or is_person(phrase.head):
                continue
            thing = self.draft.thing(phrase.key, (phrase.start, phrase.end), 0)
            for preposition, entries in action.tails:
                for entry in entries:
                    if (
                        thing is not None
                        and thing.weight
                        and preposition in {"in", "on", "at", "under"}
                        and not self._is_talk(entry.phrase)
                    ):
                        self.attach(thing, entry.phrase, entry.span)
