"""Things and operations as a brief names them, before anybody does something to them."""

from __future__ import annotations

from itertools import pairwise

from shared.brief.attributes import Attributes
from shared.brief.draft import MAX_FIELDS, Draft, FieldDraft, Link, OperationDraft, Span, Thing
from shared.brief.lexicon import fieldtypes, stackwords, verbs, words
from shared.brief.lexicon.bag import bag
from shared.brief.phrases import NounPhrase, VerbGroup
from shared.brief.shapes import Entry, Shapes
from shared.brief.words import agent_stem, is_person, singular, snake

ATTACHING = bag("for on in of to at under from into within about onto per against concerning regarding")

# Second words of names of technology ("Spring Boot").
_EDITIONS = frozenset({"core", "boot", "js"})
_AGGREGATES = bag("average total sum count number overall median")

_REPORTS = bag("""report statistic statistics chart graph dashboard overview summary analytics breakdown trend stat metric""")


class Things:
    """Adds things, relations by preposition, enumerations, reports and custom operations to the draft."""

    def __init__(self, draft: Draft, attributes: Attributes) -> None:
        self.draft = draft
        self.attributes = attributes

    def listed(self, entry: Entry, shapes: Shapes, strong: bool) -> None:
        """A list item that names a thing, a kind of person, or a capability such as "order management"."""
        phrase = entry.phrase
        entry = self._unwrap(entry)
        phrase = entry.phrase
        one = bool(entry.parts or entry.group) and phrase.det in {"a", "an", "one"}
        if len(phrase.words) > 1 and phrase.words[-1] in words.MANAGEMENT and not phrase.plural and not one:
            self._managed(phrase, entry)
            return
        described = bool(entry.group or entry.parts)
        if phrase.head in _REPORTS and not (described or strong or self.draft.stored(phrase.key)):
            return
        firm = described or (strong and phrase.plural) or (phrase.plural and not set(phrase.words) & (words.ABSTRACT | words.PAPERS))
        firm = firm and not (phrase.head in words.PAPERS and not described and not strong)
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
        thing.person = thing.person or self.draft.is_person(phrase)
        if thing.person:
            self.draft.people.setdefault(phrase.key, entry.span)
        self.attributes.details(thing, entry, shapes)
        self.tails(thing, entry, shapes)

    def _unwrap(self, entry: Entry) -> Entry:
        """ "a list of books" is about books."""
        phrase = entry.phrase
        if (
            phrase.head == "list"
            and not entry.parts
            and len(phrase.words) > 1
            and (is_person(singular(phrase.words[-2])) or self.draft.stored(singular(phrase.words[-2])))
        ):
            named = NounPhrase(phrase.start, phrase.end, phrase.words[:-1], phrase.raw[:-1], "the")
            return Entry(named, entry.end, entry.group, entry.parts, entry.tails, entry.unit, " ".join(named.words))
        if entry.phrase.head in words.ABSTRACT and entry.tails and entry.tails[0][0] == "of":
            phrase = entry.tails[0][1]
            return Entry(phrase, entry.end, entry.group, entry.parts, entry.tails[1:], entry.unit, " ".join(phrase.words))
        return entry

    def _managed(self, phrase: NounPhrase, entry: Entry) -> None:
        names = [w for w in phrase.words[:-1] if w not in stackwords.CERTAIN and (w not in words.ABSTRACT or len(phrase.words) == 2)]
        key = " ".join([*names[:-1], singular(names[-1])]) if names else ""
        if key and key not in words.ABSTRACT:
            self.draft.thing(key, entry.span, 1)

    def is_talk(self, phrase: NounPhrase) -> bool:
        """True for phrases about software or time, which name no thing."""
        return self._is_talk(phrase)

    def _is_talk(self, phrase: NounPhrase, firm: bool = False) -> bool:
        """True for phrases about software or time, which name no thing. `firm`: the brief treats it as one, so only hard words count."""
        head = phrase.head
        if phrase.words[-1] in words.ADJECTIVES and phrase.det not in {"a", "an"}:
            return True
        names = [w for w in phrase.words if w not in stackwords.ALL and w not in words.APP_NOUNS and w not in _EDITIONS]
        stated = any(
            w in stackwords.CERTAIN or (head in words.APP_NOUNS and w in stackwords.AMBIGUOUS) or w in {"express", "react", "angular"}
            for w in phrase.words
        )
        if phrase.det.isdigit() and (head in words.ACTORS or {"first", "last"} & set(phrase.adjectives)):
            return True
        technical = stackwords.ALL | ((stackwords.AMBIGUOUS | _EDITIONS) if len(phrase.words) > 1 else frozenset())
        if (
            (stated and not names)
            or set(phrase.words) & {"excel", "spreadsheet", "csv"}
            or all(w in technical for w in phrase.words)
            or len(phrase.key) < 2
        ):
            return True
        compound = len(phrase.key.split()) > 1
        if head in words.ABSTRACT or phrase.words[-1] in words.ABSTRACT or singular(head) in words.TIME_UNITS:
            dated = head in words.TIME_UNITS | words.DAYPARTS and compound and firm
            return not (dated or self.draft.prior.get(phrase.key, False))
        compound = len(phrase.key.split()) > 1 and not set(phrase.key.split()[:-1]) & (words.APP_NOUNS | words.ABSTRACT)
        if head in words.PAPERS:
            return not (compound or firm or self.draft.stored(phrase.key))
        if head in words.SOFT or phrase.words[-1] in words.SOFT:
            known = self.draft.things.get(phrase.key)
            return not (compound or firm or (known is not None and known.weight > 0) or self.draft.stored(phrase.key))
        return head in words.APP_NOUNS and not phrase.plural and not compound

    def tails(self, thing: Thing, entry: Entry, shapes: Shapes | None = None) -> None:
        """Prepositions behind a thing relate it to another: "comments on posts", "bookings in rooms"."""
        ends = [p for prep, p in entry.tails if prep in {"from", "to"} and p.det in {"a", "an"} and not p.plural]
        way = len(ends) == 2 and not any(self.draft.stored(p.key) or self.draft.is_person(p) for p in ends)
        self._part_tails(thing, entry)
        for index, (preposition, phrase) in enumerate(entry.tails):
            first = preposition.split()[-1]
            if index and self._of_nearest(entry.tails[index - 1][1], first, phrase, entry.span):
                continue
            if preposition.endswith(" by") or preposition == "by":
                self._done_by(thing, preposition, phrase, entry.span)
                continue
            if preposition in {"make of", "compose of", "comprise of"} and not self._is_talk(phrase):
                whole = self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
                if whole is not None:
                    self.draft.link(Link(thing.key, whole.key, True, None, entry.span))
                    if entry.inner is not None and shapes is not None:
                        self.attributes.details(whole, entry.inner, shapes)
                continue
            if first not in ATTACHING or phrase.key == thing.key:
                continue
            if phrase.head in fieldtypes.MEASURES and phrase.plural and not self.draft.stored(phrase.key):
                continue
            if (way and phrase in ends) or self._figure(phrase):
                self._state(thing, phrase)
                continue
            if self._is_talk(phrase):
                continue
            if first in {"in", "during", "at"} and phrase.key in self.draft.dated and self.draft.is_person(entry.phrase):
                self.draft.link(Link(thing.key, phrase.key, True, None, entry.span, assumed=True))
            else:
                self.attach(
                    thing, phrase, entry.span, said=preposition == "per", told=entry.phrase.many or (first == "into" and phrase.plural)
                )

    def _of_nearest(self, before: NounPhrase, preposition: str, phrase: NounPhrase, span: Span) -> bool:
        """ "the referee of each match of a round", "a note for every child in my group": what is nearest is meant; False when it is not."""
        whose = preposition in {"in", "at"} and phrase.det in words.POSSESSIVES and self.draft.is_person(before)
        nearest = self.draft.things.get(before.key) if self.draft.stored(before.key) else None
        if not (whose or preposition == "of") or nearest is None or self._is_talk(before) or phrase.key == before.key:
            return False
        if not self._is_talk(phrase) and not self._figure(phrase):
            self.attach(nearest, phrase, span)
        return True

    def _part_tails(self, thing: Thing, entry: Entry) -> None:
        """ "works with a fee for each visitor": what hangs on a property relates the whole."""
        for part in entry.parts:
            outer = not part.phrase.plural or part.phrase.head in fieldtypes.FILE_WORDS
            for preposition, phrase in part.tails if outer else ():
                known = phrase.det in words.EACH or self.draft.stored(phrase.key)
                if preposition in {"for", "on"} and known and not self._is_talk(phrase):
                    self.attach(thing, phrase, entry.span)

    def _done_by(self, thing: Thing, preposition: str, phrase: NounPhrase, span: Span) -> None:
        """ "proposals submitted by tutors": somebody makes it; "works composed by masters" belong to who is stored."""
        known = self.draft.stored(phrase.key)
        if self.draft.is_person(phrase) or phrase.key in self.draft.roles or (phrase.plural and not known and not self._is_talk(phrase)):
            self.draft.permit(phrase.key, thing.key, ("create", "read"), span)
        if known and preposition != "by":
            self.attach(thing, phrase, span)

    def _figure(self, phrase: NounPhrase) -> bool:
        """True for "at a departure time": a property by its name, and no thing of the brief."""
        known = phrase.words[-1] in fieldtypes.ENDINGS and phrase.words[-1] not in fieldtypes.FILE_WORDS
        return known and phrase.det in {"a", "an"} and not phrase.plural and not self.draft.stored(phrase.key)

    def _state(self, thing: Thing, phrase: NounPhrase) -> None:
        name = " ".join(phrase.full or phrase.words)
        if len(thing.fields) < MAX_FIELDS:
            thing.fields.setdefault(name, FieldDraft(name, (phrase.start, phrase.end)))
            self.draft.note((phrase.start, phrase.end), "entities", thing.key, "fields", name)

    def attach(self, thing: Thing, phrase: NounPhrase, span: Span, said: bool = False, told: bool = False) -> None:
        """Relate `thing` to the one of it that `phrase` names; a definite singular is only a mention, unless it is `said` to be one."""
        if not (said or phrase.det or phrase.plural):
            self.draft.thing(phrase.key, (phrase.start, phrase.end))
            return
        firm = (said or phrase.plural or phrase.det in words.EACH) and phrase.head not in words.PUBLIC | {"user"}
        other = self.draft.thing(phrase.key, (phrase.start, phrase.end), 1 if firm else 0)
        if other is not None:
            other.person = other.person or self.draft.is_person(phrase)
            self.draft.link(Link(other.key, thing.key, True, None, span, assumed=not told))

    def owned(self, phrase: NounPhrase) -> None:
        """ "a customer's orders": whose it is, when both are stored."""
        if phrase.owner and (phrase.plural or not self.draft.is_person(phrase)) and not self._is_talk(phrase):
            span = phrase.start, phrase.end
            said = phrase.owner_det in words.EACH and self.draft.stored(phrase.key)
            self.draft.thing(phrase.owner, span, int(said and phrase.owner not in words.PUBLIC | {"user"}))
            self.draft.link(Link(phrase.owner, phrase.key, True, None, span, assumed=True))

    def possessed(self, entries: list[Entry]) -> None:
        """ "meters and their readings": the second item belongs to the first."""
        for before, entry in pairwise(entries):
            own = entry.phrase.det in {"its", "their"} and before.phrase.det not in words.POSSESSIVES
            if own and not self._is_talk(entry.phrase) and entry.phrase.key != before.phrase.key:
                self.draft.link(Link(before.phrase.key, entry.phrase.key, True, None, entry.span))

    def _permit_phrase(self, role: str, phrase: NounPhrase, operations: tuple[str, ...], span: Span) -> None:
        if phrase.head in {"everything", "content", "data", "anything"} or phrase.det == "all":
            self.draft.permit(role, "*", operations, span)
        elif not self._is_talk(phrase):
            self.draft.thing(phrase.key, span, 0)
            self.draft.permit(role, phrase.key, operations, span, own=phrase.det in words.POSSESSIVES)

    def _move(self, thing: Thing, verb: str, role: str, span: Span) -> None:
        if len(thing.moves) < 40:
            thing.moves.append((verb, role, span))
            self.draft.note(span, "entities", thing.key, "states")

    def _report(self, entry: Entry, role: str, span: Span, made: bool = False, acts: bool = False) -> bool:
        """Record a report when the phrase asks for figures; True when it did. `made`: somebody stores what the phrase names.

        `acts`: somebody does more than look.
        """
        phrase = entry.phrase
        figures = bool(set(phrase.adjectives) & _AGGREGATES) or phrase.head in _REPORTS or entry.text.startswith("number of ")
        per = [p for prep, p in entry.tails if prep in {"per", "by"}]
        if made and phrase.head in words.PAPERS and not per and (phrase.plural or phrase.det in {"a", "an"} or len(phrase.words) > 1):
            return False
        if not figures and (entry.parts or entry.group or made or acts):
            return False
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
