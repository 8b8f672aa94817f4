"""A list item becomes a property of a thing, or the name of another thing it is related to."""

from __future__ import annotations

import re

from shared.brief.draft import MAX_FIELDS, MAX_VALUES, Draft, FieldDraft, Link, Span, Thing
from shared.brief.lexicon import fieldtypes, words
from shared.brief.lexicon.bag import bag
from shared.brief.phrases import Item, NounPhrase, Sign, rematch
from shared.brief.shapes import Entry, Shapes, field_text, split_group

_REMARKS = bag("""required optional unique mandatory nullable indexed searchable primary foreign key pk fk auto generated default""")
# Types that are as often part of a property's name ("start date", "cover image").
_NAMING_TYPES = frozenset({"date", "time", "number", "email", "phone", "url", "text", "file", "image", "currency", "money", "json"})
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\s*(?:-|–|to|\.\.|and)\s*(-?\d+(?:\.\d+)?)")
# Kinds of thing whose members may be listed in parentheses, unless a property is among them.
_CLASSES = bag("group category class kind type genre section department")
_NAMED = frozenset(fieldtypes.ENDINGS) | {"name", "title", "code", "number", "label", "color", "colour", "id", "address"}
_IDENTIFYING = frozenset({"name", "title", "number", "email", "plate", "code", "label", "model"})
_REMARKED = fieldtypes.PLURAL_TEXT | fieldtypes.PLURAL_COUNT
_LIMITED = re.compile(r"(?:at most|up to|not? more than|a maximum of|a single|(?:a|the) sole)\b", re.IGNORECASE)


class Attributes:
    """Adds list items to things of the draft."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def add(self, thing: Thing, entries: list[Entry], shapes: Shapes, contained: bool = False) -> None:
        """Add every item of a list to `thing`. `contained` tells that the list stands behind a verb such as "contain"."""
        referred = [e for e in entries if self._is_reference(e, shapes, len(entries) > 1)]
        for entry in referred:
            self._reference(thing, entry, shapes)
        entries = [e for e in entries if e not in referred]
        for entry in entries:
            self._pointer(thing, entry)
        entries = [e for e in entries if not self._points(e)]
        explicit = any(e.phrase.many for e in entries)
        alone = all(self._plain_plural(e) for e in entries)
        for entry in entries:
            if self._is_child(entry, explicit, alone or contained):
                self._child(thing, entry, shapes)
                if self._doubtful(entry, entries):
                    self.draft.doubts.setdefault(
                        entry.phrase.key, (thing.key, " ".join(entry.phrase.full or entry.phrase.words), entry.span)
                    )
            else:
                self.field(thing, entry, shapes)

    def _is_reference(self, entry: Entry, shapes: Shapes, beside: bool) -> bool:
        """ "one sponsor" among properties, "a borrower (name, address)": another thing that this one refers to."""
        phrase = entry.phrase
        if phrase.plural or phrase.head in words.ENUM_NAMES:
            return False
        if entry.group and phrase.words[-1] not in fieldtypes.ENDINGS:
            listed = [v.lower().split()[-1] for v in values(self.draft.text, split_group(shapes.items, *entry.group)) if v.split()]
            return len(listed) > 1 and sum(w in _NAMED for w in listed) * 2 >= len(listed) and bool(_IDENTIFYING & set(listed))
        return beside and phrase.det == "one"

    def _plain_plural(self, entry: Entry) -> bool:
        return entry.phrase.plural and entry.unit == ""

    def _is_child(self, entry: Entry, explicit: bool, alone: bool) -> bool:
        """A plural is another thing, unless it is a count or a text by name, or stands beside one that says "many" itself."""
        phrase = entry.phrase
        if entry.parts and not entry.unit:
            return True
        counted = phrase.many and phrase.det not in {"different", "various", "some", "few"}
        if phrase.head in fieldtypes.MEASURES and not counted and not self.draft.stored(phrase.key):
            return False
        unit = phrase.head in words.TIME_UNITS and not (len(phrase.words) > 1 and entry.group)
        if (phrase.full or phrase.words)[0] in fieldtypes.COUNTING or unit:
            return False
        if phrase.det in words.MANY and phrase.head not in words.ABSTRACT:
            return True
        if phrase.plural and entry.group and entry.group[1] - entry.group[0] > 2 and phrase.words[-1] not in words.ENUM_NAMES:
            return True
        told = phrase.plural and (self.draft.prior.get(phrase.key, False) or phrase.key in self.draft.wholes or phrase.many)
        if entry.unit or (not told and (phrase.head in fieldtypes.FILE_WORDS or phrase.words[-1] in _REMARKED)):
            return False
        if phrase.many or phrase.det in {"one", "exactly"} or (phrase.head in words.ABSTRACT and not phrase.many):
            return phrase.head not in words.ABSTRACT
        if not phrase.plural or " of " in entry.text:
            return False
        return alone or not explicit

    def _doubtful(self, entry: Entry, entries: list[Entry]) -> bool:
        """A bare plural among singular properties ("litres, amount, date") is a thing only if the brief speaks of it again."""
        plain = sum(not e.phrase.plural for e in entries)
        bare = not (entry.parts or entry.group or entry.tails or entry.phrase.many or entry.phrase.det)
        return bare and plain > 1 and plain * 2 >= len(entries)

    def _points(self, entry: Entry) -> bool:
        return entry.phrase.head in {"reference", "pointer", "link"} and bool(entry.tails) and entry.tails[0][0] == "to"

    def _pointer(self, thing: Thing, entry: Entry) -> None:
        """ "a reference to a dock"."""
        if self._points(entry):
            phrase = entry.tails[0][1]
            self.draft.thing(phrase.key, (phrase.start, phrase.end), int(phrase.plural or bool(phrase.det)))
            self.draft.link(Link(phrase.key, thing.key, True, None, entry.span))

    def _reference(self, thing: Thing, entry: Entry, shapes: Shapes) -> None:
        """ "a slot has a position, a price and one sponsor": among properties, one of something is a reference to it."""
        other = self.draft.thing(entry.phrase.key, entry.span, 1)
        if other is not None:
            other.person = other.person or self.draft.is_person(entry.phrase)
            self.draft.link(Link(other.key, thing.key, True, None, entry.span))
            self.details(other, entry, shapes)

    def _child(self, thing: Thing, entry: Entry, shapes: Shapes) -> None:
        phrase = entry.phrase
        child = self.draft.thing(phrase.key, entry.span, 1)
        if child is None:
            return
        child.person = child.person or self.draft.is_person(phrase)
        many = phrase.plural or phrase.many
        one = None if any(p == "per" for p, _ in entry.tails) else one_of(self.draft.text, thing.key, phrase, entry.span)
        many = many or any(p == "per" for p, _ in entry.tails)
        self.draft.link(one or Link(thing.key, child.key, many, None, entry.span))
        self.details(child, entry, shapes)

    def details(self, thing: Thing, entry: Entry, shapes: Shapes) -> None:
        """Add what stands in the item's parentheses and behind its `with` to the thing it names."""
        if entry.group:
            self.group(thing, shapes.items, *entry.group)
        if entry.parts:
            self.add(thing, entry.parts, shapes)

    def group(self, thing: Thing, items: list[Item], start: int, end: int) -> None:
        """Add the parenthesised list `items[start:end]` to a thing."""
        inner = Shapes(items)
        end = self._enumerated(thing, items, start, end)
        if start >= end:
            return
        kinds = values(self.draft.text, split_group(items, start, end))
        other = kinds[-1:] and kinds[-1].lower() in {"other", "others", "something else"}
        named = thing.key.split()[-1] in _CLASSES and not any(k.lower().split()[-1] in _NAMED for k in kinds if k.split())
        if len(kinds) > 2 and (other or named):
            name = "type" if other else "name"
            found = thing.fields.setdefault(name, FieldDraft(name, (items[start].start, items[end - 1].end)))
            found.enum = kinds
            self.draft.note(found.span, "entities", thing.key, "fields", "type")
            return
        if start < end and isinstance(items[start], NounPhrase):
            listed, after = inner.entries(start)
            if after >= end:
                self.add(thing, listed, inner)
                return
        for part in map(rematch, split_group(items, start, end)):
            phrase = next((i for i in part if isinstance(i, NounPhrase)), None)
            if phrase is not None:
                entry, _ = Shapes(part).entry(part.index(phrase))
                self.field(thing, entry, Shapes(part))

    def _enumerated(self, thing: Thing, items: list[Item], start: int, end: int) -> int:
        """ "(name, voice: soprano, alto, bass)": takes in the values behind the one colon; index behind what is left of the list."""
        colons = [i for i in range(start + 1, end) if isinstance(items[i], Sign) and items[i].low == ":"]  # type: ignore[union-attr]
        phrase = items[colons[0] - 1] if len(colons) == 1 else None
        if not isinstance(phrase, NounPhrase) or phrase.plural or phrase.head in words.ENUM_NAMES:
            return end
        listed = values(self.draft.text, split_group(items, colons[0] + 1, end))
        if len(listed) < 2 or any(set(v.lower().split()) & (_REMARKS | set(fieldtypes.TYPE_WORDS)) or len(v.split()) > 3 for v in listed):
            return end
        found = self.field(thing, Entry(phrase, items[end - 1].end, text=field_text(phrase)), Shapes(items))
        if found is not None:
            found.enum = listed
        before = colons[0] - 1
        while before > start and isinstance(items[before - 1], Sign):
            before -= 1
        return before

    def field(self, thing: Thing, entry: Entry, shapes: Shapes) -> FieldDraft | None:
        """Add the item to the thing as a property; None when it names none or the thing is full."""
        words_of = entry.text.split()
        hints: tuple[str, ...] = ()
        if len(words_of) > 2 and words_of[-2] in {"on", "at"} and words_of[-1] in {"date", "time", "timestamp", "datetime"}:
            words_of = words_of[:-1]
        if len(words_of) > 1 and words_of[-1] in fieldtypes.TYPE_WORDS and words_of[-1] not in _NAMING_TYPES:
            hints, words_of = (words_of[-1],), words_of[:-1]
        name = " ".join(words_of)
        if name in {"id", "uuid", "primary key"} or not name:
            self.draft.note(entry.span, "entities", thing.key)
            return None
        if len(thing.fields) >= MAX_FIELDS and name not in thing.fields:
            self.draft.overflow(entry.span, f"properties of one thing ({thing.key})", MAX_FIELDS)
            return None
        found = thing.fields.setdefault(name, FieldDraft(name, entry.span))
        found.det, found.plural, found.unit = entry.phrase.det or found.det, entry.phrase.plural, entry.unit or found.unit
        found.hints = found.hints + hints
        if "optional" in entry.phrase.adjectives:
            found.required = False
        found.unique = found.unique or "unique" in entry.phrase.adjectives
        if entry.bounds != (None, None):
            found.bounds = entry.bounds
        if entry.group:
            self._remark(found, shapes.items, *entry.group)
        self.draft.note(entry.span, "entities", thing.key, "fields", name)
        return found

    def _remark(self, found: FieldDraft, items: list[Item], start: int, end: int) -> None:
        parts = split_group(items, start, end)
        raw = self.draft.text[items[start].start : items[end - 1].end] if start < end else ""
        bounds = _RANGE.fullmatch(raw[:40].strip())
        if bounds:
            found.bounds = float(bounds[1]), float(bounds[2])
            return
        lows = [self.draft.text[p[0].start : p[-1].end].lower() for p in parts]
        known = [low for low in lows if set(low.split()) & (_REMARKS | set(fieldtypes.TYPE_WORDS))]
        if known and len(known) * 2 >= len(lows):
            found.hints = found.hints + tuple(w for low in known for w in low.split())
            found.required = False if "optional" in found.hints or "nullable" in found.hints else found.required
            found.unique = found.unique or "unique" in found.hints
        elif len(parts) == 1 and found.text.split()[-1] not in words.ENUM_NAMES:
            found.unit = lows[0] if lows[0] in words.UNITS else found.unit
        else:
            found.enum = values(self.draft.text, parts)


def one_of(text: str, owner: str, phrase: NounPhrase, span: Span) -> Link | None:
    """ "each boat has exactly one skipper" refers to one, "at most one skipper" keeps it for itself; None when no single one is meant."""
    if phrase.det not in {"one", "exactly"}:
        return None
    limited = _LIMITED.match(text, phrase.start) is not None
    return Link(owner, phrase.key, False, None, span, exactly=limited, single=not limited)


def values(text: str, parts: list[list[Item]]) -> list[str]:
    """The values of an enumeration as written, without repetition."""
    found = []
    for part in parts[:MAX_VALUES]:
        kept = [
            i
            for i in part
            if not (
                isinstance(i, Sign) and i.mark in {"other", "prep"} and i.low in {"e.g", "i.e", "like", "etc", ".", "...", "…", "'", '"'}
            )
        ]
        if not kept:
            continue
        value = text[kept[0].start : kept[-1].end].strip(" .'\"`*")
        value = re.sub(r"^(?:(?:either|a|an|the|and|or|then)\s+)+", "", value, flags=re.IGNORECASE)
        if value and len(value) <= 40 and value.lower() != "etc":
            found.append(value)
    return list(dict.fromkeys(found))
