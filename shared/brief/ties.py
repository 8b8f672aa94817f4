"""Sentences about things: what is in, of, for or by another thing is related to it, and may be described on the way."""

from __future__ import annotations

from shared.brief.actors import DIVIDED, Actors
from shared.brief.deeds import Action
from shared.brief.draft import Link, Span, Thing
from shared.brief.lexicon import fieldtypes, verbs, words
from shared.brief.lexicon.bag import bag
from shared.brief.phrases import NounPhrase, VerbGroup
from shared.brief.shapes import Entry, Shapes
from shared.brief.words import is_person

_LINKING = bag(
    """link associate connect attach relate assign tie map bind group file tag allocate issue sell lend award grant rent lease let store
    keep place locate house sort stack load put"""
)
_JOINING = bag("link connect join associate match pair assign attach relate tie map combine")
_DONE = bag("attempt perform do carry run execute conduct arrange hold pay plan")
# What no device does, so that a plural such as "monitors" means people.
_JUDGING = verbs.DECIDING | verbs.DELETE | {"review", "edit", "create", "assign", "manage", "answer", "comment", "invite"}
_MADE = bag("make compose comprise form build constitute")
_DESCRIBING = (
    verbs.CREATE | verbs.STRUCTURE | bag("describe define identify mark display show save characterise characterize save document")
)
IDENTIFYING = bag("identify describe characterise characterize define")
_TAKING_PART = frozenset({"participate", "compete", "perform", "play"})
_ENDING = frozenset({"end", "close", "finish", "conclude", "begin", "open"})
_TYING = bag("in to with by from on for of into at under within inside per through via about onto upon against among between concerning")
# Kinds of shelf that things are sorted into: these hold what is in them, while parts are what a whole is divided into.
_CLASSES = bag("category group class type kind folder collection genre topic album list area region family series department team")


def counted(entry: Entry) -> Entry:
    """ "include a number of sessions" speaks of many sessions; any other item comes back unchanged."""
    if not entry.text.startswith("number of ") or entry.group:
        return entry
    names = entry.text.split()[2:]
    phrase = NounPhrase(entry.phrase.start, entry.end, names, names, "many", True)
    return Entry(phrase, entry.end, None, entry.parts, entry.tails, "", " ".join(names))


def describes(verb: VerbGroup, preposition: str) -> bool:
    """ "recorded with a date", "identified by a code": properties of the subject follow."""
    return (preposition == "with" and verb.base in _DESCRIBING) or (preposition == "by" and verb.base in IDENTIFYING)


def _nested(tails: list[tuple[str, list[Entry]]]) -> list[tuple[str, list[Entry]]]:
    """ "scheduled by planners for a system": what hangs on the doers belongs to the verb."""
    people = [e for p, t in tails if p == "by" for e in t if is_person(e.phrase.head) or (e.phrase.plural and not (e.parts or e.group))]
    return [(preposition, [Entry(p, p.end, text=" ".join(p.words))]) for e in people for preposition, p in e.tails if preposition != "by"]


def _mentioned(tails: list[tuple[str, NounPhrase]]) -> list[Entry]:
    return [Entry(p, p.end, text=" ".join(p.words)) for _, p in tails]


# One of them serves several: "a repair uses parts", "materials are used for defects".
SHARING = bag("use reuse need require share combine reference employ")


class Ties(Actors):
    """Relations between things that verbs and prepositions state."""

    def _subject_things(self, action: Action) -> list[Thing]:
        found = []
        for phrase in action.subjects:
            listed = len(action.objects) > 1 and not phrase.det and len(phrase.words) == 1 and action.chain[-1].base == "have"
            if self._is_talk(phrase, listed or phrase.key in self.draft.things or phrase.plural or phrase.det in words.EACH):
                continue
            if phrase.head in fieldtypes.MEASURES and not self.draft.stored(phrase.key):
                continue
            thing = self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
            if thing is not None:
                thing.person = thing.person or self.draft.is_person(phrase)
                found.append(thing)
        return found

    def _is_tie(self, action: Action, verb: VerbGroup) -> bool:
        """True when a thing, not a person, is the subject: "screenings show films"."""
        if (verb.base == "apply" and any(p == "for" for p, _ in action.tails)) or (
            verb.base in {"bid", "comment", "vote"} and action.tails
        ):
            return False
        for subject in action.subjects:
            if self.draft.is_person(subject) or (subject.key in self.draft.roles and subject.key not in self.draft.prior):
                return False
            if subject.det in {"a", "an"} and action.objects and verb.base in verbs.TRANSITION and not self.draft.stored(subject.key):
                return False
            if verb.base in _JOINING and self.draft.prior.get(subject.key):
                continue
            acts = subject.det == "the" and action.objects
            if acts and (verb.base in verbs.DECIDING or (verb.base in verbs.HUMAN and subject.key in self.draft.roles)):
                return False
            if self._notes(subject, action, verb):
                continue
            if subject.head in words.DEVICES and subject.plural and verb.base in _JUDGING:
                return False
            known = self.draft.stored(subject.key) or subject.head in words.DEVICES or (not subject.plural and subject.det in words.EACH)
            if verb.base not in verbs.RELATING and (
                not known or (verb.base in verbs.HUMAN and subject.head not in words.DEVICES and (subject.plural or verb.modal))
            ):
                return False
        return True

    def _notes(self, subject: NounPhrase, action: Action, verb: VerbGroup) -> bool:
        """ "Stock movements log product, quantity and reason": a list of properties behind what is no person by its form."""
        matter = subject.head.endswith(words.MATTER) or self.draft.stored(subject.key)
        matter = matter or (subject.det in words.EACH and not subject.plural and len(action.objects) > 1)
        if verb.base not in verbs.NOTING or verb.modal or not matter or (subject.det == "the" and not subject.plural):
            return False
        return bool(action.objects) and all(self._is_figure(e) for e in action.objects)

    def _is_figure(self, entry: Entry) -> bool:
        """True for a phrase that reads as a property: in the singular, or a measure or a count by its name."""
        phrase = entry.phrase
        return (
            not phrase.plural or phrase.head in fieldtypes.MEASURES or phrase.words[-1] in fieldtypes.PLURAL_COUNT | fieldtypes.PLURAL_TEXT
        )

    def _tie(self, action: Action) -> None:
        """Take in a statement whose subject is a thing: it belongs to its object, unless the verb says that it has it."""
        verb = action.chain[-1]
        for phrase in action.subjects:
            said = phrase.plural or phrase.det in words.EACH | {"the"} or phrase.head in words.DEVICES or self.draft.stored(phrase.key)
            measure = phrase.head in fieldtypes.MEASURES and not self.draft.prior.get(phrase.key)
            if self.draft.is_person(phrase) and phrase.plural and not action.objects:
                self._appear(phrase, action)
            if self._is_talk(phrase, bool(said)) or self.draft.is_person(phrase) or not said or measure:
                continue
            firm = self.draft.stored(phrase.key) or (phrase.head in words.DEVICES and phrase.plural)
            thing = self.draft.thing(phrase.key, (phrase.start, phrase.end), int(firm))
            if thing is not None and verb.base in verbs.NOTING and action.objects and all(self._is_figure(e) for e in action.objects):
                self._stated(thing, action)
            elif thing is not None:
                has = verb.base in verbs.HAVING | {"become"} or phrase.head in words.DEVICES
                for entry in self._joined(verb, action.objects):
                    self._tied(thing, entry, has, action.shapes, action.span, shared=self._is_shared(phrase, verb, entry.phrase))
                self._tie_tails(thing, action)

    def _appear(self, subject: NounPhrase, action: Action) -> None:
        """ "guests appear in episodes": people who are stored, each in several of what is stored."""
        known = self.draft.prior.get(subject.key, False) or subject.key in self.draft.bound
        for preposition, entries in action.tails if known else ():
            for phrase in (e.phrase for e in entries):
                if preposition in {"in", "at", "on"} and phrase.plural and not phrase.det and self.draft.stored(phrase.key):
                    self.draft.link(Link(subject.key, phrase.key, True, True, action.span, assumed=True))

    def _is_shared(self, subject: NounPhrase, verb: VerbGroup, other: NounPhrase) -> bool:
        """ "A repair uses parts", "a concert lists works": several of what exists by itself, which others have as well."""
        if not other.plural or other.many or other.det not in {"", "the"} or other.key == subject.key:
            return False
        single = not subject.plural and verb.base not in verbs.HAVING and subject.head not in words.DEVICES
        return verb.base in SHARING or ((single or verb.base == "list") and self.draft.prior.get(other.key, False))

    def _stated(self, thing: Thing, action: Action) -> None:
        """ "A loan records the member, the book and the due date": things it refers to, and properties."""
        thing.weight = 1
        for entry in action.objects:
            if self._is_plain(entry):
                self.attributes.add(thing, [entry], action.shapes)
            else:
                self._tied(thing, entry, False, action.shapes, action.span)

    def _is_plain(self, entry: Entry) -> bool:
        """True for a phrase that can only name a property: singular, and no thing of the brief."""
        if entry.phrase.words[-1] in fieldtypes.ENDINGS and not (
            self.draft.prior.get(entry.phrase.key) or entry.phrase.det in {"one", "exactly"}
        ):
            return True
        return not (entry.parts or self.draft.stored(entry.phrase.key) or entry.phrase.det in {"one", "exactly"})

    def _joined(self, verb: VerbGroup, objects: list[Entry]) -> list[Entry]:
        """ "links a boat with a skipper": both are objects."""
        if verb.base not in _JOINING:
            return objects
        return [e for o in objects for e in (Entry(o.phrase, o.phrase.end, text=o.text), *o.parts, *_mentioned(o.tails))]

    def _tie_tails(self, thing: Thing, action: Action) -> None:
        for preposition, entries in action.tails:
            if preposition == "with" and action.chain[-1].base in {"come", "arrive", "ship", "start"} and not action.objects:
                self.attributes.add(thing, entries, action.shapes)
                continue
            ending = preposition == "with" and action.chain[-1].base in _ENDING and not action.objects
            for entry in entries if preposition in _TYING else ():
                if ending and entry.phrase.words[-1] in fieldtypes.ENDINGS and not self.draft.stored(entry.phrase.key):
                    thing.weight = 1
                    self.attributes.field(thing, entry, action.shapes)
                else:
                    several = entry.phrase.plural and not (entry.phrase.many or entry.phrase.det) and action.subjects[0].plural
                    joined = several and action.chain[-1].base in _TAKING_PART and preposition in {"in", "at"}
                    self._tied(thing, entry, ending, action.shapes, action.span, shared=joined)

    def _tied(self, thing: Thing, entry: Entry, has: bool, shapes: Shapes, span: Span, *, shared: bool = False) -> None:
        """Relate `thing` to what `entry` names, with the properties it states.

        `has`: the thing has many of them; `shared`: it does, and others have the same ones.
        """
        entry = counted(entry)
        phrase = entry.phrase
        described = bool(entry.parts or entry.group)
        if phrase.words[-1] in fieldtypes.ENDINGS and not phrase.plural and not described and not self.draft.stored(phrase.key):
            if phrase.det in {"a", "an"}:
                self.attributes.field(thing, Entry(phrase, phrase.end, text=entry.text), shapes)
            for preposition, further in entry.tails if phrase.det in {"a", "an"} else ():
                if preposition in _TYING:
                    self._tied(thing, Entry(further, further.end, text=" ".join(further.words)), False, shapes, span)
            return
        measure = phrase.head in fieldtypes.MEASURES and phrase.plural and not self.draft.stored(phrase.key)
        measure = measure or (phrase.words[-1] in words.UNITS and not phrase.det and not self.draft.stored(phrase.key))
        if measure or self._is_talk(phrase, self._is_said(entry)) or phrase.key == thing.key:
            return
        firm = described or phrase.plural or phrase.many or phrase.det in words.EACH | {"exactly"} or self.draft.stored(phrase.key)
        other = self.draft.thing(phrase.key, entry.span, int(firm and phrase.head not in words.PUBLIC | {"user"}))
        if other is None:
            return
        other.person = other.person or self.draft.is_person(phrase)
        thing.weight = max(thing.weight, int(firm))
        if shared:
            self.draft.link(Link(thing.key, other.key, True, True, span, assumed=True))
        elif has or phrase.many:
            self.draft.link(Link(thing.key, other.key, True, None, span))
        else:
            loose = phrase.plural and not phrase.det and not phrase.many
            self.draft.link(Link(other.key, thing.key, True, None, span, assumed=loose))
        self.attributes.details(other, entry, shapes)
        for preposition, further in entry.tails:
            if preposition in _TYING:
                whole = other if has or preposition in {"per", "of"} else thing
                self._tied(whole, Entry(further, further.end, text=" ".join(further.words)), False, shapes, span)

    def _is_said(self, entry: Entry) -> bool:
        """True when a phrase speaks of a thing for certain: a plural, "one project", a described or a stored one."""
        phrase = entry.phrase
        described = bool(entry.parts or entry.group)
        return described or phrase.plural or phrase.det in words.EACH | {"exactly"} or self.draft.stored(phrase.key)

    def within(self, scope: Thing, action: Action) -> None:
        """ "For each harbour, docks are recorded", "under each ship clerks create containers": what is stored belongs to the scope."""
        made = action.chain[-1].passive
        for phrase in action.subjects if made else [e.phrase for e in action.objects]:
            known = self.draft.things.get(phrase.key)
            if known is not None and known.weight and known is not scope and (phrase.plural or phrase.det in words.EACH):
                self.draft.link(Link(scope.key, known.key, True, None, action.span))

    def _situated(self, action: Action) -> None:
        """ "A lesson is in one room", "permits are valid in zones": being somewhere is belonging to it."""
        self._defined(action)
        states = [e for e in action.objects if e.phrase.words[-1] in words.ADJECTIVES and not e.phrase.det]
        if len(states) != len(action.objects) or not (action.tails or states):
            return
        tails = [*action.tails, *((p, [Entry(n, n.end, text=" ".join(n.words))]) for e in states for p, n in e.tails)]
        parts = [p for e in states for p in e.parts]
        for thing in self._subject_things(action) if tails else ():
            for preposition, entries in tails:
                made = preposition == "by" and self._names_one(entries[0])
                for entry in entries if made or preposition in _TYING - {"to", "with", "by", "via", "through"} else ():
                    if parts and entry is tails[-1][1][-1]:
                        entry.parts = parts
                    self._tied(thing, entry, False, action.shapes, action.span)

    def _defined(self, action: Action) -> None:
        """ "An accession is a sample of one species", "a permit is a document with a number": what the definition adds."""
        kinds = action.objects and all(e.phrase.plural and not e.phrase.det for e in action.objects)
        if kinds and action.objects[-1].group:
            for thing in self._subject_things(action):
                self.attributes.details(thing, action.objects[-1], action.shapes)
            return
        either = all(e.phrase.det in {"a", "an"} for e in action.objects)
        entry = action.objects[-1] if len(action.objects) == 1 or (action.objects and either and action.objects[-1].parts) else None
        one = entry is not None and entry.phrase.det in {"one", "exactly"} and self.draft.stored(entry.phrase.key)
        bare = entry is not None and (entry.phrase.plural or not action.subjects or not action.subjects[0].det)
        if entry is not None and entry.parts and bare and not entry.phrase.det:
            for thing in self._subject_things(action):
                self.attributes.add(thing, entry.parts, action.shapes)
            return
        if entry is None or not (one or (entry.phrase.det in {"a", "an"} and (entry.tails or entry.parts))):
            return
        if all(self.draft.is_person(s) for s in action.subjects) and not entry.parts:
            return
        for thing in self._subject_things(action):
            self.attributes.add(thing, entry.parts, action.shapes)
            if one:
                self.draft.link(Link(entry.phrase.key, thing.key, True, None, action.span))
            for preposition, phrase in entry.tails:
                if preposition.split()[-1] in _TYING and (phrase.det in words.EACH | {"exactly"} or self.draft.stored(phrase.key)):
                    self._tied(thing, Entry(phrase, phrase.end, text=" ".join(phrase.words)), False, action.shapes, action.span)

    def _passive_ties(self, action: Action, verb: VerbGroup, things: list[Thing]) -> None:
        """ "Shifts are assigned to volunteers", "each batch is delivered by one supplier"."""
        held = verb.base == "list" and any(p == "in" and self.draft.stored(e.phrase.key) for p, t in action.tails for e in t)
        seen = verb.base in (verbs.READ | verbs.NOTIFY | {"send"}) - _LINKING and not held
        if seen and not any(e.phrase.many for _, t in action.tails for e in t):
            return
        beside = [("by", [b]) for _, t in action.tails for e in t for b in e.beside]
        for preposition, entries in [*action.tails, *_nested(action.tails), *beside]:
            if preposition not in _TYING:
                continue
            if describes(verb, preposition) and not self._names_one(entries[0]):
                for thing in things:
                    self.attributes.add(thing, entries, action.shapes)
                continue
            for entry in entries:
                for thing in things:
                    if (
                        preposition == "by"
                        and verb.base in verbs.CREATE
                        and entry.phrase.plural
                        and not self.draft.prior.get(entry.phrase.key)
                    ):
                        self.attributes.add(thing, entry.parts, action.shapes)
                    self._passive_tie(thing, verb, preposition, entry, action)

    def _passive_tie(self, thing: Thing, verb: VerbGroup, preposition: str, entry: Entry, action: Action) -> None:
        kept = self._shared_parts(entry, thing, action)
        made = (
            verb.base in verbs.CREATE | verbs.BOOK | _DONE
            and preposition in {"for", "on", "at", "to"}
            and thing.key not in self.draft.roles
        )
        if preposition == "per" or entry.phrase.head in words.TIME_UNITS or (made and kept.parts):
            self.attributes.add(thing, kept.parts, action.shapes)
            kept = Entry(kept.phrase, kept.phrase.end, tails=kept.tails, text=kept.text)
        if self._passively_tied(verb, preposition, entry):
            shared = verb.base in SHARING and entry.phrase.plural and not (entry.phrase.many or self.draft.is_person(entry.phrase))
            self._tied(thing, kept, self._whole(verb, preposition, entry), action.shapes, action.span, shared=shared)

    def _names_one(self, entry: Entry) -> bool:
        return entry.phrase.det in {"one", "exactly"} or self.draft.stored(entry.phrase.key)

    def _shared_parts(self, entry: Entry, thing: Thing, action: Action) -> Entry:
        """ "held in a room with one engineer": what is stored by itself is tied to the subject, and is no part of the room."""
        own = [p for p in entry.parts if self._names_one(p) and not p.phrase.plural]
        for part in own:
            self._tied(thing, Entry(part.phrase, part.phrase.end, text=part.text), False, action.shapes, action.span)
        if not own:
            return entry
        kept = [p for p in entry.parts if p not in own]
        return Entry(entry.phrase, entry.end, entry.group, kept, entry.tails, entry.unit, entry.text)

    def _whole(self, verb: VerbGroup, preposition: str, entry: Entry) -> bool:
        """True when the subject of the passive has the other thing: "made of parts", "divided into docks", "planned with stops"."""
        if preposition == "with":
            return entry.phrase.plural and entry.phrase.det not in {"one", "exactly"} and verb.base not in _LINKING
        divided = verb.base in DIVIDED and preposition == "into" and entry.phrase.head not in _CLASSES
        return (
            divided
            or (verb.base in _MADE and preposition in {"of", "from"})
            or (verb.base in {"follow", "precede"} and preposition == "by")
        )

    def _passively_tied(self, verb: VerbGroup, preposition: str, entry: Entry) -> bool:
        phrase = entry.phrase
        known = self.draft.things.get(phrase.key)
        counted_one = (
            phrase.many or phrase.det in {"one", "exactly"} or (phrase.det in {"a", "an"} and known is not None and known.weight > 0)
        )
        if (
            preposition == "by"
            and verb.base in DIVIDED | {"group", "sort", "file", "follow", "precede"}
            and not self.draft.is_person(phrase)
        ):
            return True
        if preposition == "by" and entry.group:
            return True
        if preposition == "by":
            return counted_one or verb.base in verbs.AUTHOR or (not self.draft.is_person(phrase) and self.draft.stored(phrase.key))
        each = phrase.det in {"each", "every"} and verb.base in verbs.CREATE | _DONE and phrase.key in self.draft.bound
        if self.draft.is_person(phrase) and not (counted_one or each) and verb.base not in _LINKING:
            return self.draft.prior.get(phrase.key, False) or (verb.base in verbs.BOOK and phrase.key in self.draft.bound)
        firm = (
            phrase.plural
            or preposition == "per"
            or bool(entry.parts or entry.group)
            or phrase.det in words.EACH
            or self.draft.stored(phrase.key)
        )
        return counted_one or verb.base in _LINKING | verbs.AUTHOR or firm
