"""People who act: each verb gives its subject a right, and some verbs store a record of their own."""

from __future__ import annotations

from shared.brief.attributes import values
from shared.brief.columns import by_name
from shared.brief.deeds import ALL_RIGHTS, Action, Deeds, happens, rights_of
from shared.brief.draft import MAX_FIELDS, FieldDraft, Link, OperationDraft, Span, Thing
from shared.brief.lexicon import verbs, words
from shared.brief.lexicon.bag import bag
from shared.brief.phrases import NounPhrase, VerbGroup
from shared.brief.shapes import Entry, Shapes, split_group
from shared.brief.states import NAMED
from shared.brief.things import ATTACHING

_RECORDING = verbs.CREATE | verbs.BOOK | verbs.JOIN | verbs.UPDATE | verbs.DELETE | verbs.MANAGE | verbs.TRANSITION
REMARKS = {"comment": "comment", "apply": "application", "vote": "vote", "bid": "bid", "reply": "reply"}
_OPINIONS = frozenset({"comment", "review", "rating", "reply", "remark", "like", "vote", "feedback", "reaction"})
_TURNING = frozenset({"convert", "turn", "transform", "promote", "merge", "translate"})
_MARKING = frozenset({"mark", "flag", "set", "declare", "label", "report", "record", "classify", "change", "put"})
# Done to what is there already, although some records begin with it.
_MOVING = verbs.JOIN | verbs.COMPUTE | (verbs.TRANSITION - {"publish"})
_PLACING = frozenset({"assign", "allocate", "attach", "link", "move", "transfer"})
_SETTING = frozenset({"set", "change", "update", "adjust", "enter"})
_GENERATING = frozenset({"create", "generate", "produce", "prepare", "get", "run", "print", "request", "provide", "offer"})
DIVIDED = bag("divide split break cut saw slice chop organise organize structure subdivide partition")
_PARTIES = verbs.BOOK | {"arrange", "request"}


def phrase_is_enum(entry: Entry) -> bool:
    """True for "the status of ...": a property whose values may be listed."""
    return entry.phrase.head in words.ENUM_NAMES


class Actors(Deeds):
    """Turns what people do into roles, rights, moves between states and bookings."""

    def _actor(self, action: Action) -> None:
        objects = [self._unwrap(e) for e in action.objects]
        if objects and action.chain[-1].base in {"assign", "link", "attach"}:
            for entry in objects[:-1]:
                entry.tails = entry.tails or objects[-1].tails
        for subject in action.subjects:
            decides = subject.det == "the" and bool(objects) and action.chain[-1].base in verbs.DECIDING
            if not decides and not self._is_actor(subject, bool(objects or action.tails)):
                continue
            self.draft.role(subject.key, (subject.start, subject.end))
            if self._of_themselves(subject, objects, action):
                continue
            for verb in action.chain:
                for original, entry in zip(action.objects, objects, strict=True):
                    made = rights_of(verb) != ("read",) and verb.base not in _GENERATING
                    if not self._report(original, subject.key, action.span, made=made, acts=rights_of(verb) != ("read",)):
                        self._actor_object(subject, verb, entry, action)
                if not objects:
                    self._without_object(subject, verb, action)

    def _of_themselves(self, subject: NounPhrase, objects: list[Entry], action: Action) -> bool:
        """ "owners give name and phone": what somebody states about oneself."""
        bare = len(objects) > 1 and not any(e.phrase.det or e.phrase.plural or e.parts or self.draft.stored(e.phrase.key) for e in objects)
        if not bare or action.chain[-1].base not in verbs.GIVING or not self.draft.is_person(subject):
            return False
        self._registered(subject, objects, action)
        return True

    def _is_actor(self, subject: NounPhrase, transitive: bool) -> bool:
        """People act; a thing that is stored, or a subject of an intransitive verb that is no person by name, does not."""
        if self.draft.is_person(subject) or subject.key in self.draft.roles:
            return True
        known = self.draft.things.get(subject.key)
        stored = known is not None and known.weight > 0 and not known.person and not subject.plural
        return transitive and not stored and (subject.head in words.ACTORS or not self._is_talk(subject, firm=True))

    def _actor_object(self, subject: NounPhrase, verb: VerbGroup, entry: Entry, action: Action) -> None:
        phrase = entry.phrase
        if phrase.head in {"everything", "content", "anything"} or (phrase.det == "all" and phrase.head in words.ABSTRACT):
            self.draft.permit(subject.key, "*", ALL_RIGHTS if verb.base == "do" else rights_of(verb), action.span)
            return
        recorded = verb.base in _RECORDING | {"send"} and (phrase.plural or phrase.det in {"a", "an"} or bool(entry.parts))
        described = bool(entry.group or entry.parts) and recorded and not phrase_is_enum(entry)
        if (phrase_is_enum(entry) and entry.group and any(p == "of" for p, _ in entry.tails)) or (
            not described and self._is_talk(phrase, recorded)
        ):
            self._talked(subject, verb, entry, action)
            return
        if verb.base == "list" and (entry.parts or entry.group):
            verb = VerbGroup(verb.start, verb.end, "create", verb.shape)
        if self._of_focus(subject, verb, entry, action):
            return
        thing = self._object_thing(verb, entry)
        if thing is None:
            return
        if subject.det in words.EACH and phrase.many and verb.base not in _PLACING:
            self._has_many(subject, thing, action.span)
        if self._kept_apart(subject, verb, thing, entry, action.span):
            self._kept_for(thing, entry)
            return
        self._in_sessions(verb, thing, entry, action)
        self._do(subject, verb, thing, action.span, own=phrase.det in words.POSSESSIVES)
        self._deed(subject, verb, thing, action.span)
        self.marked(verb, thing, [*entry.tails, *((p, e.phrase) for p, t in action.tails for e in t)], subject.key, action.span)
        parties = verb.base in _PARTIES and entry.parts and all(p.phrase.plural and not p.phrase.many for p in entry.parts)
        if parties:
            self._parties(subject, thing, entry, action.span)
        else:
            self.attributes.details(thing, entry, action.shapes)
        self._object_tails(verb, thing, entry, action.shapes)
        self._action_tails(verb, thing, action)

    def _of_focus(self, subject: NounPhrase, verb: VerbGroup, entry: Entry, action: Action) -> bool:
        """True for a property of what was spoken of: "set the outcome (won, lost)", "enter the fare"."""
        phrase, owner = entry.phrase, self.draft.things.get(self.draft.focus)
        told = (phrase.det == "the" and verb.base in _SETTING) or (phrase_is_enum(entry) and phrase.det in {"", "a"} and not entry.tails)
        if entry.group and told and owner is not None and rights_of(verb) != ("read",):
            self.enumerate(owner, phrase.key, values(self.draft.text, split_group(action.shapes.items, *entry.group)), entry.span)
            return True
        if not self._is_figure_of(entry, verb):
            return False
        if phrase.det == "their":
            owner = self.draft.things.get(subject.key) if self.draft.stored(subject.key) else None
            for _, about in entry.tails if owner is None else ():
                self._permit_phrase(subject.key, about, ("read",), action.span)
        if owner is not None:
            self.attributes.field(owner, Entry(phrase, phrase.end, text=entry.text), action.shapes)
            self.draft.permit(subject.key, owner.key, rights_of(verb), action.span)
        return owner is not None or phrase.det == "their"

    def _is_figure_of(self, entry: Entry, verb: VerbGroup) -> bool:
        """ "when finished, they enter the fare": a figure by its name, of the thing spoken of."""
        phrase = entry.phrase
        told = phrase.det in {"the", "its", "their"} or (phrase.det in {"a", "an"} and verb.base in _SETTING)
        named = told and not phrase.plural and not (entry.parts or entry.group or (entry.tails and phrase.det != "their"))
        return (
            named
            and by_name("_".join(phrase.words)) not in {"file", "text", "string", "json"}
            and rights_of(verb) != ("read",)
            and not self.draft.stored(phrase.key)
        )

    def _talked(self, subject: NounPhrase, verb: VerbGroup, entry: Entry, action: Action) -> None:
        """Rights on what an abstract object is of: "sees the history of loans"; asking for one is a request."""
        owner = next((p for prep, p in entry.tails if prep == "of"), None)
        thing = self.draft.things.get(owner.key) if owner else None
        if thing is not None and entry.group and phrase_is_enum(entry):
            self._do(subject, verb, thing, action.span)
            listed = values(self.draft.text, split_group(action.shapes.items, *entry.group))
            self.enumerate(thing, entry.phrase.key, listed, entry.span)
            return
        if verb.base == "request":
            request = self.draft.thing("request", entry.span, 1)
            if request is not None:
                self._do(subject, verb, request, action.span)
            return
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
        firm = firm or (verb.base in {"receive", "get"} and phrase.det in {"a", "an"})
        if reads and phrase.det in words.POSSESSIVES and not phrase.plural:
            firm = False
        thing = self.draft.thing(phrase.key, entry.span, 1 if firm else 0)
        if thing is not None:
            thing.person = thing.person or self.draft.is_person(phrase)
            thing.scheduled = thing.scheduled or (
                verb.base in {"book", "reserve", "schedule"} and (verb.base == "schedule" or happens(thing.key))
            )
        return thing

    def _do(self, subject: NounPhrase, verb: VerbGroup, thing: Thing, span: Span, own: bool = False) -> None:
        before, self.draft.focus = self.draft.focus, thing.key
        self.draft.permit(subject.key, thing.key, rights_of(verb), span, own)
        if verb.base in verbs.TRANSITION and verb.base not in verbs.BOOK:
            self._move(thing, verb.base, subject.key, span)
        elif verb.particle in {"up", "in", "out"} and verb.base in {"pick", "check"}:
            self._move(thing, f"{verb.base} {verb.particle}", subject.key, span)
        elif (verb.base in verbs.JOIN and not verb.particle) or (verb.base == "sign" and verb.particle == "up"):
            self._join(subject, thing, span)
        elif verb.base in verbs.COMPUTE:
            self._custom_named(verb, thing.key, (subject.key,), span)
        if ("create" in rights_of(verb) and self._party(subject)) and verb.base not in _MOVING:
            self.draft.link(Link(subject.key, thing.key, True, None, span))
        if verb.base in {"sign", "receive", "hold"} and self._party(subject):
            self.draft.link(Link(subject.key, thing.key, True, None, span, assumed=True))
        if thing.key in _OPINIONS and before not in {"", thing.key} and "create" in rights_of(verb):
            self.draft.loose.append(Link(before, thing.key, True, None, span))
        if verb.base == "request":
            self.draft.nominal.setdefault(verb.base, thing.key)
        if verb.base == "upload":
            self.draft.operation(OperationDraft(f"upload {thing.key}", "upload", thing.key, span, f"Upload a {thing.key}", (subject.key,)))
        if verb.base in {"search", "filter", "find"}:
            self.draft.operation(OperationDraft(f"search {thing.key}", "search", thing.key, span, f"Search {thing.key}", (subject.key,)))

    def marked(self, verb: VerbGroup, thing: Thing, tails: list[tuple[str, NounPhrase]], role: str, span: Span) -> None:
        """ "mark loans as lost" names a state, "mark rooms as clean or dirty" a property with two values."""
        named = [" ".join(p.full or p.words) for prep, p in tails if prep == "as" and not (p.det or p.plural or self.draft.stored(p.key))]
        if verb.base not in _MARKING or not named:
            return
        if len(named) == 1:
            self._move(thing, f"{NAMED}{named[0]}", role, span)
        elif not any(set(named) <= set(f.enum or ()) for f in thing.fields.values()):
            self.enumerate(thing, "condition", named, span)

    def _object_tails(self, verb: VerbGroup, thing: Thing, entry: Entry, shapes: Shapes) -> None:
        if verb.base in {"search", "filter", "find", "sort", "browse"}:
            for preposition, phrase in entry.tails:
                if preposition == "by":
                    self._criterion(thing, phrase)
            return
        if verb.base in {"assign", "allocate"} and entry.phrase.det in {"a", "an", "one"}:
            for preposition, phrase in entry.tails:
                if (
                    preposition == "to"
                    and phrase.det in words.EACH | {"the"}
                    and not self.draft.is_person(phrase)
                    and not self._is_talk(phrase)
                ):
                    self.draft.thing(phrase.key, (phrase.start, phrase.end))
                    self.draft.link(Link(thing.key, phrase.key, True, None, (phrase.start, phrase.end), assumed=True))
            pairs = zip([None, *entry.tails], entry.tails, strict=False)
            entry.tails = [
                t
                for before, t in pairs
                if (t[0] != "to" or self.draft.is_person(t[1])) and not (before and self._of_nearest(before[1], *t, entry.span))
            ]
        if verb.base in _TURNING:
            made = [p for prep, p in entry.tails if prep in {"to", "into"} and not self._is_talk(p)]
            for phrase in made:
                self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
                self.draft.link(Link(thing.key, phrase.key, True, None, entry.span, assumed=True))
            entry.tails = [t for t in entry.tails if t[1] not in made]
        self.tails(thing, entry, shapes)

    def _criterion(self, thing: Thing, phrase: NounPhrase) -> None:
        name = " ".join(phrase.words)
        if phrase.head not in words.APP_NOUNS and len(thing.fields) < MAX_FIELDS:
            thing.fields.setdefault(name, FieldDraft(name, (phrase.start, phrase.end), required=False))
            self.draft.note((phrase.start, phrase.end), "entities", thing.key, "fields", name)

    def _action_tails(self, verb: VerbGroup, thing: Thing, action: Action) -> None:
        pointed = bool(action.objects) and action.objects[0].phrase.start < verb.start
        for preposition, entries in action.tails:
            for entry in entries:
                if verb.base in verbs.READ and preposition == "by":
                    self._criterion(thing, entry.phrase)
                elif preposition == "with" and pointed:
                    self.attributes.add(thing, [entry], action.shapes)
                elif preposition == "into" and verb.base in DIVIDED and not self._is_talk(entry.phrase):
                    self.draft.thing(entry.phrase.key, entry.span, 1)
                    self.draft.link(Link(thing.key, entry.phrase.key, True, None, entry.span))
                elif preposition in ATTACHING and not self._is_talk(entry.phrase):
                    self.attach(thing, entry.phrase, entry.span)

    def _without_object(self, subject: NounPhrase, verb: VerbGroup, action: Action) -> None:
        """ "sign up for trips", "comment on books"."""
        if verb.base in {"register", "sign", "enrol", "enroll", "join"} and (
            stated := [e for p, t in action.tails if p == "with" for e in t]
        ):
            self._registered(subject, stated, action)
        for preposition, entries in action.tails:
            for entry in entries:
                if self._is_talk(entry.phrase) or preposition in {"as", "by", "with", "via", "from"}:
                    continue
                self._indirect(subject, verb, entry, action)

    def _registered(self, subject: NounPhrase, stated: list[Entry], action: Action) -> None:
        """ "Visitors register with name and email": who registers is stored."""
        person = self.draft.thing(subject.key, (subject.start, subject.end), 1)
        if person is not None:
            person.person = True
            self.attributes.add(person, stated, action.shapes)

    def _indirect(self, subject: NounPhrase, verb: VerbGroup, entry: Entry, action: Action) -> None:
        firm = entry.phrase.plural or bool(entry.phrase.det or entry.parts) or self.draft.stored(entry.phrase.key)
        target = self.draft.thing(entry.phrase.key, entry.span, int(firm))
        if target is None:
            return
        if subject.det in words.EACH and entry.phrase.many:
            self._has_many(subject, target, action.span)
        joining = verb.base in verbs.JOIN | {"register"} or (verb.base == "sign" and verb.particle == "up")
        if joining:
            self._deed(subject, verb, target, action.span)
        made = REMARKS.get(verb.base)
        if made == "application" and not entry.parts and made not in self.draft.text.lower():
            self._do(subject, VerbGroup(verb.start, verb.end, "create", "base"), target, action.span)
            return
        if made:
            self.remark(subject.key, made, target.key, action.span)
            elsewhere = self.draft.prior.get(target.key, False) or not self.draft.prior
            if (described := self.draft.things.get(made) if elsewhere else target) is not None:
                self.attributes.add(described, entry.parts, action.shapes)
            return
        self._do(
            subject,
            VerbGroup(verb.start, verb.end, "join" if joining else "update" if verb.base == "work" else "view", "base"),
            target,
            action.span,
        )
