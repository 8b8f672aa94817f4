"""Sentences become statements: who does what with which things. Knows the shapes of briefs (stories, bullets, titles)."""

from __future__ import annotations

from shared.brief.actors import Action
from shared.brief.asking import asked
from shared.brief.lexicon import fieldtypes, stackwords, verbs, words
from shared.brief.phrases import Item, NounPhrase, VerbGroup, chunk
from shared.brief.predicates import Predicates
from shared.brief.shapes import Entry, Shapes, field_text
from shared.brief.tagger import tag
from shared.brief.text import Line, Token, lines, sentences
from shared.brief.words import is_person

_STORING = frozenset({"store", "keep", "record", "track", "save", "capture", "log", "have", "need", "want", "know", "register", "note"})
_SCOPES = frozenset({"for", "per", "in", "within", "under", "inside", "on", "at"})
_CAUSES = frozenset({"let", "allow", "enable", "help", "permit"})


class Reader(Predicates):
    """Reads a whole brief into a draft."""

    def read(self) -> list[list[Token]]:
        """Fill the draft; returns the sentences as tokens, for the rules that look for words."""
        seen: list[list[Token]] = []
        for line in lines(self.draft.text):
            self._enter(line)
            for tokens in sentences(self.draft.text, line):
                seen.append(tokens)
                self.draft.cuts.add(tokens[0].start)
                self.scope = None
                before = len(self.draft.links)
                if not technical(tokens):
                    self.sentence(chunk(tag(tokens)), line)
                self.cardinality(tokens, before)
                self.first = False
        return seen

    def _enter(self, line: Line) -> None:
        context = self.context
        if (
            line.kind in {"heading", "label"}
            or (line.kind == "plain" and context.depth >= 0)
            or (line.kind == "bullet" and line.depth <= context.depth)
        ):
            context.thing = context.role = ""
            context.depth = -1
            if line.kind == "heading":
                context.section = ""

    def sentence(self, items: list[Item], line: Line) -> None:
        """Read one sentence; headings only set what follows under them."""
        shapes = Shapes(items)
        if line.kind in {"heading", "label"}:
            self._heading(shapes, line)
            return
        at = self._label(shapes, line)
        if self.draft.text[shapes.items[0].start : shapes.items[0].end].lower().split()[0] in words.GREETINGS:
            at = next((i for i in range(1, len(shapes.items)) if shapes.mark(i) in {"comma", "colon"}), len(shapes.items))
        if self.context.section in {"excluded", "stack", "quality", "notes"}:
            return
        asked(self.draft, shapes, at)
        self.statements(shapes, at, line)

    def statements(self, shapes: Shapes, at: int, line: Line) -> None:
        """Read statement after statement until the sentence ends. Each turn moves forward."""
        while at < len(shapes.items):
            begin = at
            at = self._statement(shapes, at, line)
            if at <= begin:
                at = begin + 1
            following, _ = shapes.skip_separators(at)
            if following > at and following < len(shapes.items):
                self.draft.cuts.add(shapes.items[following].start)
            at = self._trailing(shapes, max(at, following))
            if shapes.mark(at) == "colon" and at + 1 < len(shapes.items):
                self.draft.cuts.add(shapes.items[at + 1].start)

    def _trailing(self, shapes: Shapes, at: int) -> int:
        """ "Hosts offer workshops: title, date, price": a list of singular names behind a colon describes the last object."""
        last = shapes.phrase(at - 1) if at else None
        if shapes.mark(at) != "colon" or last is None or shapes.phrase(at + 1) is None:
            return at
        key = last.key if last.key in self.draft.things else self.last.phrase.key if self.last else ""
        if key not in self.draft.things:
            return at
        entries, after = shapes.entries(at + 1)
        if sum(e.phrase.plural for e in entries) * 2 > len(entries) or shapes.verb(after) or not any(shapes.verb(i) for i in range(at)):
            return at
        self.attributes.add(self.draft.things.get(self._described(shapes, at), self.draft.things[key]), entries, shapes)
        return after

    def _described(self, shapes: Shapes, at: int) -> str:
        """What a list behind a colon describes, when that is not the last phrase: the subject of a passive, or "a thing per" another."""
        acting = next((v for i in range(at - 1, -1, -1) if (v := shapes.verb(i)) and not v.reduced), None)
        if acting is not None and not acting.passive and self.last is not None and self.last.phrase.start > acting.start:
            return self.last.phrase.key
        joint, before = shapes.sign(at - 2), shapes.phrase(at - 3)
        last = shapes.phrase(at - 1)
        each = joint is not None and (joint.low == "per" or (joint.low in {"for", "on", "of"} and last is not None and last.det in {"each", "every"}))
        if each and before is not None:
            return before.key
        passive = next((v.passive for i in range(at - 1, -1, -1) if (v := shapes.verb(i))), False)
        return self.context.subjects[-1].key if passive and self.context.subjects else ""

    def _statement(self, shapes: Shapes, at: int, line: Line) -> int:
        story = self._story(shapes, at)
        if story:
            return story
        sign = shapes.sign(at)
        before = (shapes.phrase(at - 1) or (shapes.phrase(at - 2) if at > 1 and shapes.mark(at - 1) == "comma" else None)) if at else None
        if sign and sign.low == "e.g":
            return self._examples(shapes, at + 1)
        if sign and sign.low in {"when", "once", "if", "unless", "until", "after", "before"} and shapes.phrase(at + 1):
            if shapes.mark(at + 2) == "comma" and not shapes.phrase(at + 1).det:  # type: ignore[union-attr]
                return at + 2
        if sign and sign.low == "there" and (found := self._existential(shapes, at, line)):
            return found
        if sign and sign.mark == "sub" and sign.low == "whether" and (found := self._whether(shapes, at)):
            return found
        if sign and sign.mark == "sub" and sign.low in {"that", "which", "who"} and shapes.sign(at + 1) and shapes.verb(at + 2):
            at += shapes.items[at + 1].low == "also"  # type: ignore[union-attr]
        if sign and sign.mark == "sub" and sign.low in {"that", "which", "who"} and before and shapes.verb(at + 1):
            after = self._actions(shapes, at + 1, [before])
            return self._actions(shapes, after, [before]) if shapes.verb(after) else after
        if sign and (sign.mark == "neg" or sign.low == "without"):
            return self._negation(shapes, at)
        if sign and sign.mark == "pron":
            return self._pronoun(shapes, at)
        given = shapes.verb(at + 1) if sign and sign.low in {"by", "with"} else None
        if (
            given
            and given.shape == "ing"
            and given.base in {"give", "provide", "enter", "specify", "state", "fill"}
            and shapes.phrase(at + 2)
        ):
            return self._given(shapes, at + 2)
        if sign and sign.low in _SCOPES and (of_each := self._of_each(shapes, at)):
            return of_each
        if sign and sign.mark == "prep" and shapes.phrase(at + 1):
            return self._prepositional(shapes, at)
        if sign:
            return at + 1
        if (verb := shapes.verb(at)) is not None:
            goes_on = at > 0 and verb.base in {"have", "be"} and not self._standing_subjects()
            return self._actions(shapes, at, self.context.subjects if goes_on else self._standing_subjects())
        return self._from_phrase(shapes, at, line)

    def _examples(self, shapes: Shapes, at: int) -> int:
        """Index behind "e.g. cooking or driving": examples name no things."""
        while shapes.mark(at) in {"comma", "colon"} or (shapes.sign(at) and shapes.items[at].low == "."):  # type: ignore[union-attr]
            at += 1
        return shapes.entries(at)[1] if shapes.phrase(at) else at

    def _existential(self, shapes: Shapes, at: int, line: Line) -> int:
        """ "There are several docks in a harbour": index behind the things, or 0."""
        verb = shapes.verb(at + 1)
        if verb is None or verb.base != "be" or shapes.phrase(at + 2) is None:
            return 0
        entries, after = shapes.entries(at + 2)
        for entry in entries:
            self.meaning.listed(entry, shapes, False)
        self.meaning.possessed(entries)
        if self.scope is not None:
            self.attributes.add(self.scope, entries, shapes, contained=True)
        return after

    def _whether(self, shapes: Shapes, at: int) -> int:
        """ "... and whether dogs are allowed": a property that is true or false; index behind it, or 0."""
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
        return here + 1 + (state is not None)

    def _of_each(self, shapes: Shapes, at: int) -> int:
        """ "For each sample, (we) store a barcode and a depth": index behind the properties, or 0."""
        phrase, here = shapes.phrase(at + 1), at + 2
        if phrase is None or phrase.det not in words.EACH or phrase.head in words.ABSTRACT or phrase.head in words.TIME_UNITS:
            return 0
        while shapes.mark(here) in {"comma", "pron"}:
            here += 1
        if (given := self._by_somebody(shapes, phrase, here)) > 0:
            return given
        verb = shapes.verb(here)
        opens = shapes.mark(at - 1) not in {"comma", "conj"} if at else True
        if verb is None or verb.base not in _STORING or shapes.phrase(here + 1) is None:
            there = shapes.sign(here) is not None and shapes.items[here].low == "there"  # type: ignore[union-attr]
            if opens and (there or (here > at + 2 and shapes.phrase(here))):
                self.scope = self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
                return here
            return 0
        thing = self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
        entries, after = shapes.entries(here + 1)
        if thing is not None:
            self.draft.focus = thing.key
            self.attributes.add(thing, entries, shapes)
        return after

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
        entries, after = shapes.entries(at)
        thing = self.draft.things.get(self.draft.focus)
        if thing is not None:
            self.attributes.add(thing, entries, shapes)
        return after

    def _prepositional(self, shapes: Shapes, at: int) -> int:
        """ "After the return renters leave reviews": a preposition may run into the subject of the clause."""
        phrase = shapes.phrase(at + 1)
        verb = shapes.verb(at + 2)
        if phrase and verb and not verb.reduced and verb.shape == "base" and phrase.plural and len(phrase.words) > 1:
            subject = NounPhrase(phrase.start, phrase.end, phrase.words[-1:], phrase.raw[-1:])
            return self._actions(shapes, at + 2, [subject])
        return shapes.entry(at + 1)[1] if not verb else at + 1

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
        self.draft.role(phrase.key, (phrase.start, phrase.end))
        self.context.subjects = [phrase]
        after = at + 2
        while shapes.mark(after) in {"comma", "pron"}:
            after += 1
        if shapes.verb(after):
            return self._actions(shapes, after, [phrase])
        return after

    def _pronoun(self, shapes: Shapes, at: int) -> int:
        low = shapes.items[at].low  # type: ignore[union-attr]
        if low in {"i", "we"} and not self.context.role and self._is_house(shapes, at):
            return at + 3
        if low in {"i", "we", "you"}:
            subjects = self.context.subjects if low == "i" else []
        else:
            subjects = (
                self.context.subjects
                if low in {"they", "he", "she", "who"} or (low == "it" and not any(s.plural for s in self.context.subjects))
                else [_public(shapes.items[at])]
                if low in words.PUBLIC
                else []
            )
        if shapes.verb(at + 1):
            return self._actions(shapes, at + 1, subjects)
        return at + 1

    def _is_house(self, shapes: Shapes, at: int) -> bool:
        """ "We run a festival": who speaks, not what is stored."""
        verb, phrase = shapes.verb(at + 1), shapes.phrase(at + 2)
        if verb is None or phrase is None or phrase.plural or verb.modal or shapes.mark(at + 3) == "sub":
            return False
        return verb.base in {"run", "organise", "organize", "operate", "own", "host", "be", "manage"} and phrase.det in {
            "a",
            "an",
            "our",
            "my",
            "the",
        }

    def _negation(self, shapes: Shapes, at: int) -> int:
        if shapes.phrase(at + 1) is None:
            return at + 1
        _, after = shapes.entries(at + 1)
        return after

    def _from_phrase(self, shapes: Shapes, at: int, line: Line) -> int:
        relative = self._relative(shapes, at)
        if relative:
            return relative
        subjects, after = self._subjects(shapes, at)
        if subjects:
            self.meaning.possessed(subjects)
            self._describe(subjects, shapes)
            self._keep(subjects)
            return self._actions(shapes, after, [s.phrase for s in subjects])
        return self._fragment(shapes, at, line)

    def _relative(self, shapes: Shapes, at: int) -> int:
        """ "A harbour, which has a name, has docks", "boats that are rented have a price": index behind both clauses, or 0."""
        entry, after = shapes.entry(at)
        comma = shapes.mark(after) == "comma"
        sign = shapes.sign(after + comma)
        if sign is None or sign.low not in {"that", "which", "who"} or shapes.verb(after + comma + 1) is None:
            return 0
        self._describe([entry], shapes)
        self._keep([entry])
        inner = self._actions(shapes, after + comma + 1, [entry.phrase])
        following, _ = shapes.skip_separators(inner)
        return self._actions(shapes, following, [entry.phrase]) if shapes.verb(following) else inner

    def _subjects(self, shapes: Shapes, at: int) -> tuple[list[Entry], int]:
        """The list of phrases before a finite verb, or nothing when no verb follows."""
        found: list[Entry] = []
        here, joined = at, True
        while shapes.phrase(here) and len(found) < 6:
            entry, after = shapes.entry(here)
            found.append(entry)
            if entry.parts and shapes.mark(after) == "comma" and shapes.verb(after + 1):
                after += 1
            verb = shapes.verb(after)
            if verb and not verb.reduced and verb.shape != "ing":
                return (found, after) if joined else ([], at)
            here, joined = shapes.skip_separators(after)
            if here == after:
                break
        return [], at

    def _describe(self, subjects: list[Entry], shapes: Shapes) -> None:
        """Subjects may carry their own properties: "Batches (number, style) go through ..."."""
        for entry in subjects:
            self._tailed(entry)
            if (entry.group or entry.parts) and entry.phrase.head not in words.ABSTRACT:
                thing = self.draft.thing(entry.phrase.key, entry.span, 1)
                if thing is not None:
                    self.attributes.details(thing, entry, shapes)

    def _tailed(self, entry: Entry) -> None:
        """ "An inspection of a crane has a date": what a subject is of."""
        head = entry.phrase.words[-1]
        if is_person(entry.phrase.head) or entry.phrase.head in words.ENUM_NAMES or head in fieldtypes.ENDINGS or head in words.ABSTRACT:
            return
        for preposition, phrase in entry.tails:
            if preposition in {"of", "for", "on", "in", "at", "about"} and (phrase.plural or phrase.det) and not self.meaning.is_talk(phrase):
                thing = self.draft.thing(entry.phrase.key, entry.span)
                if thing is not None and phrase.key != thing.key:
                    self.meaning.attach(thing, phrase, entry.span)

    def _keep(self, subjects: list[Entry]) -> None:
        if not any(s.phrase.det in {"its", "their"} or (s.phrase.key in words.ENUM_NAMES and self.context.subjects) for s in subjects):
            self.context.subjects = [s.phrase for s in subjects]

    def _fragment(self, shapes: Shapes, at: int, line: Line) -> int:
        """A list without a verb: the app's title, things, or properties of the thing above."""
        if self.first and not self.draft.title and line.kind != "bullet" and self._is_title(shapes, at):
            return self._titled(shapes, at)
        if self.context.thing and line.kind == "bullet" and line.depth > self.context.depth:
            entries, after = shapes.entries(at)
            self.attributes.add(self.draft.things[self.context.thing], entries, shapes)
            return after
        if self.context.section == "roles":
            entries, after = shapes.entries(at)
            for entry in entries:
                self.draft.role(entry.phrase.key, entry.span)
            self.context.role, self.context.depth = entries[0].phrase.key, line.depth
            self.context.subjects = [entries[0].phrase]
            return after
        entries, after = shapes.entries(at)
        for entry in entries:
            self.meaning.listed(entry, shapes, self.context.section == "entities" or line.kind == "bullet")
        if len(entries) == 1 and line.kind == "bullet" and entries[0].phrase.key in self.draft.things:
            self.context.thing, self.context.depth = entries[0].phrase.key, line.depth
        return after

    def _is_title(self, shapes: Shapes, at: int) -> bool:
        phrase = shapes.phrase(at)
        if phrase is None or shapes.mark(at + 1) == "open":
            return False
        if shapes.sign(len(shapes.items) - 1) and not any(shapes.verb(i) or shapes.mark(i) in {"comma", "colon", "open"} for i in range(len(shapes.items))):
            named = [i for i in shapes.items if isinstance(i, NounPhrase)]
            if not any(p.plural for p in named) and not shapes.entry(at)[0].parts:
                return True
        parts = shapes.entry(at)[0].parts
        if line_ends(shapes, shapes.entry(at)[1]) and not parts:
            return True
        technical = bool(parts) and all(w in stackwords.ALL for p in parts for w in p.phrase.words)
        return not phrase.plural or phrase.words[-1] in words.APP_NOUNS or technical

    def _titled(self, shapes: Shapes, at: int) -> int:
        entry, after = shapes.entry(at)
        self._title(self.draft.text[entry.phrase.start : entry.phrase.end], entry.span)
        self.app(entry, shapes)
        while after < len(shapes.items) and shapes.sign(after) and shapes.sign(after).low not in {":", "with", "where"}:  # type: ignore[union-attr]
            after += 1
        return after

    def app(self, entry: Entry, shapes: Shapes) -> None:
        """Read what hangs on the phrase that names the app: "with books and loans", "of books", "for tracking loans"."""
        for part in entry.parts:
            self.meaning.listed(part, shapes, False)
        for preposition, phrase in entry.tails:
            managed = preposition == "for" and (
                phrase.words[-1] in {"management", "tracking", "administration", "booking", "scheduling"}
                or (phrase.plural and not is_person(phrase.head))
            )
            if preposition == "of" or managed:
                self.meaning.listed(Entry(phrase, phrase.end, text=field_text(phrase)), shapes, False)

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
            tails, at = self._tails(shapes, at, chain)
            if self._builds(chain, subjects, objects) and objects:
                return self._build(shapes, objects, tails, at)
            at = self._late_details(shapes, at, objects)
            self._possess(subjects, objects, tails)
            if objects or tails:
                self.last = _mention(objects[-1] if objects else tails[-1][1][-1])
            elif subjects:
                self.last = _mention(Entry(subjects[-1], subjects[-1].end, text=" ".join(subjects[-1].words)))
            action = Action(subjects, chain, objects, tails, shapes)
            self.meaning.act(action)
            if self.scope is not None and chain:
                self.meaning.within(self.scope, action)
            following, _ = shapes.skip_separators(at)
            verb = shapes.verb(following) if following > at else None
            if verb is not None:
                self.draft.cuts.update(() if verb.base == "be" else (verb.start,))
            else:
                infinitive = shapes.sign(at) is not None and shapes.sign(at).low == "to"  # type: ignore[union-attr]
                if not (infinitive and shapes.verb(at + 1)):
                    return at
                following = at + 1
            at = following
        return at

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

    def _possess(self, subjects: list[NounPhrase], objects: list[Entry], tails: list[tuple[str, list[Entry]]]) -> None:
        """Take in whose things a statement speaks of: "a customer's orders", "books and their authors"."""
        for phrase in (*subjects, *(e.phrase for e in objects), *(e.phrase for _, t in tails for e in t)):
            self.meaning.owned(phrase)
        self.meaning.possessed(objects)

    def _are_roles(self, subjects: list[NounPhrase]) -> bool:
        return any(s.key in self.draft.roles or s.plural or is_person(s.head) for s in subjects)

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
                    self.meaning.listed(item, shapes, False)
        return at


def technical(tokens: list[Token]) -> bool:
    """True for a sentence of technology names and the words between them: "node + vue + mysql"."""
    known = stackwords.ALL | stackwords.AMBIGUOUS | stackwords.SPEAKING
    names = [t for t in tokens if t.shape == "word"]
    chosen = [t for t in names if t.low in stackwords.ALL | stackwords.AMBIGUOUS]
    return len(chosen) > 1 and all(t.low in known for t in names)


def line_ends(shapes: Shapes, at: int) -> bool:
    """True when nothing but a full stop follows."""
    sign = shapes.sign(at)
    return at >= len(shapes.items) or (sign is not None and sign.low == "." and at + 1 >= len(shapes.items))


def _mention(entry: Entry) -> Entry:
    """The entry without what hangs on it, for a pronoun that points back."""
    phrase = entry.phrase
    return Entry(NounPhrase(phrase.start, phrase.end, phrase.words, phrase.raw, "the"), phrase.end, text=entry.text)


def _public(item: Item) -> NounPhrase:
    return NounPhrase(item.start, item.end, ["visitor"], ["visitor"])
