"""What a statement means for the app: things, rights, relations, states and operations."""

from __future__ import annotations

from dataclasses import dataclass

from shared.brief.attributes import Attributes
from shared.brief.draft import MAX_FIELDS, Draft, FieldDraft, Link, OperationDraft, Span, Thing
from shared.brief.lexicon import stackwords, verbs, words
from shared.brief.lexicon.bag import bag
from shared.brief.phrases import NounPhrase, VerbGroup
from shared.brief.shapes import Entry, Shapes
from shared.brief.words import agent_stem, is_person, singular, snake

_ALL = ("create", "read", "update", "delete")
_NOMINAL = {
    "approval": "approve",
    "confirmation": "confirm",
    "verification": "verify",
    "review": "review",
    "acceptance": "accept",
    "signature": "sign",
    "authorization": "approve",
}
_ATTACH = bag("for on in of to at under from into within about onto")
_AGGREGATES = bag("average total sum count number overall median")
_REPORTS = bag("""report statistic statistics chart graph dashboard overview summary analytics breakdown trend stat metric""")
_LINKING = bag("link associate connect attach relate assign tie map bind group file tag")
_PARTIES = verbs.BOOK | {"arrange", "request"}


_BOOKINGS = {
    "book": ("booking", "reservation"),
    "reserve": ("reservation", "booking"),
    "borrow": ("loan",),
    "lend": ("loan",),
    "rent": ("rental", "booking"),
    "hire": ("rental", "booking"),
    "lease": ("lease",),
}


def _happens(key: str) -> bool:
    """True for what is itself an appointment and not the thing one books."""
    head = key.split()[-1]
    return head.endswith(("ment", "tion", "sion", "ing")) or head in {"visit", "call", "slot", "loan", "rental", "lease", "trip", "stay"}


@dataclass(slots=True)
class Action:
    """Subjects, the verbs they share, their objects and prepositional objects."""

    subjects: list[NounPhrase]
    chain: list[VerbGroup]
    objects: list[Entry]
    tails: list[tuple[str, list[Entry]]]
    shapes: Shapes

    @property
    def span(self) -> Span:
        ends = [v.end for v in self.chain] + [e.end for e in self.objects] + [e.end for _, t in self.tails for e in t]
        return self.chain[0].start, max(ends)


def rights_of(verb: VerbGroup) -> tuple[str, ...]:
    """The operations that doing `verb` to a thing takes."""
    base = verb.base
    if verb.particle == "up" and base == "sign":
        return ("read",)
    if verb.particle == "out" and base in {"carry", "fill"}:
        return ("create", "read")
    if verb.particle and base in {"pick", "top", "check"}:
        return ("read", "update")
    if base in verbs.MANAGE:
        return _ALL
    if base in verbs.CREATE | verbs.BOOK:
        return ("create", "read")
    if base in verbs.DELETE:
        return ("read", "delete")
    if base in verbs.UPDATE or base in verbs.TRANSITION:
        return ("read", "update")
    return ("read",)


class Meaning:
    """Turns statements into the draft."""

    def __init__(self, draft: Draft, attributes: Attributes) -> None:
        self.draft = draft
        self.attributes = attributes

    # -- things named in a list

    def listed(self, entry: Entry, shapes: Shapes, strong: bool) -> None:
        """A list item that names a thing, a kind of person, or a capability such as "order management"."""
        phrase = entry.phrase
        entry = self._unwrap(entry)
        phrase = entry.phrase
        if len(phrase.words) > 1 and phrase.words[-1] in words.MANAGEMENT and not phrase.plural:
            self._managed(phrase, entry)
            return
        firm = bool(entry.group or entry.parts) or (strong and phrase.plural) or (phrase.plural and not set(phrase.words) & words.ABSTRACT)
        if self._is_talk(phrase, firm) or phrase.det in {"no", "without"}:
            return
        stem = agent_stem(phrase.head)
        if stem in verbs.ALL and stem in words.OVERSIGHT and not entry.parts and not entry.group:
            self.draft.role(phrase.key, entry.span)
            return
        if not (strong or phrase.plural or phrase.det or entry.parts or entry.group or len(phrase.words) <= 3):
            return
        thing = self.draft.thing(phrase.key, entry.span, 1)
        if thing is None:
            return
        thing.person = thing.person or is_person(phrase.head)
        if thing.person:
            self.draft.role(phrase.key, entry.span)
        self.attributes.details(thing, entry, shapes)
        self.tails(thing, entry)

    def _unwrap(self, entry: Entry) -> Entry:
        """ "a list of books" is about books."""
        if entry.phrase.head in words.ABSTRACT and entry.tails and entry.tails[0][0] == "of":
            phrase = entry.tails[0][1]
            return Entry(phrase, entry.end, entry.group, entry.parts, entry.tails[1:], entry.unit, " ".join(phrase.words))
        return entry

    def _managed(self, phrase: NounPhrase, entry: Entry) -> None:
        names = [w for w in phrase.words[:-1] if w not in stackwords.CERTAIN]
        key = " ".join([*names[:-1], singular(names[-1])]) if names else ""
        if key and key not in words.ABSTRACT:
            self.draft.thing(key, entry.span, 1)

    def _is_talk(self, phrase: NounPhrase, firm: bool = False) -> bool:
        """True for phrases about software or time, which name no thing. `firm`: the brief treats it as one, so only hard words count."""
        head = phrase.head
        names = [w for w in phrase.words if w not in stackwords.ALL and w not in words.APP_NOUNS]
        stated = any(w in stackwords.CERTAIN or w in {"express", "react", "angular"} for w in phrase.words)
        if phrase.det.isdigit() and head in words.ACTORS:
            return True
        if (stated and not names) or all(w in stackwords.ALL for w in phrase.words) or len(phrase.key) < 2:
            return True
        if head in words.ABSTRACT or phrase.words[-1] in words.ABSTRACT or singular(head) in words.TIME_UNITS:
            return True
        compound = len(phrase.key.split()) > 1 and not set(phrase.key.split()[:-1]) & (words.APP_NOUNS | words.ABSTRACT)
        if head in words.SOFT or phrase.words[-1] in words.SOFT:
            known = self.draft.things.get(phrase.key)
            return not (compound or firm or (known is not None and known.weight > 0))
        return head in words.APP_NOUNS and not phrase.plural and not compound

    def tails(self, thing: Thing, entry: Entry) -> None:
        """Prepositions behind a thing relate it to another: "comments on posts", "bookings in rooms"."""
        for preposition, phrase in entry.tails:
            first = preposition.split()[-1]
            if preposition.endswith(" by") or preposition == "by":
                if is_person(phrase.head) or phrase.key in self.draft.roles:
                    self.draft.permit(phrase.key, thing.key, ("create", "read"), entry.span)
                continue
            if first not in _ATTACH or self._is_talk(phrase) or phrase.key == thing.key:
                continue
            self.attach(thing, phrase, entry.span)

    def attach(self, thing: Thing, phrase: NounPhrase, span: Span) -> None:
        """Relate `thing` to the one of it that `phrase` names; a definite singular is only a mention."""
        firm = (phrase.plural or phrase.det in words.EACH) and phrase.head not in words.PUBLIC | {"user"}
        other = self.draft.thing(phrase.key, (phrase.start, phrase.end), 1 if firm else 0)
        if other is not None:
            other.person = other.person or is_person(phrase.head)
            self.draft.link(Link(other.key, thing.key, True, None, span))

    # -- statements

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

    def _permit_phrase(self, role: str, phrase: NounPhrase, operations: tuple[str, ...], span: Span) -> None:
        if phrase.head in {"everything", "content", "data", "anything"} or phrase.det == "all":
            self.draft.permit(role, "*", operations, span)
        elif not self._is_talk(phrase):
            self.draft.thing(phrase.key, span, 0)
            self.draft.permit(role, phrase.key, operations, span, own=phrase.det in words.POSSESSIVES)

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
        """ "refunds need approval by a supervisor"."""
        entry = action.objects[0]
        people = [p for prep, p in entry.tails if prep in {"by", "from", "of"}] + [
            e.phrase for prep, t in action.tails if prep in {"by", "from", "of"} for e in t
        ]
        for thing in self._subject_things(action):
            for role in [p.key for p in people] or [""]:
                if role:
                    self.draft.permit(role, thing.key, ("read", "update"), action.span)
                self._move(thing, _NOMINAL[entry.phrase.head], role, action.span)

    def _move(self, thing: Thing, verb: str, role: str, span: Span) -> None:
        if len(thing.moves) < 40:
            thing.moves.append((verb, role, span))
            self.draft.note(span, "entities", thing.key, "states")

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
        """The app itself, or nobody named: "It should show exhibits", "Track loans"."""
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
        for entry in action.objects:
            if not self._report(entry, "", action.span):
                self.listed(entry, action.shapes, False)

    def _mention(self, action: Action) -> None:
        for phrase in action.subjects:
            if not self._is_talk(phrase) and phrase.plural and not is_person(phrase.head):
                self.draft.thing(phrase.key, (phrase.start, phrase.end), 0)

    # -- people who act

    def _actor(self, action: Action) -> None:
        objects = [self._unwrap(e) for e in action.objects]
        for subject in action.subjects:
            if not self._is_actor(subject, bool(objects or action.tails)):
                continue
            self.draft.role(subject.key, (subject.start, subject.end))
            for verb in action.chain:
                for original, entry in zip(action.objects, objects, strict=True):
                    if not self._report(original, subject.key, action.span):
                        self._actor_object(subject, verb, entry, action)
                if not objects:
                    self._without_object(subject, verb, action)

    def _is_actor(self, subject: NounPhrase, transitive: bool) -> bool:
        """People act; a thing that is stored, or a subject of an intransitive verb that is no person by name, does not."""
        if is_person(subject.head) or subject.key in self.draft.roles:
            return True
        known = self.draft.things.get(subject.key)
        stored = known is not None and known.weight > 0 and not known.person
        return transitive and not stored and (subject.head in words.ACTORS or not self._is_talk(subject, firm=True))

    def _actor_object(self, subject: NounPhrase, verb: VerbGroup, entry: Entry, action: Action) -> None:
        phrase = entry.phrase
        if phrase.head in {"everything", "content", "anything"} or (phrase.det == "all" and phrase.head in words.ABSTRACT):
            self.draft.permit(subject.key, "*", rights_of(verb), action.span)
            return
        if self._is_talk(phrase, phrase.plural and rights_of(verb) != ("read",)):
            self._talked(subject, verb, entry, action)
            return
        if verb.base == "list" and (entry.parts or entry.group):
            verb = VerbGroup(verb.start, verb.end, "create", verb.shape)
        thing = self._object_thing(verb, entry)
        if thing is None:
            return
        if verb.base in _BOOKINGS and not _happens(thing.key):
            self._book(subject, verb, thing, action.span)
            return
        self._do(subject, verb, thing, action.span, own=phrase.det in words.POSSESSIVES)
        parties = verb.base in _PARTIES and entry.parts and all(p.phrase.plural and not p.phrase.many for p in entry.parts)
        if parties:
            self._parties(subject, thing, entry, action.span)
        else:
            self.attributes.details(thing, entry, action.shapes)
        self._object_tails(verb, thing, entry)
        self._action_tails(subject, verb, thing, action)

    def _talked(self, subject: NounPhrase, verb: VerbGroup, entry: Entry, action: Action) -> None:
        """Rights on what an abstract object is of: "sees the history of orders"."""
        for preposition, phrase in entry.tails:
            if preposition in {"of", "on", "for"} and not self._is_talk(phrase):
                self._permit_phrase(subject.key, phrase, ("read",), action.span)

    def _object_thing(self, verb: VerbGroup, entry: Entry) -> Thing | None:
        phrase = entry.phrase
        reads = rights_of(verb) == ("read",)
        firm = (
            phrase.plural
            or (phrase.det in {"a", "an", "each", "every", "new"} and not reads)
            or not reads
            or bool(entry.parts or entry.group)
        )
        if reads and phrase.det in words.POSSESSIVES and not phrase.plural:
            firm = False
        thing = self.draft.thing(phrase.key, entry.span, 1 if firm else 0)
        if thing is not None:
            thing.person = thing.person or is_person(phrase.head)
            thing.scheduled = thing.scheduled or verb.base in {"book", "reserve", "schedule"}
        return thing

    def _do(self, subject: NounPhrase, verb: VerbGroup, thing: Thing, span: Span, own: bool = False) -> None:
        self.draft.permit(subject.key, thing.key, rights_of(verb), span, own)
        if verb.base in verbs.TRANSITION and verb.base not in verbs.BOOK:
            self._move(thing, verb.base, subject.key, span)
        elif verb.particle in {"up", "in", "out"} and verb.base in {"pick", "check"}:
            self._move(thing, f"{verb.base} {verb.particle}", subject.key, span)
        elif verb.base in verbs.JOIN or (verb.base == "sign" and verb.particle == "up"):
            self._join(subject, thing, span)
        elif verb.base in verbs.COMPUTE or (
            rights_of(verb) == ("read",)
            and verb.base not in verbs.READ | verbs.STATIVE | verbs.NOTIFY | verbs.STRUCTURE
            and verb.base != "sign"
        ):
            self._custom_named(verb, thing.key, (subject.key,), span)
        if verb.base in {"book", "reserve"}:
            self.draft.operation(OperationDraft(f"book {thing.key}", "booking", thing.key, span, f"Book a {thing.key}", (subject.key,)))
        if verb.base == "request":
            self.draft.nominal.setdefault(verb.base, thing.key)
        if verb.base == "upload":
            self.draft.operation(OperationDraft(f"upload {thing.key}", "upload", thing.key, span, f"Upload a {thing.key}", (subject.key,)))
        if verb.base in {"search", "filter", "find"}:
            self.draft.operation(OperationDraft(f"search {thing.key}", "search", thing.key, span, f"Search {thing.key}", (subject.key,)))

    def _book(self, subject: NounPhrase, verb: VerbGroup, thing: Thing, span: Span) -> None:
        """ "guests reserve rooms": what is stored is the reservation, a room has many of them."""
        name = next((n for n in _BOOKINGS[verb.base] if n in self.draft.things), _BOOKINGS[verb.base][0])
        booking = self.draft.thing(name, span, 1)
        if booking is None:
            return
        booking.scheduled = True
        self.draft.link(Link(thing.key, booking.key, True, None, span, required=True))
        self.draft.permit(subject.key, thing.key, ("read",), span)
        self.draft.permit(subject.key, booking.key, ("create", "read"), span, own=subject.head in words.CLIENTS)
        self.draft.operation(OperationDraft(f"book {thing.key}", "booking", thing.key, span, f"Book a {thing.key}", (subject.key,)))

    def _join(self, subject: NounPhrase, thing: Thing, span: Span) -> None:
        if subject.head in words.ACTORS:
            self._custom_named(VerbGroup(*span, "join", "base"), thing.key, (subject.key,), span)
            return
        member = self.draft.thing(subject.key, (subject.start, subject.end), 1)
        if member is not None:
            member.person = True
            self.draft.link(Link(member.key, thing.key, True, True, span))

    def _parties(self, subject: NounPhrase, thing: Thing, entry: Entry, span: Span) -> None:
        """ "patients book consultations with doctors": both sides are stored, each with many of them."""
        for phrase in (subject, *(p.phrase for p in entry.parts)):
            party = self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
            if party is not None:
                party.person = True
                self.draft.link(Link(party.key, thing.key, True, None, span))

    def _object_tails(self, verb: VerbGroup, thing: Thing, entry: Entry) -> None:
        if verb.base in {"search", "filter", "find", "sort", "browse"}:
            for preposition, phrase in entry.tails:
                if preposition == "by":
                    self._criterion(thing, phrase)
            return
        self.tails(thing, entry)

    def _criterion(self, thing: Thing, phrase: NounPhrase) -> None:
        name = " ".join(phrase.words)
        if phrase.head not in words.APP_NOUNS and len(thing.fields) < MAX_FIELDS:
            thing.fields.setdefault(name, FieldDraft(name, (phrase.start, phrase.end), required=False))
            self.draft.note((phrase.start, phrase.end), "entities", thing.key, "fields", name)

    def _action_tails(self, subject: NounPhrase, verb: VerbGroup, thing: Thing, action: Action) -> None:
        for preposition, entries in action.tails:
            for entry in entries:
                if verb.base in verbs.READ and preposition == "by":
                    self._criterion(thing, entry.phrase)
                elif preposition in _ATTACH and not self._is_talk(entry.phrase):
                    self.attach(thing, entry.phrase, entry.span)

    def _without_object(self, subject: NounPhrase, verb: VerbGroup, action: Action) -> None:
        """ "sign up for guided tours", "comment on posts"."""
        for preposition, entries in action.tails:
            for entry in entries:
                if self._is_talk(entry.phrase) or preposition in {"as", "by", "with", "via", "from"}:
                    continue
                self._indirect(subject, verb, entry, action)

    def _indirect(self, subject: NounPhrase, verb: VerbGroup, entry: Entry, action: Action) -> None:
        target = self.draft.thing(entry.phrase.key, entry.span, 1)
        if target is None:
            return
        made = {"comment": "comment", "apply": "application", "vote": "vote", "bid": "bid", "reply": "reply"}.get(verb.base)
        if made:
            child = self.draft.thing(made, action.span, 1)
            if child is not None:
                self.draft.link(Link(target.key, child.key, True, None, action.span))
                self.draft.permit(subject.key, child.key, ("create", "read"), action.span)
                self.draft.permit(subject.key, target.key, ("read",), action.span)
            return
        joining = verb.base in verbs.JOIN | {"register"} or (verb.base == "sign" and verb.particle == "up")
        self._do(
            subject,
            VerbGroup(verb.start, verb.end, "join", "base") if joining else VerbGroup(verb.start, verb.end, "view", "base"),
            target,
            action.span,
        )

    # -- operations

    def _report(self, entry: Entry, role: str, span: Span) -> bool:
        """Record a report when the phrase asks for figures; True when it did."""
        phrase = entry.phrase
        figures = (
            bool(set(phrase.adjectives) & _AGGREGATES) or phrase.head in _REPORTS or (phrase.head == "number" and entry.text != "number")
        )
        per = [p for prep, p in entry.tails if prep in {"per", "by"}]
        if not figures and not any(prep == "per" for prep, _ in entry.tails):
            return False
        about = next((p for prep, p in entry.tails if prep in {"of", "on", "about", "for"}), phrase)
        if about is phrase and phrase.head in _REPORTS and len(phrase.words) > 1:
            about = NounPhrase(phrase.start, phrase.end, phrase.words[:-1], phrase.raw[:-1])
        subject = about.key if about.head not in _REPORTS else ""
        groups = tuple(snake(p.key) for p in per)
        name = f"{subject} report".strip()
        params: tuple[tuple[str, object], ...] = (
            ("group_by", list(groups)),
            ("measure", "average" if "average" in phrase.adjectives else "count"),
        )
        self.draft.operation(
            OperationDraft(
                name, "report", subject, span, self.draft.text[entry.phrase.start : entry.end][:120], (role,) if role else (), params
            )
        )
        if role:
            self.draft.role(role, span)
            if subject in self.draft.things:
                self.draft.permit(role, subject, ("read",), span)
        return True

    def _custom(self, verb: VerbGroup, phrase: NounPhrase, roles: tuple[str, ...], span: Span) -> None:
        self._custom_named(verb, phrase.key, roles, span)

    def _custom_named(self, verb: VerbGroup, key: str, roles: tuple[str, ...], span: Span) -> None:
        name = f"{verb.base} {verb.particle} {key}".replace("  ", " ")
        self.draft.operation(OperationDraft(name, "custom", key, span, self.draft.text[span[0] : span[1]][:160], roles))

    def enumerate(self, thing: Thing, name: str, listed: list[str], span: Span) -> None:
        """Give a thing an enumerated property; one called status (or state, stage, phase) is its state machine."""
        found = thing.fields.setdefault(name, FieldDraft(name, span))
        found.enum = listed
        self.draft.note(span, "entities", thing.key, "fields", name)
        if name.rsplit(maxsplit=1)[-1] in words.STATE_NAMES:
            thing.states = listed
            self.draft.note(span, "entities", thing.key, "states")
