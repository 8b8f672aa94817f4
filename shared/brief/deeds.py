"""Deeds that are kept as records of their own: bookings, ratings, remarks, sessions, and what else a verb is called as a thing."""

from __future__ import annotations

from dataclasses import dataclass

from shared.brief.draft import FieldDraft, Link, Span, Thing
from shared.brief.lexicon import verbs, words
from shared.brief.phrases import NounPhrase, VerbGroup
from shared.brief.shapes import Entry, Shapes
from shared.brief.things import Things

ALL_RIGHTS = ("create", "read", "update", "delete")
# Deeds whose name is not made from the verb by a plain ending.
_DEEDS = {
    "subscribe": "subscription", "register": "registration", "buy": "purchase", "sell": "sale", "deliver": "delivery", "pay": "payment",
    "borrow": "loan", "lend": "loan", "prescribe": "prescription", "diagnose": "diagnosis", "analyse": "analysis", "complain": "complaint",
    "enrol": "enrolment", "enroll": "enrollment", "apply": "application", "sign up": "registration", "measure": "measurement",
}  # fmt: skip
# Done to many things at once, or said of them: no deed of its own per thing.
_LOOSE = frozenset({"order", "purchase", "request", "name", "list", "stock", "plan", "schedule", "group", "record", "book", "reserve"})
_BOOKINGS = {
    "book": ("booking", "reservation"),
    "reserve": ("reservation", "booking"),
    "borrow": ("loan",),
    "lend": ("loan",),
    "rent": ("rental", "booking"),
    "hire": ("rental", "booking"),
    "lease": ("lease",),
}


def happens(key: str) -> bool:
    """True for what is itself an appointment and not the thing one books."""
    head = key.rpartition(" ")[2]
    if head in words.OBJECTS or head.endswith(("station", "instrument", "building", "compartment")):
        return False
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


def deeds(base: str) -> list[str]:
    """What doing `base` may be called as a thing: "visit", "inspection", "treatment", "booking"."""
    stem = base.removesuffix("e")
    known = [_DEEDS[base]] if base in _DEEDS else []
    return [
        *known,
        base,
        *(s + e for e in ("ion", "ation", "ment", "ing", "al", "ance", "ery", "ure") for s in dict.fromkeys((base, stem))),
    ]


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
        return ALL_RIGHTS
    if base in verbs.CREATE | verbs.BOOK | {"store", "save"}:
        return ("create", "read")
    if base in verbs.DELETE:
        return ("read", "delete")
    if base in verbs.UPDATE or base in verbs.TRANSITION:
        return ("read", "update")
    if base in verbs.READ | verbs.STATIVE | verbs.NOTIFY | verbs.STRUCTURE | verbs.JOIN | verbs.COMPUTE:
        return ("read",)
    return ("create", "read")


class Deeds(Things):
    """Stores what people do to things where doing so leaves a record."""

    def _kept_apart(self, subject: NounPhrase, verb: VerbGroup, thing: Thing, entry: Entry, span: Span) -> bool:
        """True when doing so stores a record of its own: a booking, a rating."""
        if verb.base == "rate" and self._rated(subject, thing, entry, span):
            return True
        stated = verb.base in {"book", "reserve", "borrow"} or any(n in self.draft.prior for n in _BOOKINGS.get(verb.base, ()))
        apart = any(self.draft.prior.get(n) for n in _BOOKINGS.get(verb.base, ()) if n != thing.key) and thing.key in self.draft.dated
        if verb.base in _BOOKINGS and stated and (apart or not happens(thing.key)):
            self._book(subject, verb, thing, span)
            return True
        return False

    def _in_sessions(self, verb: VerbGroup, thing: Thing, entry: Entry, action: Action) -> None:
        """ "Helpers clean a hall in shifts with a start": what is told of the shifts, of which the hall has many."""
        preposition, phrase = entry.tails[-1] if len(entry.tails) == 1 else ("", entry.phrase)
        told = bool(entry.parts) and preposition in {"in", "during"} and phrase.plural and entry.parts[0].phrase.start > phrase.start
        if not told or phrase.det or "create" in rights_of(verb) or self.draft.is_person(phrase) or self._is_talk(phrase):
            return
        session = self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
        if session is not None:
            self.draft.link(Link(thing.key, session.key, True, None, entry.span, assumed=True))
            self.attributes.add(session, entry.parts, action.shapes)
            entry.parts, entry.tails = [], []

    def _kept_for(self, thing: Thing, entry: Entry) -> None:
        """ "guests book seats in screenings": the booking is of the screening as well."""
        kept = self.draft.things.get(self.draft.focus)
        for preposition, phrase in entry.tails if kept is not None and kept is not thing else ():
            if preposition in {"in", "on", "for", "at", "of"} and self.draft.stored(phrase.key) and kept is not None:
                self.attach(kept, phrase, entry.span)

    def _rated(self, subject: NounPhrase, thing: Thing, entry: Entry, span: Span) -> bool:
        """ "readers rate books from 1 to 5": each of them gives a rating of its own, kept where the brief keeps opinions."""
        name = next((n for n in ("rating", "review") if n in self.draft.prior), "rating")
        if not entry.phrase.plural and entry.phrase.det not in words.EACH:
            return False
        self.remark(subject.key, name, thing.key, span)
        self.draft.focus = thing.key
        rating = self.draft.things.get(name)
        if rating is not None and name == "rating":
            value = rating.fields.setdefault("value", FieldDraft("value", span, hints=("integer",)))
            value.bounds = entry.bounds if entry.bounds != (None, None) else value.bounds
            self.draft.note(span, "entities", name, "fields", "value")
        return True

    def _party(self, subject: NounPhrase) -> bool:
        """True when who acts is stored as well, with properties of its own: what it makes is related to it."""
        return (
            self.draft.prior.get(subject.key, False)
            or subject.key in self.draft.bound
            or (subject.key in self.draft.prior and not self.draft.is_person(subject))
        )

    def _has_many(self, subject: NounPhrase, thing: Thing, span: Span) -> None:
        """ "a customer can place many orders": said of each, with a quantity, it is a relation as well."""
        party = self.draft.thing(subject.key, (subject.start, subject.end), 1)
        if party is not None and subject.head not in {"user", "admin"}:
            party.person = True
            self.draft.link(Link(party.key, thing.key, True, None, span))

    def _book(self, subject: NounPhrase, verb: VerbGroup, thing: Thing, span: Span) -> None:
        """ "guests reserve rooms": what is stored is the reservation, a room has many of them."""
        name = next((n for n in _BOOKINGS[verb.base] if n in self.draft.things), _BOOKINGS[verb.base][0])
        booking = self.draft.thing(name, span, 1)
        if booking is None:
            return
        booking.scheduled = True
        self.draft.focus = booking.key
        self.draft.link(Link(thing.key, booking.key, True, None, span, required=True))
        self.draft.permit(subject.key, thing.key, ("read",), span)
        self.draft.permit(subject.key, booking.key, ("create", "read"), span, own=subject.head in words.CLIENTS)
        if self._party(subject):
            self.draft.link(Link(subject.key, booking.key, True, None, span))

    def _join(self, subject: NounPhrase, thing: Thing, span: Span) -> None:
        if subject.head in words.ACTORS and not self.draft.prior.get(subject.key):
            self.draft.permit(subject.key, thing.key, ("create", "read"), span)
            return
        member = self.draft.thing(subject.key, (subject.start, subject.end), 1)
        if member is not None and thing.person and not self.draft.is_person(subject):
            self.draft.link(Link(member.key, thing.key, True, None, span))
        elif member is not None:
            member.person = True
            self.draft.link(Link(member.key, thing.key, True, True, span))

    def _parties(self, subject: NounPhrase, thing: Thing, entry: Entry, span: Span) -> None:
        """ "clients book meetings with lawyers": both sides are stored, each with many of them."""
        for phrase in (subject, *(p.phrase for p in entry.parts)):
            party = self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
            if party is not None:
                party.person = True
                self.draft.link(Link(party.key, thing.key, True, None, span))

    def _deed(self, subject: NounPhrase, verb: VerbGroup, thing: Thing, span: Span) -> None:
        """ "Nurses visit patients" where visits are stored: doing so makes one, of that patient."""
        name = next((n for n in deeds(verb.base) if self.draft.prior.get(n)), "")
        deed = self.draft.thing(name, span, 1) if name and name != thing.key else None
        if deed is None or verb.base in _LOOSE:
            return
        self.draft.permit(subject.key, deed.key, ("create", "read"), span)
        self.draft.link(Link(thing.key, deed.key, True, None, span, assumed=True))
        if self._party(subject):
            self.draft.link(Link(subject.key, deed.key, True, None, span, assumed=True))

    def remark(self, role: str, made: str, target: str, span: Span) -> None:
        """ "readers comment on posts": the comment is stored, and belongs to the post."""
        child = self.draft.thing(made, span, 1)
        if child is not None:
            self.draft.link(Link(target, child.key, True, None, span))
            self.draft.permit(role, child.key, ("create", "read"), span)
            self.draft.permit(role, target, ("read",), span)
