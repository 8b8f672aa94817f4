"""Headings and labels: what stands before a colon or above a list says what the list is about."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.brief.attributes import Attributes, values
from shared.brief.cardinality import KINDS, kind_of
from shared.brief.draft import Draft, Link, Span, Thing
from shared.brief.lexicon import sections, stackwords, words
from shared.brief.meaning import Meaning
from shared.brief.phrases import NounPhrase, Sign, VerbGroup, chunk
from shared.brief.shapes import Entry, Shapes, field_text, split_group
from shared.brief.tagger import tag
from shared.brief.text import Line, Token
from shared.brief.words import is_person

_TOPICS = words.ABSTRACT | words.STATE_NAMES | {"lifecycle", "transition"}


@dataclass(slots=True)
class Context:
    """What the next line hangs on: the section it stands in, the thing or role named above it, and the depth of that bullet."""

    section: str = ""
    thing: str = ""
    role: str = ""
    depth: int = -1
    subjects: list[NounPhrase] = field(default_factory=list)


class Labels:
    """The part of the reader that keeps track of sections, and of the thing or role a list belongs to."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.attributes = Attributes(draft)
        self.meaning = Meaning(draft, self.attributes)
        self.context = Context()
        self.first = True
        self.last: Entry | None = None
        self.crowd: Entry | None = None
        self.judged: tuple[str, str] | None = None
        self.scope: Thing | None = None

    def cardinality(self, tokens: list[Token], before: int) -> None:
        """Take in a relation that a sentence names by its kind: "one-to-many", "n:m", "and vice versa"."""
        kind = kind_of(tokens)
        if kind is None:
            return
        if kind.twice:
            for link in self.draft.links[before:][-1:]:
                self.draft.link(Link(link.to, link.source, True, None, (tokens[0].start, tokens[-1].end)))
            return
        sides = (chunk(tag(list(side))) for side in (kind.left, kind.right))
        names = [i for side in sides for i in side if isinstance(i, NounPhrase) and i.head not in KINDS]
        if len(names) < 2:
            return
        first, second = names[:2] if not kind.turned else names[1::-1]
        for phrase in (first, second):
            self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
        span = tokens[0].start, tokens[-1].end
        self.draft.link(Link(first.key, second.key, kind.many, kind.both or None, span, exactly=not kind.many))

    def _heading(self, shapes: Shapes, line: Line) -> None:
        raw = self.draft.text[line.start : line.end].strip(" #*:=-_")
        section = sections.section_of(raw)
        phrase = next((i for i in shapes.items if isinstance(i, NounPhrase)), None)
        if section:
            self.context.section = section
        elif not self.draft.title and line.kind == "heading":
            self._title(raw.split(":")[0].split(" - ")[0], (line.start, line.end))
        elif phrase is not None and len(phrase.words) <= 3 and phrase.head not in _TOPICS:
            self._subject_of_section(phrase, (line.start, line.end))

    def _subject_of_section(self, phrase: NounPhrase, span: Span) -> None:
        if is_person(phrase.head) or phrase.key in self.draft.roles:
            self.context.role = phrase.key
            self.draft.user(phrase.key, span)
            return
        self.context.subjects = [phrase]
        if self.draft.thing(phrase.key, span, 1) is not None:
            self.context.thing = phrase.key

    def _title(self, raw: str, span: Span) -> None:
        self.draft.title, self.draft.title_span = raw, span

    def _label(self, shapes: Shapes, line: Line) -> int:
        """Read what stands before a colon near the start; returns the index behind it (0 when there is none)."""
        colon = next((i for i, item in enumerate(shapes.items[:10]) if isinstance(item, Sign) and item.low == ":"), -1)
        if any(shapes.mark(i) == "open" and shapes.items[i].match > colon for i in range(max(colon, 0))):  # type: ignore[union-attr]
            return 0
        dash = next((i for i, item in enumerate(shapes.items[:4]) if isinstance(item, Sign) and item.mark == "colon"), -1)
        colon = colon if colon >= 0 else (dash if line.kind == "bullet" else -1)
        if colon <= 0 or any(isinstance(i, VerbGroup) for i in shapes.items[:colon]) or shapes.mark(0) == "sub":
            return 0
        raw = self.draft.text[shapes.items[0].start : shapes.items[colon].start].strip(" *_`")
        section = sections.section_of(raw)
        if section:
            return self._section(shapes, section, colon, line)
        phrase = shapes.phrase(0)
        if phrase is None:
            return 0
        return self._named(shapes, phrase, colon, line)

    def _section(self, shapes: Shapes, section: str, colon: int, line: Line) -> int:
        said = section == "roles" and any(shapes.verb(i) for i in range(colon + 1, len(shapes.items)))
        if not said and (colon + 1 >= len(shapes.items) or line.kind == "plain"):
            self.context.section = section
        if section == "roles" and not said:
            self._roles(shapes, colon + 1)
            return len(shapes.items)
        if section in {"stack", "quality", "excluded", "notes"}:
            return len(shapes.items)
        return colon + 1

    def _roles(self, shapes: Shapes, at: int) -> None:
        for entry in shapes.entries(at)[0]:
            self.draft.user(entry.phrase.key, entry.span)

    def _named(self, shapes: Shapes, phrase: NounPhrase, colon: int, line: Line) -> int:
        """A label that names a thing, a role, an enumeration or the app itself."""
        rest = shapes.items[colon + 1 :]
        span = phrase.start, phrase.end
        if phrase.key in words.ENUM_NAMES and self.context.thing:
            return self._enumeration(shapes, phrase, colon)
        front = " ".join(phrase.words[:-1])
        if phrase.head in words.ENUM_NAMES and self.draft.stored(front) and (thing := self.draft.thing(front, span, 1)):
            return self._enumeration(shapes, phrase, colon, thing)
        listed = shapes.entries(colon + 1)[0]
        many = sum(e.phrase.plural or bool(e.group or e.parts) for e in listed)
        verbal = any(
            isinstance(item, VerbGroup) and not item.reduced and not (index and shapes.mark(colon + index) in {"comma", "conj"})
            for index, item in enumerate(rest)
        )
        app = phrase.words[-1] in words.APP_NOUNS | words.MANAGEMENT or bool(set(phrase.words) & words.APP_NOUNS)
        if self.first and line.kind != "bullet" and (app or verbal or many * 2 > len(listed)):
            self._title(
                self.draft.text[shapes.items[0].start : shapes.items[colon - 1].end], (shapes.items[0].start, shapes.items[colon].end)
            )
            return colon + 1
        verb_first = bool(rest) and isinstance(rest[0], VerbGroup)
        if verb_first or (is_person(phrase.head) and verbal and len(listed) < 2) or self.context.section == "roles":
            self.draft.user(phrase.key, span)
            self.context.role, self.context.depth = phrase.key, line.depth
            self.context.subjects = [phrase]
            return colon + 1 if verb_first else len(shapes.items)
        if self.context.thing and line.kind == "bullet" and line.depth > self.context.depth and not phrase.plural:
            return self._property(shapes, phrase, colon)
        if verbal and not listed:
            return colon + 1
        return self._definition(shapes, phrase, colon, line)

    def _definition(self, shapes: Shapes, phrase: NounPhrase, colon: int, line: Line) -> int:
        listed = shapes.entries(colon + 1)[0]
        software = bool(listed) and all(set(e.phrase.words) <= stackwords.ALL | words.ABSTRACT for e in listed) and len(phrase.words) > 1
        known = phrase.head in words.ABSTRACT or software
        thing = None if known else self.draft.thing(phrase.key, (phrase.start, phrase.end), 1)
        if thing is None:
            return colon + 1
        self.context.thing, self.context.depth = thing.key, line.depth if line.kind == "bullet" else -1
        self.context.role = ""
        self.context.subjects = [phrase]
        entries, after = shapes.entries(colon + 1)
        self.attributes.add(thing, entries, shapes)
        return after

    def _property(self, shapes: Shapes, phrase: NounPhrase, colon: int) -> int:
        thing = self.draft.things[self.context.thing]
        found = self.attributes.field(thing, Entry(phrase, shapes.items[-1].end, text=field_text(phrase)), shapes)
        if found:
            rest = split_group(shapes.items, colon + 1, len(shapes.items))
            hints = self.draft.text[shapes.items[colon].end : shapes.items[-1].end].lower().strip(" .,;")
            found.hints = (*found.hints, *hints.split()[:6])
            if len(rest) > 1 and phrase.key.split()[-1] in words.ENUM_NAMES:
                found.enum = values(self.draft.text, rest)
        return len(shapes.items)

    def _enumeration(self, shapes: Shapes, phrase: NounPhrase, colon: int, owner: Thing | None = None) -> int:
        thing = owner or self.draft.things.get(self.context.thing)
        listed = values(self.draft.text, split_group(shapes.items, colon + 1, len(shapes.items)))
        if thing and len(listed) > 1:
            self.meaning.enumerate(thing, phrase.head if owner else phrase.key, listed, (phrase.start, shapes.items[-1].end))
        return len(shapes.items)
