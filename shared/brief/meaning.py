"""What a statement means: which of the readings of its verb applies."""

from __future__ import annotations

from itertools import pairwise

from shared.brief.actors import REMARKS
from shared.brief.attributes import one_of
from shared.brief.deeds import Action, deeds
from shared.brief.draft import Link, Span, Thing
from shared.brief.lexicon import fieldtypes, verbs, words
from shared.brief.phrases import NounPhrase, VerbGroup
from shared.brief.shapes import Entry, field_text
from shared.brief.states import SIDE, past
from shared.brief.things import ATTACHING
from shared.brief.ties import IDENTIFYING, Ties, counted
from shared.brief.words import is_person
from shared.brief.words import verb as verb_form

_NOMINAL = {
    "approval": "approve",
    "confirmation": "confirm",
    "verification": "verify",
    "review": "review",
    "acceptance": "accept",
    "signature": "sign",
    "authorization": "approve",
    "decision": "decide",
}

# Whoever is given something has it.
_GIVEN = frozenset({"give", "assign", "allocate", "grant", "award", "issue", "allot", "offer", "send"})
_OWNING = frozenset({"have", "own", "possess", "get", "receive", "hold", "include", "contain", "carry"})
# What the organisation that orders the app does with the things in it: "A shelter tracks animals".
_KEEPING = verbs.MANAGE | {"track", "lend", "rent", "sell", "store", "record", "monitor", "register", "need", "want", "offer", "collect"}


_CAUSING = frozenset({"lead", "give", "amount"})


class Meaning(Ties):
    """Turns statements into the draft."""

    def act(self, action: Action) -> None:
        """Take one statement in."""
        action.objects = [e for e in action.objects if e.phrase.det or e.parts or e.tails or e.phrase.words[-1] not in words.ADJECTIVES]
        verb = action.chain[-1] if action.chain else None
        if verb is None or any(v.negated for v in action.chain):
            return
        self._plainly([*action.subjects, *(e.phrase for e in action.objects), *(e.phrase for _, t in action.tails for e in t)])
        self._shared_tails(verb, action.objects)
        if verb.base == "be":
            self._situated(action)
        elif verb.base in {"need", "require"} and action.objects and action.objects[0].phrase.head in _NOMINAL:
            self._needs(action)
        elif verb.passive:
            self._passive(action)
        elif verb.base in _CAUSING and not action.objects and self._causes(action):
            return
        elif self._is_placed(action, verb):
            self._placed(action)
        elif verb.base in verbs.BELONG | {"belong"} or verb.base == "part":
            self._belongs(action)
        elif self._is_structure(action, verb):
            self._structure(action)
        elif self._is_link(action):
            self._quantified(action)
        elif not action.subjects or self._is_system(action):
            self._system(action)
        elif self._is_tie(action, verb) or (self._is_stative(verb) and not self._may(action, verb)):
            self._tie(action)
        else:
            self._actor(action)

    def _plainly(self, phrases: list[NounPhrase]) -> None:
        """ "accepted films" are films: a participle in front says in which state a stored thing is."""
        for phrase in phrases:
            form = verb_form(phrase.words[0]) if len(phrase.words) > 1 and phrase.key not in self.draft.prior else None
            moved = form is not None and form.shape == "ed" and form.base in verbs.TRANSITION
            if moved and " ".join(phrase.key.split()[1:]) in self.draft.prior:
                phrase.words, phrase.raw = phrase.words[1:], phrase.raw[1:]

    def _causes(self, action: Action) -> bool:
        """ "An accepted bid leads to a contract with a date": what comes of a thing belongs to it; False when nothing does."""
        made = [e for p, t in action.tails for e in t if p == "to" and e.phrase.det in {"a", "an", "one", ""}]
        made = [e for e in made if not self._is_talk(e.phrase, self._is_said(e))]
        if not made or not all(self.draft.stored(s.key) or s.det in words.EACH for s in action.subjects):
            return False
        for thing in self._subject_things(action) if not any(self.draft.is_person(s) for s in action.subjects) else ():
            for entry in made:
                self._tied(thing, entry, True, action.shapes, action.span)
        return True

    def _is_placed(self, action: Action, verb: VerbGroup) -> bool:
        """ "each participant takes part in one trial at one site": said of each, with one of what it is in."""
        each = bool(action.subjects) and action.subjects[0].det in {"each", "every", "a", "one"} and not (action.objects or verb.modal)
        crowd = bool(action.subjects) and (action.subjects[0].many or (action.subjects[0].plural and not verb.modal))
        each = each or (crowd and not action.objects)
        placed = [e.phrase.det in {"one", "exactly"} and not e.parts for _, t in action.tails for e in t]
        return (
            each
            and bool(placed)
            and all(placed)
            and verb.base in (verbs.JOIN | verbs.STATIVE | {"participate", "sit", "stand", "play"}) - verbs.BELONG - {"belong"}
        )

    def _placed(self, action: Action) -> None:
        ends = [p for _, t in action.tails for e in t for p in (e.phrase, *(n for _, n in e.tails)) if p.det in {"one", "exactly"}]
        for thing in self._subject_things(action):
            for entry in (e for _, t in action.tails for e in t):
                self.attributes.details(thing, entry, action.shapes)
            for phrase in ends:
                if phrase.words[-1] in fieldtypes.ENDINGS and not self.draft.stored(phrase.key):
                    self.attributes.field(thing, Entry(phrase, phrase.end, text=field_text(phrase)), action.shapes)
                    continue
                other = self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
                if other is not None:
                    self.draft.link(Link(other.key, thing.key, True, None, action.span, required=True))

    def _shared_tails(self, verb: VerbGroup, objects: list[Entry]) -> None:
        """ "record turnings and readings of bins": what hangs on the last of several things made is said of all of them."""
        if len(objects) > 1 and verb.base in verbs.CREATE and objects[-1].phrase.plural:
            for entry in objects[:-1]:
                if entry.phrase.plural and not (entry.tails or entry.parts or entry.group):
                    entry.tails = [t for t in objects[-1].tails if t[0] in {"of", "on", "for", "about"}]

    def _may(self, action: Action, verb: VerbGroup) -> bool:
        """ "Sponsors can support an animal": what people may do to something is done, whatever the verb."""
        acts = verb.modal or verb.base in verbs.NOTING
        return acts and bool(action.objects) and all(self.draft.is_person(s) for s in action.subjects)

    def _is_stative(self, verb: VerbGroup) -> bool:
        if verb.base in {"work", "look", "do"}:
            return False
        acting = verbs.CREATE | verbs.JOIN | verbs.READ | verbs.MANAGE | verbs.UPDATE | verbs.TRANSITION
        return verb.base in verbs.STATIVE and verb.base not in acting

    def _is_structure(self, action: Action, verb: VerbGroup) -> bool:
        if verb.base in {"have", "contain", "include", "comprise"}:
            return bool(action.subjects)
        if verb.base == "consist":
            return bool(action.subjects)
        if verb.base == "cover" and action.objects and action.objects[0].phrase.det in {"one", "exactly"}:
            return False
        if verb.base == "keep" and action.subjects and action.objects and action.objects[0].phrase.plural:
            subject = action.subjects[0]
            return subject.plural and not verb.modal and not self.draft.is_person(subject) and subject.key not in self.draft.roles
        owned = verb.base in {"own", "hold", "carry", "feature", "cover"}
        return owned and bool(action.subjects) and not verb.modal and not (verb.base != "own" and is_person(action.subjects[0].head))

    def _is_system(self, action: Action) -> bool:
        subject = action.subjects[0]
        known = self.draft.things.get(subject.key)
        if (known is not None and known.weight) or subject.key in self.draft.prior:
            return False
        if subject.head in words.APP_NOUNS | {"system", "tool", "software"} and not subject.plural and len(subject.words) == 1:
            return True
        if len(action.objects) > 1 and subject.det in words.EACH and self._notes(subject, action, action.chain[-1]):
            return False
        house = subject.det in {"a", "an", "our", "my", "the"} and not subject.plural and not self.draft.is_person(subject)
        if house and subject.det in {"our", "my"} and not self.draft.stored(subject.key):
            return True
        if house and not any(t.weight for t in self.draft.things.values()):
            definite = bool(action.objects) and all(e.phrase.det == "the" and not e.phrase.plural for e in action.objects)
            return action.chain[-1].base in _KEEPING and not definite
        return subject.head in words.APP_NOUNS | (words.ABSTRACT - {"user"}) | {"system", "tool", "software"} and not subject.plural

    def _is_link(self, action: Action) -> bool:
        """ "a project uses many parts": singular things that are no people, tied by any verb and a quantity."""
        subject = action.subjects[0] if action.subjects else None
        if subject is None or self.draft.is_person(subject) or not action.objects or action.chain[-1].modal:
            return False
        if len(action.objects) > 1 and self._notes(subject, action, action.chain[-1]):
            return False
        return subject.det in words.EACH and (action.objects[0].phrase.many or action.objects[0].phrase.det in {"one", "exactly"})

    def _structure(self, action: Action) -> None:
        if action.objects and action.objects[0].phrase.head == "access":
            self._access(action)
            return
        if self._is_inventory(action):
            for entry in action.objects:
                self.listed(entry, action.shapes, False)
            return
        self.possessed(action.objects)
        objects = action.objects or [e for p, t in action.tails if p == "of" for e in t]
        shared = [o for o in objects if not (o.phrase.head in words.ABSTRACT and o.phrase.many)]
        contained = action.chain[-1].base != "have"
        if contained:
            shared = [counted(o) for o in shared]
        for entry in shared if action.chain[-1].base == "consist" else ():
            entry.phrase.many = entry.phrase.plural
        for thing in self._subject_things(action):
            self.attributes.add(thing, shared, action.shapes, contained=contained)
            self._carry_on(action, shared)
            for entry in shared:
                child = self.draft.things.get(entry.phrase.key)
                if child is not None and child is not thing and not self._is_talk(entry.phrase):
                    self.tails(child, entry, action.shapes)

    def _carry_on(self, action: Action, entries: list[Entry]) -> None:
        """ "Quizzes consist of rounds and rounds of questions": the second half goes on with the first one's parts."""
        for before, entry in pairwise(entries):
            thing = self.draft.things.get(entry.phrase.key)
            if action.chain[-1].base == "consist" and before.phrase.key == entry.phrase.key and thing is not None:
                parts = [Entry(p, p.end, text=" ".join(p.words)) for prep, p in entry.tails if prep == "of"]
                self.attributes.add(thing, parts, action.shapes, contained=True)
                entry.tails = []

    def _is_inventory(self, action: Action) -> bool:
        """ "An association has 120 plots": a large figure counts what there is; the subject is who orders the app."""
        subject, entry = action.subjects[0], action.objects[0] if action.objects else None
        large = entry is not None and entry.phrase.det.isdigit() and int(entry.phrase.det) > 20
        titled = subject.det == "the" and all(e.phrase.plural for e in action.objects) and subject.head in self.draft.title.lower().split()
        house = (subject.det in {"our", "my"} or titled) and not self.draft.is_person(subject)
        return (large or house) and not subject.plural and not self.draft.prior.get(subject.key, False)

    def _access(self, action: Action) -> None:
        entry = action.objects[0]
        full = bool(set(entry.phrase.adjectives) & {"full", "complete", "unlimited", "total"})
        rights = ("create", "read", "update", "delete") if full else ("read",)
        for phrase in action.subjects:
            for _, target in entry.tails:
                self._permit_phrase(phrase.key, target, rights, action.span)
            if not entry.tails:
                self.draft.permit(phrase.key, "*", rights, action.span)

    def _quantified(self, action: Action) -> None:
        for thing in self._subject_things(action):
            for entry in action.objects:
                if len(action.objects) > 1 and entry.phrase.det in {"a", "an"} and not entry.phrase.many and self._is_plain(entry):
                    self.attributes.add(thing, [entry], action.shapes)
                    continue
                other = self.draft.thing(entry.phrase.key, entry.span, 1)
                if other is not None:
                    exact = entry.phrase.det in {"one", "exactly"} and not any(p == "per" for p, _ in entry.tails)
                    self.tails(other, entry)
                    if not exact and action.chain[-1].base in verbs.HAVING | {"hand"}:
                        self.draft.link(Link(thing.key, other.key, True, None, action.span))
                    elif exact and action.chain[-1].base not in _OWNING:
                        self.draft.link(Link(other.key, thing.key, True, None, action.span))
                    else:
                        one = one_of(self.draft.text, thing.key, entry.phrase, action.span) if exact else None
                        self.draft.link(one or Link(thing.key, other.key, True, None, action.span))
                    self.attributes.details(other, entry, action.shapes)

    def _belongs(self, action: Action) -> None:
        targets = [e for _, t in action.tails for e in t] + action.objects
        for thing in self._subject_things(action):
            for entry in targets:
                figure = entry.phrase.words[-1] in fieldtypes.ENDINGS and entry.phrase.det in {"a", "an"} and not entry.phrase.plural
                if figure and not self.draft.stored(entry.phrase.key):
                    self.attributes.field(thing, entry, action.shapes)
                    continue
                if self._is_talk(entry.phrase, self._is_said(entry)):
                    continue
                other = self.draft.thing(entry.phrase.key, entry.span, 1)
                if other is not None:
                    back = True if entry.phrase.many else None
                    if back or entry.phrase.det in {"one", "exactly"} or not entry.phrase.plural:
                        self.draft.link(Link(thing.key, other.key, bool(back), back, action.span, required=not action.chain[-1].modal))
                    else:
                        self.draft.link(Link(other.key, thing.key, True, None, action.span, required=not action.chain[-1].modal))
                    turned = entry.group and self.draft.prior.get(other.key) and not self.draft.prior.get(thing.key)
                    self.attributes.details(thing if turned else other, entry, action.shapes)
                    self.tails(other, entry, action.shapes)

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
        things = self._subject_things(action) if self._stored_subject(action) else []
        for thing in things:
            doers = self._doers(action, verb)
            for phrase in doers:
                self._done_to(thing, verb, phrase, action.span)
            said = [(p, n) for p, t in action.tails for e in t for p, n in ((p, e.phrase), *e.tails)]
            self.marked(verb, thing, said, doers[0].key if doers else "", action.span)
            self._done(thing, verb, action.span)
            if not doers and past(verb.base) in SIDE and self.draft.stored(thing.key):
                self._move(thing, verb.base, "", action.span)
            for entry in action.objects if verb.base in _GIVEN else ():
                self._tied(thing, entry, True, action.shapes, action.span)
        self._passive_ties(action, verb, things)

    def _done(self, thing: Thing, verb: VerbGroup, span: Span) -> None:
        """ "Every play is performed several times" where performances are stored: each is of one play."""
        name = next((n for n in deeds(verb.base) if self.draft.prior.get(n) and n != verb.base), "")
        if name and name != thing.key and self.draft.stored(thing.key):
            self.draft.link(Link(thing.key, name, True, None, span, assumed=True))

    def _doers(self, action: Action, verb: VerbGroup) -> list[NounPhrase]:
        """The people behind "by" in a passive statement."""
        if verb.base in IDENTIFYING:
            return []
        tails = [e for _, t in action.tails for e in t]
        named = [e.phrase for prep, t in action.tails if prep == "by" for e in t]
        named += [p for e in [*tails, *action.objects] for prep, p in e.tails if prep == "by"]
        return [p for p in named if (p.head in words.ACTORS or not self._is_talk(p)) and self._is_doer(p)]

    def _done_to(self, thing: Thing, verb: VerbGroup, phrase: NounPhrase, span: Span) -> None:
        if verb.base in REMARKS:
            self.remark(phrase.key, REMARKS[verb.base], thing.key, span)
        elif verb.base in verbs.READ and not phrase.det and not phrase.plural:
            self._criterion(thing, phrase)
        elif verb.base in verbs.AUTHOR:
            self.draft.permit(phrase.key, thing.key, ("read",), span)
        else:
            self._do(phrase, verb, thing, span)

    def _is_doer(self, phrase: NounPhrase) -> bool:
        """People do; "delivered by one courier" is said of them, "played by bands" of what is stored."""
        return self.draft.is_person(phrase) or phrase.key in self.draft.roles or not self.draft.stored(phrase.key)

    def _stored_subject(self, action: Action) -> bool:
        if not action.subjects:
            return False
        subject = action.subjects[0]
        return (
            self.draft.stored(subject.key)
            or subject.plural
            or not (subject.head in words.APP_NOUNS | (words.ABSTRACT - {"user"}) or subject.det in {"our", "my"})
        )

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
                self._tie_listed(entry, action)

    def _tie_listed(self, entry: Entry, action: Action) -> None:
        """ "when a vessel comes in we open an order for it": the preposition behind the object relates it."""
        thing = self.draft.things.get(entry.phrase.key)
        for preposition, entries in action.tails:
            for target in entries if thing is not None and preposition in ATTACHING else ():
                if not self._is_talk(target.phrase) and target.phrase.key != entry.phrase.key and thing is not None:
                    self.attach(thing, target.phrase, action.span)

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
