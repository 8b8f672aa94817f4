"""How a statement may open: "As a ...", "There are ...", "For each ...", a relative clause behind its subject."""

from __future__ import annotations

from collections.abc import Callable

from shared.brief.actions import JUDGEMENTS, Actions, mention
from shared.brief.deeds import Action
from shared.brief.lexicon import fieldtypes, verbs, words
from shared.brief.phrases import Item, NounPhrase
from shared.brief.shapes import Entry, Shapes

_STORING = frozenset({"store", "keep", "record", "track", "save", "capture", "log", "have", "need", "want", "know", "register", "note"})
_CONDITIONS = frozenset({"when", "once", "if", "unless", "until", "after", "before"})
_PLACES = frozenset({"in", "within", "under", "inside", "on", "at"})
_SENDING = frozenset({"send", "pay", "generate", "issue", "deliver", "print"})
_SCOPES = frozenset({"for", "per", "in", "within", "under", "inside", "on", "at"})


class Openings(Actions):
    """Every method returns the index behind what it read, or 0 when the statement does not open that way."""

    def _standing_subjects(self) -> list[NounPhrase]:
        return self.context.subjects if self.context.role or self.context.thing else []

    def _story(self, shapes: Shapes, at: int) -> int:
        """ "As a clerk(,) I ...": index behind the role, or 0."""
        sign, phrase = shapes.sign(at), shapes.phrase(at + 1)
        if not (sign and sign.low == "as" and phrase):
            return 0
        speaks = any(shapes.sign(i) and shapes.items[i].low in {"i", "we"} for i in (at + 2, at + 3))  # type: ignore[union-attr]
        if phrase.det not in {"a", "an", "the"} and not speaks:
            return 0
        self.draft.user(phrase.key, (phrase.start, phrase.end))
        self.context.subjects = [phrase]
        after = at + 2
        while shapes.mark(after) in {"comma", "pron"}:
            after += 1
        if shapes.verb(after):
            return self._actions(shapes, after, [phrase])
        return after

    def openings(self) -> tuple[Callable[[Shapes, int], int], ...]:
        """The ways in which a statement opens with a function word, in the order in which they are tried."""
        return (
            self._story,
            self._examples,
            self._condition,
            self._purpose,
            self._existential,
            self._whether,
            self._moment,
            self._which,
            self._negation,
            self._pronoun,
            self._given,
            self._of_each,
            self._prepositional,
        )

    def _examples(self, shapes: Shapes, at: int) -> int:
        """ "E.g. cooking or driving": examples name no things."""
        if shapes.low(at) != "e.g":
            return 0
        at += 1
        while shapes.mark(at) in {"comma", "colon"} or shapes.low(at) == ".":
            at += 1
        return shapes.entries(at)[1] if shapes.phrase(at) else at

    def _condition(self, shapes: Shapes, at: int) -> int:
        """ "When finished, ...": a bare participle names nothing."""
        phrase = shapes.phrase(at + 1)
        if phrase is None or phrase.det or shapes.low(at) not in _CONDITIONS:
            return 0
        after = at + 2 + (shapes.low(at + 2) in verbs.PARTICLES)
        ends = shapes.mark(after) in {"comma", "close"} or shapes.low(after) in {".", ";", ""}
        if not ends or shapes.finite_follows(at + 1):
            return 0
        made, deed = shapes.phrase(after + 1), shapes.verb(after + 2)
        done = made is not None and made.det in {"a", "an"} and deed is not None and deed.passive
        if done and deed is not None and deed.base in verbs.CREATE | _SENDING and shapes.mark(after) == "comma":
            self.scope = self.draft.things.get(self.draft.focus)
        return after

    def _purpose(self, shapes: Shapes, at: int) -> int:
        """ "... so that I can follow them up": why somebody wants it."""
        if shapes.low(at) != "so" or shapes.low(at + 1) != "that":
            return 0
        return next((i for i in range(at, len(shapes.items)) if shapes.low(i) in {".", ";", "!"}), len(shapes.items))

    def _which(self, shapes: Shapes, at: int) -> int:
        """A relative clause behind its noun, or behind a comma: "containers, which in turn hold crates"."""
        if shapes.mark(at) != "sub" or shapes.low(at) not in {"that", "which", "who"} or not at:
            return 0
        before = shapes.phrase(at - 1) or (shapes.phrase(at - 2) if at > 1 and shapes.mark(at - 1) == "comma" else None)
        before = self._described_by(shapes, at, before)
        at += shapes.low(at + 1) == "also"
        doer, deed = shapes.phrase(at + 1), shapes.verb(at + 2)
        if before is not None and doer is not None and deed is not None and not (deed.passive or deed.reduced or deed.negated):
            if not self.draft.stored(doer.key) and not doer.plural and doer.head not in words.DEVICES and deed.base in verbs.HUMAN:
                self.draft.role(doer.key, (doer.start, doer.end))
            self.meaning.act(Action([doer], [deed], [mention(Entry(before, before.end, text=" ".join(before.words)))], [], shapes))
            return at + 3
        if before is None or shapes.verb(at + 1) is None:
            return 0
        if (stated := self._judged(shapes, at + 1, before)) > 0:
            return stated
        after = self._actions(shapes, at + 1, [before])
        return self._actions(shapes, after, [before]) if shapes.verb(after) else after

    def _described_by(self, shapes: Shapes, at: int, before: NounPhrase | None) -> NounPhrase | None:
        """ "animals with a name and a sex that live here": the verb in the plural speaks of the animals."""
        verb = shapes.verb(at + 1)
        if before is None or before.plural or verb is None or verb.shape != "base" or verb.modal:
            return before
        front = next((i for i in range(at - 1, max(at - 14, 0), -1) if shapes.low(i) == "with"), 0)
        whole = shapes.phrase(front - 1) if front else None
        return whole if whole is not None and whole.plural else before

    def _judged(self, shapes: Shapes, at: int, who: NounPhrase) -> int:
        """ "Works are reviewed by experts, who give a score and a remark": each review keeps what they give; index behind it, or 0."""
        verb, judged = shapes.verb(at), self.judged
        if judged is None or verb is None or verb.base not in verbs.NOTING | verbs.GIVING | {"leave", "add"} or not shapes.phrase(at + 1):
            return 0
        entries, after = shapes.entries(at + 1)
        if any(e.phrase.plural or e.parts or e.tails or self.draft.stored(e.phrase.key) for e in entries):
            return 0
        name, span = JUDGEMENTS[judged[1]], (verb.start, entries[-1].end)
        self.meaning.remark(who.key, name, judged[0], span)
        if (made := self.draft.things.get(name)) is not None:
            self.attributes.add(made, entries, shapes)
        return after

    def _existential(self, shapes: Shapes, at: int) -> int:
        """ "There are several docks in a harbour": index behind the things, or 0."""
        verb = shapes.verb(at + 1)
        if shapes.low(at) != "there" or verb is None or verb.base != "be" or shapes.phrase(at + 2) is None:
            return 0
        entries, after = shapes.entries(at + 2)
        for entry in entries:
            self.meaning.listed(entry, shapes, False)
        self.meaning.possessed(entries)
        self._keep(entries)
        if self.scope is not None:
            self.attributes.add(self.scope, entries, shapes, contained=True)
        return after

    def _whether(self, shapes: Shapes, at: int) -> int:
        """ "... and whether dogs are allowed": a property that is true or false; index behind it, or 0."""
        if shapes.low(at) != "whether":
            return 0
        here = at + 1
        phrase = shapes.phrase(here)
        here += bool(phrase) or shapes.mark(here) == "pron"
        verb, thing = shapes.verb(here), self.draft.things.get(self.draft.focus)
        if verb is None or thing is None:
            return 0
        state = shapes.phrase(here + 1) if verb.base == "be" else None
        end = state.end if state else verb.end
        told = state.words[-1] if state else self.draft.text[verb.start : verb.end].lower().split()[-1]
        names = [*(phrase.words if phrase and phrase.det not in {"the", "it"} else []), told]
        noun = NounPhrase(shapes.items[at + 1].start, end, names, names, "a", full=names)
        found = self.attributes.field(thing, Entry(noun, end, text=" ".join(names)), shapes)
        if found is not None:
            found.hints = ("boolean",)
        return here + 1 + (state is not None or (verb.base != "be" and shapes.phrase(here + 1) is not None))

    def _moment(self, shapes: Shapes, at: int) -> int:
        """ "its name and when it was bought": a moment as a property; index behind it, or 0."""
        verb, thing = shapes.verb(at + 2), self.draft.things.get(self.draft.focus)
        joined = at > 0 and shapes.mark(at - 1) in {"comma", "conj"} and shapes.low(at + 1) in {"it", "they"}
        if shapes.low(at) != "when" or not joined or verb is None or not verb.passive or thing is None:
            return 0
        names = [self.draft.text[verb.start : verb.end].lower().split()[-1], "at"]
        noun = NounPhrase(shapes.items[at].start, verb.end, names, names, "the", full=names)
        self.attributes.field(thing, Entry(noun, verb.end, text=" ".join(names)), shapes)
        return at + 3

    def _of_each(self, shapes: Shapes, at: int) -> int:
        """ "For each sample, (we) store a barcode and a depth": index behind the properties, or 0."""
        phrase, here = shapes.phrase(at + 1), at + 2
        if (
            shapes.low(at) not in _SCOPES
            or phrase is None
            or not (phrase.det in words.EACH or self._of_all(shapes, at, phrase))
            or (phrase.head in words.ABSTRACT | words.TIME_UNITS and len(phrase.words) == 1)
        ):
            return 0
        while shapes.mark(here) in {"comma", "pron"}:
            here += 1
        if (given := self._by_somebody(shapes, phrase, here)) > 0:
            return given
        while shapes.verb(here) and shapes.low(here + 1) == "to" and shapes.verb(here + 2):
            here += 2
        verb = shapes.verb(here)
        opens = shapes.mark(at - 1) not in {"comma", "conj"} if at else True
        if verb is None or verb.base not in _STORING or shapes.phrase(here + 1) is None:
            made = verb is not None and verb.base in verbs.CREATE and shapes.mark(here - 1) == "pron"
            if made or shapes.low(here) == "there" or (opens and here > at + 2 and shapes.phrase(here)):
                self.scope = self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
                return here - made
            return 0
        thing = self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
        entries, after = shapes.entries(here + 1)
        if thing is not None:
            self.draft.focus = thing.key
            self.last = mention(Entry(phrase, phrase.end, text=" ".join(phrase.words)))
            self.attributes.add(thing, entries, shapes)
        return after

    def _of_all(self, shapes: Shapes, at: int, phrase: NounPhrase) -> bool:
        """ "For plants we keep the year": said of all of them."""
        known = phrase.plural and not phrase.det and self.draft.stored(phrase.key)
        return known and shapes.low(at) == "for" and shapes.low(at + 2) in {"we", "i"}

    def _by_somebody(self, shapes: Shapes, phrase: NounPhrase, at: int) -> int:
        """ "For each log the worker records species, length and grade": index behind the properties, or 0."""
        subject, verb = shapes.phrase(at), shapes.verb(at + 1)
        if subject is None or verb is None or verb.base not in _STORING | {"enter", "state", "give"} or shapes.phrase(at + 2) is None:
            return 0
        entries, after = shapes.entries(at + 2)
        plain = [e for e in entries if not e.phrase.plural and (not e.phrase.det or e.phrase.words[-1] in fieldtypes.ENDINGS)]
        if len(plain) * 2 <= len(entries) or len(entries) < 2:
            return 0
        thing = self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
        if thing is not None:
            self.attributes.add(thing, entries, shapes)
            self.draft.permit(subject.key, thing.key, ("create", "read"), (subject.start, verb.end))
        return after

    def _given(self, shapes: Shapes, at: int) -> int:
        """ "reserve tables by giving a name and a phone number": properties of what was just stored."""
        verb = shapes.verb(at + 1)
        if shapes.low(at) not in {"by", "with"} or verb is None or verb.shape != "ing" or verb.base not in verbs.GIVING:
            return 0
        return self._stated_with(shapes, at + 2)

    def _stated_with(self, shapes: Shapes, at: int) -> int:
        if shapes.phrase(at) is None:
            return 0
        entries, after = shapes.entries(at)
        thing = self.draft.things.get(self.draft.focus)
        if thing is not None:
            self.attributes.add(thing, entries, shapes)
        return after

    def _prepositional(self, shapes: Shapes, at: int) -> int:
        """ "After the return renters leave reviews": a preposition may run into the subject of the clause."""
        phrase = shapes.phrase(at + 1)
        verb = shapes.verb(at + 2)
        if shapes.mark(at) != "prep" or phrase is None:
            return 0
        inner = shapes.phrase(at + 3) if verb and verb.base == "be" and not verb.negated and shapes.low(at) in _PLACES else None
        if inner is not None and (inner.plural or inner.det in words.EACH) and not shapes.verb(at + 4):
            return self._inside(shapes, phrase, at + 3)
        if shapes.low(at) in {"after", "during"} and phrase.det in words.EACH and self.draft.stored(phrase.key):
            self.scope = self.draft.things.get(phrase.key)
        if verb and not verb.reduced and verb.shape == "base" and phrase.plural and len(phrase.words) > 1:
            subject = NounPhrase(phrase.start, phrase.end, phrase.words[-1:], phrase.raw[-1:])
            return self._actions(shapes, at + 2, [subject])
        return shapes.entry(at + 1)[1] if not verb else at + 1

    def _inside(self, shapes: Shapes, phrase: NounPhrase, at: int) -> int:
        """ "In a harbour are docks": what stands there belongs to it; index behind the things."""
        entries, after = shapes.entries(at)
        whole = None if self.meaning.is_talk(phrase) else self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
        if whole is not None:
            self.attributes.add(whole, entries, shapes, contained=True)
        self._keep(entries)
        return after

    def _relative(self, shapes: Shapes, at: int) -> int:
        """ "A harbour, which has a name, has docks", "boats that are rented have a price": index behind both clauses, or 0."""
        entry, after = shapes.entry(at)
        comma = shapes.mark(after) == "comma"
        sign = shapes.sign(after + comma)
        bare = shapes.verb(after + 1) if comma else None
        if bare is not None and bare.reduced and shapes.mark(after + 2) == "prep":
            comma = False
        elif sign is None or sign.low not in {"that", "which", "who"} or shapes.verb(after + comma + 1) is None:
            return 0
        self._describe([entry], shapes)
        self._keep([entry])
        inner = self._actions(shapes, after + comma + 1, [entry.phrase])
        following, _ = shapes.skip_separators(inner)
        return self._actions(shapes, following, [entry.phrase]) if shapes.verb(following) else inner

    def _describe(self, subjects: list[Entry], shapes: Shapes) -> None:
        """Subjects may carry their own properties: "Batches (number, style) go through ..."."""
        for entry in subjects:
            self._tailed(entry)
            if (entry.group or entry.parts or entry.inner) and entry.phrase.head not in words.ABSTRACT:
                thing = self.draft.thing(entry.phrase.key, entry.span, 1)
                if thing is not None:
                    self.attributes.details(thing, entry, shapes)
                    if entry.inner is not None:
                        self.meaning.tails(thing, entry, shapes)

    def _tailed(self, entry: Entry) -> None:
        """ "An inspection of a crane has a date": what a subject is of."""
        head = entry.phrase.words[-1]
        of_stored = any(p == "of" and n.det and self.draft.prior.get(n.key) for p, n in entry.tails)
        if (
            (self.draft.is_person(entry.phrase) and not of_stored)
            or entry.phrase.head in words.ENUM_NAMES
            or (head in fieldtypes.ENDINGS and not of_stored)
            or head in words.ABSTRACT
        ):
            return
        for preposition, phrase in entry.tails:
            if (
                preposition in {"of", "for", "on", "in", "at", "about"}
                and (phrase.plural or phrase.det)
                and not self.meaning.is_talk(phrase)
            ):
                thing = self.draft.thing(entry.phrase.key, entry.span)
                if thing is not None and phrase.key != thing.key:
                    self.meaning.attach(thing, phrase, entry.span)

    def _keep(self, subjects: list[Entry], shapes: Shapes | None = None, at: int = 0) -> None:
        """Remember the subjects of a main clause; "if the manager approves" and "its status" leave them as they are."""
        if shapes is not None and at > 1 and shapes.low(at - 1) in _CONDITIONS:
            return
        if not any(s.phrase.det in {"its", "their"} or (s.phrase.key in words.ENUM_NAMES and self.context.subjects) for s in subjects):
            self.context.subjects = [s.phrase for s in subjects]

    def _pronoun(self, shapes: Shapes, at: int) -> int:
        """ "They may ...", "It has ...", "everyone can ...": who was spoken of goes on."""
        if shapes.mark(at) != "pron":
            return 0
        low = shapes.items[at].low  # type: ignore[union-attr]
        if low in {"i", "we"} and not self.context.role and self._is_house(shapes, at):
            return at + 3
        if low in {"i", "we", "you"}:
            subjects = [s for s in self.context.subjects if s.key in self.draft.roles] if low == "i" else []
        else:
            subjects = (
                self.context.subjects
                if low in {"they", "he", "she", "who"} or (low == "it" and not any(s.plural for s in self.context.subjects))
                else [_public(shapes.items[at])]
                if low in words.PUBLIC
                else []
            )
        verb = shapes.verb(at + 1)
        if verb is not None and verb.shape == "ing" and low in {"i", "we"}:
            return shapes.entries(at + 2)[1]
        if (stated := self._told(shapes, at)) > 0:
            return stated
        if verb is not None:
            return self._actions(shapes, at + 1, subjects)
        return at + 1

    def _told(self, shapes: Shapes, at: int) -> int:
        """ "I need their name and age", "devices: we write brand and type": properties of what was spoken of; index behind them, or 0."""
        verb = shapes.verb(at + 1)
        if (
            verb is None
            or verb.base not in _STORING | {"write", "enter"}
            or shapes.low(at) not in {"i", "we"}
            or shapes.phrase(at + 2) is None
        ):
            return 0
        entries, after = shapes.entries(at + 2)
        theirs = entries[0].phrase.det in {"their", "its"}
        bare = len(entries) > 2 and not any(e.phrase.det or e.phrase.plural or e.parts or e.tails for e in entries)
        spoken = self.last.phrase if bare and self.last is not None else self.context.subjects[-1] if self.context.subjects else None
        thing = self.draft.things.get(spoken.key) if spoken is not None and (theirs or bare) else None
        if theirs and spoken is not None and self.draft.is_person(spoken):
            thing = self.draft.thing(spoken.key, (spoken.start, spoken.end), 1)
        if thing is None or not thing.weight:
            return 0
        self.draft.focus = thing.key
        self.attributes.add(thing, entries, shapes)
        return after

    def _is_house(self, shapes: Shapes, at: int) -> bool:
        """ "We run a festival": who speaks, not what is stored."""
        verb, phrase = shapes.verb(at + 1), shapes.phrase(at + 2)
        if verb is None or phrase is None or phrase.plural or verb.modal or shapes.mark(at + 3) == "sub":
            return False
        return verb.base in {"run", "organise", "organize", "operate", "own", "host", "be", "manage", "have"} and phrase.det in {
            "a",
            "an",
            "our",
            "my",
            "the",
        }

    def _negation(self, shapes: Shapes, at: int) -> int:
        """ "No payments", "without login": what is left out."""
        sign = shapes.sign(at)
        if sign is None or (sign.mark != "neg" and sign.low != "without"):
            return 0
        if shapes.phrase(at + 1) is None:
            return at + 1
        _, after = shapes.entries(at + 1)
        return after


def _public(item: Item) -> NounPhrase:
    return NounPhrase(item.start, item.end, ["visitor"], ["visitor"])
