"""Around the verb: what is said of a subject, and the objects a verb has."""

from __future__ import annotations

import re

from shared.brief.attributes import values
from shared.brief.draft import Span
from shared.brief.labels import Labels
from shared.brief.lexicon import verbs, words
from shared.brief.phrases import Item, NounPhrase, Sign, VerbGroup
from shared.brief.shapes import Entry, Shapes, field_text, split_group
from shared.brief.ties import describes
from shared.brief.words import verb

_BARE = re.compile(r"^(?:the\s+)?(?:stages|states|phases|steps|statuses)\s*:?\s*(?=\w)", re.IGNORECASE)
# "waiting for parts" is a state, "for two" is none.
_WAITING = re.compile(r"^\w+ing for\b")
_ASKING = frozenset({"which", "what", "whose", "when", "who"})
_PROGRESS = frozenset({"move", "go", "pass", "progress", "transition", "flow", "change", "advance", "run", "step"})


class Predicates(Labels):
    """The part of the reader that takes verbs, their objects and enumerated predicates apart."""

    def _progression(self, shapes: Shapes, at: int, subjects: list[NounPhrase]) -> int:
        """ "requests move from draft to submitted to approved": index behind the states, or 0."""
        moved = shapes.phrase(at + 1) if shapes.low(at + 2) == "from" else None
        verb, sign = shapes.verb(at), shapes.sign(at + 2 if moved else at + 1)
        if verb is None or verb.base not in _PROGRESS or sign is None or sign.low not in {"from", "through"} or not subjects:
            return 0
        begin = at + (3 if moved else 2)
        end = self._predicate_end(shapes, begin)
        parts: list[list[Item]] = [[]]
        for item in shapes.items[begin:end]:
            if isinstance(item, Sign) and (
                item.mark in {"comma", "conj", "arrow"} or item.low in {"to", "then", "via", "into", "finally", "through", "over", "past"}
            ):
                parts.append([])
            else:
                parts[-1].append(item)
        parts = [p[1:] if isinstance(p[0], NounPhrase) and p[0].head in words.STATE_NAMES | {"step"} else p for p in parts if p]
        listed = [_BARE.sub("", v) for v in values(self.draft.text, [p for p in parts if p])]
        told = any(p[0].det in {"a", "an"} for p in parts if p and isinstance(p[0], NounPhrase))
        if len(listed) < 2 or told or not all(len(v.split()) <= 3 for v in listed):
            return 0
        if moved is not None and not all(_is_condition(v) for v in listed[1:]):
            return 0
        key, span = (moved or subjects[-1]).key, (subjects[-1].start, shapes.items[end - 1].end)
        for subject in subjects if moved is not None else ():
            self.draft.permit(subject.key, key, ("read", "update"), span)
        self._stated(moved or subjects[-1], listed, span)
        for thing in filter(None, [self.draft.things.get(key)]):
            thing.flows = True
        return end

    def _predicate(self, shapes: Shapes, at: int, subjects: list[NounPhrase]) -> int:
        """ "a case is New, In Review or Closed", "its status can be open or closed": index behind the values, or 0."""
        verb = shapes.verb(at)
        if verb is None or verb.base != "be" or verb.negated or not subjects:
            return 0
        end = self._predicate_end(shapes, at + 1)
        listed = values(self.draft.text, split_group(shapes.items, at + 1, end))
        raw = self.draft.text[shapes.items[at].end : shapes.items[end - 1].end].lower() if end > at + 1 else ""
        named = subjects[-1].key.split()[-1] in words.ENUM_NAMES
        capital = sum(v[:1].isupper() for v in listed) * 2 > len(listed)
        told = " ".join(_WAITING.sub("", v.lower()) for v in listed).split()
        first = [] if all(_is_condition(v) for v in listed[1:]) else raw.split()[:1]
        clause = {"a", "an", "the", "by", "for"} & {*told, *first}
        plain = not clause and all(len(v.split()) <= 3 for v in listed)
        if len(listed) < 2 or not plain or not (" or " in raw or named or capital or "->" in raw or "→" in raw):
            return 0
        self._stated(subjects[-1], listed, (subjects[-1].start, shapes.items[end - 1].end))
        return end

    def _predicate_end(self, shapes: Shapes, at: int) -> int:
        while at < len(shapes.items):
            sign = shapes.sign(at)
            stops = sign is not None and (sign.low in {".", ";", "!"} or sign.mark in {"sub", "pron"})
            following, _ = shapes.skip_separators(at)
            only = shapes.sign(following)
            following += following > at and only is not None and only.low in {"only", "then", "just"}
            verb = shapes.verb(following) if following > at else None
            stops = stops or (verb is not None and (verb.shape in {"s", "base"} or verb.modal) and not verb.reduced)
            inner = shapes.verb(at)
            stops = stops or (inner is not None and inner.base in _PROGRESS | {"be", "have"})
            if stops or (following > at and shapes.phrase(following) and shapes.finite_follows(following)):
                break
            at += 1
        return at

    def _stated(self, subject: NounPhrase, listed: list[str], span: Span) -> None:
        """Give an enumeration to the thing it is of: "loan status", "its status", "a loan"."""
        head = subject.key.split()[-1]
        if head not in words.ENUM_NAMES:
            thing = self.draft.thing(subject.key, span, 1)
            name = "status"
        else:
            owner = subject.owner or " ".join(subject.words[:-1])
            spoken = next((s.key for s in self.context.subjects if s.key in self.draft.things and s.key != subject.key), "")
            key = owner if owner in self.draft.things else self.context.thing or spoken or self._latest()
            thing, name = self.draft.things.get(key), head if owner in self.draft.things else subject.key
        if thing is not None:
            self.meaning.enumerate(thing, name, listed, span)

    def _latest(self) -> str:
        return next((key for key in reversed(self.draft.things) if self.draft.things[key].weight), "")

    def _chain(self, shapes: Shapes, at: int) -> tuple[list[VerbGroup], int]:
        chain: list[VerbGroup] = []
        while (verb := shapes.verb(at)) is not None:
            chain.append(verb)
            at += 1
            if shapes.sign(at) and shapes.sign(at).low == "to" and shapes.verb(at + 1):  # type: ignore[union-attr]
                chain = [] if verb.base in verbs.STATIVE | {"need", "want", "ask", "try", "log"} else chain
                at += 1
                continue
            following, _ = shapes.skip_separators(at)
            if following == at or shapes.verb(following) is None:
                break
            at = following
        return chain, at

    def _objects(self, shapes: Shapes, at: int, chain: list[VerbGroup]) -> tuple[list[Entry], int]:
        if chain and chain[-1].passive and shapes.phrase(at) and shapes.finite_follows(at):
            return [], at
        if shapes.mark(at) == "colon" and chain and chain[-1].base in verbs.STRUCTURE and shapes.phrase(at + 1):
            at += 1
        sign = shapes.sign(at)
        if shapes.low(at) == "what" and shapes.verb(at + 1):
            return [], at + 2
        if chain and chain[-1].base in verbs.NOTING and (asked := self._questions(shapes, at))[0]:
            return asked
        if sign is not None and sign.low == "all" and shapes.phrase(at + 1) is None:
            everything = NounPhrase(sign.start, sign.end, ["everything"], ["everything"], "all")
            return [Entry(everything, sign.end, text="everything")], at + 1
        if sign is not None and sign.low in {"only", "just", "also"} and shapes.phrase(at + 1):
            return shapes.entries(at + 1)
        if sign is not None and sign.mark == "pron":
            if chain and shapes.low(at + 1) in verbs.PARTICLES and not chain[-1].particle:
                chain[-1].particle = shapes.low(at + 1)
            spoken = self._spoken(sign.low)
            return ([spoken] if spoken else []), at + 1
        phrase = shapes.phrase(at)
        if phrase is None:
            return [], at
        if phrase.det in {"each", "every"} and phrase.head in words.TIME_UNITS | {"night", "morning", "evening", "time"}:
            return [], at + 1
        return shapes.entries(at)

    def _spoken(self, pronoun: str) -> Entry | None:
        """What "it" or "them" points at: the latest thing, or the latest in the plural."""
        if pronoun not in {"them", "it"} or self.last is None:
            return None
        return self.crowd if pronoun == "them" and not self.last.phrase.plural and self.crowd is not None else self.last

    def _questions(self, shapes: Shapes, at: int) -> tuple[list[Entry], int]:
        """ "records which member took which tool, when it was taken and a fee": what is asked for is referred to, or is a property."""
        found: list[Entry] = []
        here, behind = at, at
        if shapes.low(at) not in {"which", "whose"}:
            return [], at
        while (sign := shapes.sign(here)) is not None and sign.low in _ASKING:
            phrase, verb = shapes.phrase(here + 1), shapes.verb(here + 2) or shapes.verb(here + 1)
            if sign.low in {"which", "what", "whose"} and phrase is not None:
                phrase.det = "one"
                found.append(Entry(phrase, phrase.end, text=field_text(phrase)))
            elif sign.low in {"when", "who"} and verb is not None and verb.passive == (sign.low == "when"):
                names = [self.draft.text[verb.start : verb.end].lower().split()[-1], "at" if sign.low == "when" else "by"]
                found.append(Entry(NounPhrase(sign.start, verb.end, names, names, "the", full=names), verb.end, text=" ".join(names)))
            here += 1 + (phrase is not None or shapes.mark(here + 1) == "pron")
            here += shapes.verb(here) is not None
            behind = here
            here, _ = shapes.skip_separators(here)
        if found and shapes.phrase(here) is not None and not shapes.finite_follows(here):
            rest, behind = shapes.entries(here)
            found += rest
        return found, behind

    def _preposition(self, shapes: Shapes, at: int, more: bool) -> Sign | None:
        """The preposition at `at`, or behind the "and" there: "belongs to a boat and to a skipper"."""
        described = shapes.mark(at) == "comma" and shapes.low(at + 1) in {"with", "including"}
        if more and shapes.mark(at) in {"conj", "comma"} and not described and not shapes.finite_follows(at + 2):
            at += 1
        sign = shapes.sign(at)
        return sign if sign is not None and sign.mark == "prep" and shapes.phrase(at + 1) else None

    def _tails(self, shapes: Shapes, at: int, chain: list[VerbGroup]) -> tuple[list[tuple[str, list[Entry]]], int]:
        """Prepositional objects behind the direct ones: "for trips", "to clerks"."""
        found: list[tuple[str, list[Entry]]] = []
        pronoun = shapes.sign(at + 1)
        if shapes.mark(at) == "prep" and pronoun is not None and pronoun.low in {"them", "it"} and self.last:
            return [(shapes.items[at].low, [self.last])], at + 2  # type: ignore[union-attr]
        while (sign := self._preposition(shapes, at, bool(found))) is not None:
            at += shapes.items[at] is not sign
            whole = bool(chain) and ((chain[-1].passive and describes(chain[-1], sign.low)) or chain[-1].base == "consist")
            entries, after = shapes.entries(at + 1, nested=not whole, tight=not whole)
            if after <= at:
                break
            found.append((sign.low, entries))
            at = after
        return found, at


def _is_condition(value: str) -> bool:
    """True for "open" and "designed", which say in which state something is and where nothing is."""
    last = value.lower().split()[-1]
    form = verb(last)
    return last in words.ADJECTIVES or last.endswith("ed") or (form is not None and form.shape == "ed")
