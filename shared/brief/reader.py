"""Sentences become statements: who does what with which things. Knows the shapes of briefs (stories, bullets, titles)."""

from __future__ import annotations

from shared.brief.asking import asked
from shared.brief.draft import Thing
from shared.brief.lexicon import stackwords, verbs, words
from shared.brief.openings import Openings
from shared.brief.phrases import Item, NounPhrase, chunk
from shared.brief.shapes import Entry, Shapes, parted
from shared.brief.tagger import tag
from shared.brief.text import Line, Token, lines, sentences


class Reader(Openings):
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
        shapes = Shapes(parted(items))
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
        pointed = shapes.low(at - 1) in {"them", "it"} if at else False
        if shapes.mark(at) != "colon" or (last is None and not pointed) or shapes.phrase(at + 1) is None:
            return at
        key = last.key if last is not None and last.key in self.draft.things else self.last.phrase.key if self.last else ""
        if key not in self.draft.things:
            return at
        entries, after = shapes.entries(at + 1)
        owner = self._contents(shapes, at, entries)
        if owner is not None:
            self.attributes.add(owner, entries, shapes, contained=True)
            return after
        if sum(e.phrase.plural for e in entries) * 2 > len(entries) or shapes.verb(after) or not any(shapes.verb(i) for i in range(at)):
            return at
        self.attributes.add(self.draft.things.get(self._described(shapes, at), self.draft.things[key]), entries, shapes)
        return after

    def _contents(self, shapes: Shapes, at: int, entries: list[Entry]) -> Thing | None:
        """ "Every item has a history: records with a date": the thing that has what stands behind the colon."""
        acting = next((v for i in range(at - 1, -1, -1) if (v := shapes.verb(i)) and not v.reduced), None)
        whole = acting is not None and acting.base in {"have", "contain", "include"} and all(e.phrase.plural for e in entries)
        return self.draft.things.get(self.context.subjects[-1].key) if whole and self.context.subjects else None

    def _described(self, shapes: Shapes, at: int) -> str:
        """What a list behind a colon describes, when that is not the last phrase: the subject of a passive, or "a thing per" another."""
        place = next((i for i in range(at - 1, -1, -1) if (v := shapes.verb(i)) and not v.reduced), 0)
        acting = shapes.verb(place)
        if acting is not None and not acting.passive and shapes.mark(place + 1) == "prep" and self.context.subjects:
            return self.context.subjects[-1].key
        if acting is not None and not acting.passive and self.last is not None and self.last.phrase.start > acting.start:
            return self.last.phrase.key
        joint, before = shapes.sign(at - 2), shapes.phrase(at - 3)
        last = shapes.phrase(at - 1)
        each = joint is not None and (
            joint.low == "per" or (joint.low in {"for", "on", "of"} and last is not None and last.det in {"each", "every"})
        )
        if each and before is not None:
            return before.key
        passive = next((v.passive for i in range(at - 1, -1, -1) if (v := shapes.verb(i))), False)
        return self.context.subjects[-1].key if passive and self.context.subjects else ""

    def _statement(self, shapes: Shapes, at: int, line: Line) -> int:
        """One statement; returns the index behind it."""
        sign = shapes.sign(at)
        if sign is not None:
            return next((after for opening in self.openings() if (after := opening(shapes, at))), at + 1)
        if (verb := shapes.verb(at)) is not None:
            if at and verb.shape == "ing" and verb.base in verbs.GIVING and (after := self._stated_with(shapes, at + 1)):
                return after
            goes_on = at > 0 and (verb.base in {"have", "be"} or (verb.shape == "s" and not verb.modal)) and not self._standing_subjects()
            return self._actions(shapes, at, self.context.subjects if goes_on else self._standing_subjects())
        return self._from_phrase(shapes, at, line)

    def _from_phrase(self, shapes: Shapes, at: int, line: Line) -> int:
        relative = self._relative(shapes, at)
        if relative:
            return relative
        subjects, after = self._subjects(shapes, at)
        if subjects:
            self.meaning.possessed(subjects)
            self._describe(subjects, shapes)
            self._keep(subjects, shapes, at)
            return self._actions(shapes, after, [s.phrase for s in subjects])
        return self._fragment(shapes, at, line)

    def _subjects(self, shapes: Shapes, at: int) -> tuple[list[Entry], int]:
        """The list of phrases before a finite verb, or nothing when no verb follows."""
        found: list[Entry] = []
        here, joined = at, True
        shapes.lead = shapes.phrase(at)
        while shapes.phrase(here) and len(found) < 6:
            entry, after = shapes.entry(here)
            found.append(entry)
            if entry.parts and shapes.mark(after) == "comma" and shapes.verb(after + 1):
                after += 1
            verb = shapes.verb(after)
            if verb and not verb.reduced and verb.shape != "ing":
                _close(found)
                return (found, after) if joined else ([], at)
            here, joined = shapes.skip_separators(after)
            if here == after:
                break
        return [], at

    def _fragment(self, shapes: Shapes, at: int, line: Line) -> int:
        """A list without a verb: the app's title, things, or properties of the thing above."""
        named = shapes.phrase(at)
        app = named is not None and named.words[-1] in words.APP_NOUNS | words.MANAGEMENT and named.det in {"a", "an"} and verbless(shapes)
        if (self.first or app) and not self.draft.title and line.kind != "bullet" and self._is_title(shapes, at):
            return self._titled(shapes, at)
        if self.context.thing and line.kind == "bullet" and line.depth > self.context.depth:
            entries, after = shapes.entries(at)
            self.attributes.add(self.draft.things[self.context.thing], entries, shapes)
            return after
        if self.context.section == "roles":
            entries, after = shapes.entries(at)
            for entry in entries:
                self.draft.user(entry.phrase.key, entry.span)
            self.context.role, self.context.depth = entries[0].phrase.key, line.depth
            self.context.subjects = [entries[0].phrase]
            return after
        entries, after = shapes.entries(at)
        for entry in entries if self.first and line.kind != "bullet" and len(entries) == 1 else ():
            entry.tails = [(p, n) for p, n in entry.tails if n.plural or n.det not in {"a", "an", "our", "my", "the"}]
        for entry in entries:
            self.meaning.listed(entry, shapes, self.context.section == "entities" or line.kind == "bullet")
        if len(entries) == 1 and line.kind == "bullet" and entries[0].phrase.key in self.draft.things:
            self.context.thing, self.context.depth = entries[0].phrase.key, line.depth
            self.context.subjects = [entries[0].phrase]
        return after

    def _is_title(self, shapes: Shapes, at: int) -> bool:
        phrase = shapes.phrase(at)
        if phrase is None or shapes.mark(at + 1) == "open":
            return False
        if verbless(shapes) and not shapes.entry(at)[0].parts:
            return True
        parts = shapes.entry(at)[0].parts
        if line_ends(shapes, shapes.entry(at)[1]) and not parts:
            return True
        technical = bool(parts) and all(w in stackwords.ALL for p in parts for w in p.phrase.words)
        return not phrase.plural or phrase.words[-1] in words.APP_NOUNS or technical

    def _titled(self, shapes: Shapes, at: int) -> int:
        entry, after = shapes.entry(at)
        if verbless(shapes) and shapes.mark(after) == "conj":
            self._title(self.draft.text[entry.phrase.start : shapes.items[-2].end], (entry.phrase.start, shapes.items[-2].end))
            return len(shapes.items)
        whole = bool(entry.tails) and entry.tails[-1][1].words[-1] in words.APP_NOUNS
        self._title(self.draft.text[entry.phrase.start : entry.tails[-1][1].end if whole else entry.phrase.end], entry.span)
        self.app(entry, shapes)
        while after < len(shapes.items) and shapes.sign(after) and shapes.sign(after).low not in {":", "with", "where"}:  # type: ignore[union-attr]
            after += 1
        return after


def _close(found: list[Entry]) -> None:
    """ "Treatments with a product and a dose are added": the last subjects belong to the list behind "with"."""
    while len(found) > 1 and found[-2].parts and found[-1].phrase.det in {"a", "an"} and not found[-1].phrase.plural:
        if not found[-2].phrase.plural or found[-2].parts[-1].phrase.det not in {"a", "an"}:
            break
        found[-2].parts.append(found.pop())


def technical(tokens: list[Token]) -> bool:
    """True for a sentence of technology names and the words between them: "node + vue + mysql"."""
    known = stackwords.ALL | stackwords.AMBIGUOUS | stackwords.SPEAKING
    names = [t for t in tokens if t.shape == "word"]
    chosen = [t for t in names if t.low in stackwords.ALL | stackwords.AMBIGUOUS]
    return len(chosen) > 1 and all(t.low in known for t in names)


def verbless(shapes: Shapes) -> bool:
    """True for a sentence of singular phrases without a verb or a list: "Lost and found for a campus."."""
    if shapes.sign(len(shapes.items) - 1) is None:
        return False
    for index, item in enumerate(shapes.items):
        if shapes.verb(index) or shapes.mark(index) in {"comma", "colon", "open"} or (isinstance(item, NounPhrase) and item.plural):
            return False
    return True


def line_ends(shapes: Shapes, at: int) -> bool:
    """True when nothing but a full stop follows."""
    sign = shapes.sign(at)
    return at >= len(shapes.items) or (sign is not None and sign.low == "." and at + 1 >= len(shapes.items))
