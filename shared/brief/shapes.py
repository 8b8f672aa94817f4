"""Lists as people write them: `a, b and c`, each item with its own parentheses, `with ...`, units and prepositions."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest

from shared.brief.draft import Span
from shared.brief.lexicon import words
from shared.brief.lexicon.bag import bag
from shared.brief.phrases import Item, NounPhrase, Sign, VerbGroup, rematch

MAX_DEPTH = 6
_WITH = frozenset({"with", "having", "containing", "including"})
_RELATIVES = frozenset({"that", "which", "where", "when", "who", "whom"})
_MANNER = bag(
    "order way manner form format advance detail turn person addition question fashion total principle practice parallel sequence"
)
_MASS = bag("stock hand file store night person day week month year piece unit item head tonne")
_RATES = bag("price rate cost fee charge wage salary fare rent pay")
_ABOUT = frozenset({"for", "of", "on", "about", "in", "from", "at"})
# The first words of properties that come in pairs: "start and end date".
_PAIRED = bag("""first last middle given family opening closing start end begin arrival departure planned actual scheduled expected
    billing shipping minimum maximum min max gross net expiry due pickup return old new valid""")
_ASIDES = bag("optionally also additionally possibly perhaps maybe sometimes then finally ideally usually either together both as well")
_MAYBE = frozenset({"optionally", "possibly", "perhaps", "maybe", "sometimes"})
_MERGE_OF = bag(
    """date number time place name type amount kind year day month country city level rate cause reason point length unit title size
    code"""
)


@dataclass(slots=True)
class Entry:
    """One item of a list. `group` is the index range of its parentheses, `parts` its `with` list, `tails` its other prepositions.

    `inner` is the whole item behind "made of", `beside` are doers with parentheses of their own.
    """

    phrase: NounPhrase
    end: int
    group: tuple[int, int] | None = None
    parts: list[Entry] = field(default_factory=list)
    tails: list[tuple[str, NounPhrase]] = field(default_factory=list)
    unit: str = ""
    text: str = ""
    bounds: tuple[float | None, float | None] = (None, None)
    inner: Entry | None = None
    beside: list[Entry] = field(default_factory=list)

    @property
    def span(self) -> Span:
        return self.phrase.start, self.end


class Shapes:
    """Reads lists out of the phrases of one sentence. Every method returns the index behind what it read."""

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.lead: NounPhrase | None = None

    def sign(self, at: int) -> Sign | None:
        item = self.items[at] if at < len(self.items) else None
        return item if isinstance(item, Sign) else None

    def low(self, at: int) -> str:
        """The word or mark at `at` when it is a function word or a mark; empty for a phrase or a verb."""
        sign = self.sign(at)
        return sign.low if sign else ""

    def mark(self, at: int) -> str:
        sign = self.sign(at)
        return sign.mark if sign else ""

    def phrase(self, at: int) -> NounPhrase | None:
        item = self.items[at] if at < len(self.items) else None
        return item if isinstance(item, NounPhrase) else None

    def verb(self, at: int) -> VerbGroup | None:
        item = self.items[at] if at < len(self.items) else None
        return item if isinstance(item, VerbGroup) else None

    def skip_separators(self, at: int) -> tuple[int, bool]:
        """Behind any commas and conjunctions at `at`, and whether a conjunction was among them."""
        joined, start = False, at
        while self.mark(at) in {"comma", "conj"} or (at > start and self._aside(at)):
            joined = joined or self.mark(at) == "conj"
            at += 1
        return at, joined

    def _aside(self, at: int) -> bool:
        """True for an adverb between the items of a list: "a name and, optionally, a date"."""
        sign = self.sign(at)
        return sign is not None and sign.low in _ASIDES

    def finite_follows(self, at: int) -> bool:
        """True when the phrase at `at` is the subject of a verb: a new clause begins with it."""
        entry_end = at + 1
        if self.mark(entry_end) == "open":
            match = self.sign(entry_end).match  # type: ignore[union-attr]
            entry_end = match + 1 if match > 0 else entry_end
        for _ in range(3):
            if self.mark(entry_end) != "prep" or self.phrase(entry_end + 1) is None:
                break
            entry_end += 2
        verb = self.verb(entry_end)
        return verb is not None and not verb.reduced and verb.shape != "ing"

    def subject_list(self, at: int) -> bool:
        """True when the list of bare phrases at `at` ends in a verb: "receptionists and vets record visits"."""
        for _ in range(6):
            if self.phrase(at) is None:
                return False
            if self.finite_follows(at):
                return True
            det = self.phrase(at).det  # type: ignore[union-attr]
            described = not det and self.low(at + 1) in _WITH and self.phrase(at + 2) is not None
            at, joined = self.skip_separators(at + 3 if described else at + 1)
            beside = self.phrase(at)
            if det in {"a", "an"} and beside is not None and beside.det not in {"a", "an", ""}:
                return False
            if not joined or self.mark(at - 2) == "comma":
                return False
        return False

    def entries(self, at: int, nested: bool = False, depth: int = 0, tight: bool = False) -> tuple[list[Entry], int]:
        """The list that starts at `at`. A nested one ends after the item behind its `and`, and before an item with a list of its own."""
        found: list[Entry] = []
        closed = False
        while self.phrase(at) is not None:
            timed = self.phrase(at).head in words.TIME_UNITS  # type: ignore[union-attr]
            if nested and found and not timed and (self._has_own_list(at) or (tight and self.mark(at + 1) == "open")):
                break
            entry, after = self.entry(at, depth)
            if any(sign.low in _MAYBE for sign in map(self.sign, range(max(0, at - 2), at)) if sign):
                entry.phrase.adjectives.append("optional")
            found.append(entry)
            self._share_head(found)
            following, joined = self.skip_separators(after)
            if following == after or self.phrase(following) is None or (nested and closed) or self.subject_list(following):
                return found, after
            if tight and self.low(following + 1) == "who" and self.verb(following + 2):
                return found, after
            closed = closed or joined
            at = following
        return found, (self._before_separators(at) if found else at)

    def _share_head(self, found: list[Entry]) -> None:
        """ "a first and last name", "an opening and a closing date": the first of two items has the last one's noun as well."""
        first, second = found[-2:] if len(found) > 1 else (found[-1], found[-1])
        names = second.phrase.full or second.phrase.words
        alone = not (first.parts or first.group or first.tails) and len(first.phrase.full or first.phrase.words) == 1
        if first is second or not alone or len(names) != 2 or {first.phrase.words[0], names[0]} - _PAIRED or names[1] in _PAIRED:
            return
        both = [first.phrase.words[0], second.phrase.words[-1]]
        first.phrase.words, first.phrase.raw, first.phrase.full, first.text = (
            both,
            list(both),
            list(both),
            " ".join([both[0], *second.text.split()[1:]]),
        )

    def _has_own_list(self, at: int) -> bool:
        """True when the item has its own `with` list, so it belongs to the outer list."""
        sign = self.sign(at + 1)
        if sign and sign.mark == "open" and sign.match > 0:
            sign = self.sign(sign.match + 1)
        return sign is not None and sign.mark == "prep" and sign.low in _WITH

    def _before_separators(self, at: int) -> int:
        while at > 0 and self.mark(at - 1) in {"comma", "conj"}:
            at -= 1
        return at

    def entry(self, at: int, depth: int = 0) -> tuple[Entry, int]:
        """One phrase with everything that hangs on it."""
        phrase = self.phrase(at)
        if phrase is None:
            raise ValueError("an entry begins with a noun phrase")
        entry = Entry(phrase, phrase.end, text=field_text(phrase))
        at += 1
        while at < len(self.items):
            after = self._attachment(entry, at, depth)
            if after == at:
                break
            entry.end = max(entry.end, self.items[after - 1].end)
            at = after
        return entry, at

    def _attachment(self, entry: Entry, at: int, depth: int) -> int:
        sign = self.sign(at)
        if sign is not None and (after := self._clause(at) or self._examples(at)):
            return after
        if sign is None:
            verb = self.verb(at)
            if entry.phrase.head in words.ENUM_NAMES and entry.group is None and (end := self._slashes(at)):
                entry.group = (at, end)
                return end
            if verb and verb.reduced and self.mark(at + 1) == "prep" and self.phrase(at + 2):
                inner, after = self.entry(at + 2, depth + 1) if depth < MAX_DEPTH else (None, at + 3)
                entry.tails.append((f"{verb.base} {self.low(at + 1)}", self.phrase(at + 2)))  # type: ignore[arg-type]
                if inner is not None and verb.base in {"make", "compose", "comprise"}:
                    entry.inner = inner
                    return after
                return at + 3
            return at
        if after := self._values(entry, sign, at):
            return after
        if after := self._each(entry, at, depth):
            return after
        if sign.low in {"that", "which"} and entry.group is None and (listed := self._is_one_of(entry, at)):
            entry.group = (at + 2, listed)
            return listed
        if sign.mark != "prep":
            return at
        if sign.low in {"from", "between"} and self._numbers(entry, at):
            return at + 4
        listed = self._one_of(at + 1) if sign.low in {"of", "like"} and entry.phrase.head in words.ENUM_NAMES else 0
        if listed:
            entry.group = (at + 1, listed)
            return listed
        return self._preposition(entry, sign, at, depth)

    def _slashes(self, at: int) -> int:
        """Index behind "low/medium/high", or 0."""
        here = at
        while self.phrase(here) is not None and self.low(here + 1) == "/":
            here += 2
        return here + 1 if here > at and self.phrase(here) is not None else 0

    def _values(self, entry: Entry, sign: Sign, at: int) -> int:
        """Index behind the parentheses of an item, or behind "state: new, used", or 0."""
        if (
            sign.mark == "open"
            and sign.match > at
            and entry.tails
            and entry.tails[-1][0] == "by"
            and self.items[at - 1] is entry.tails[-1][1]
        ):
            doer = entry.tails.pop()[1]
            entry.beside.append(Entry(doer, self.items[sign.match].end, (at + 1, sign.match), text=" ".join(doer.words)))
            return sign.match + 1
        if sign.mark == "open" and sign.match > at and entry.tails and entry.tails[-1][1].head in words.ENUM_NAMES:
            phrase = entry.tails.pop()[1]
            entry.parts.append(Entry(phrase, self.items[sign.match].end, (at + 1, sign.match), text=phrase.head))
            return sign.match + 1
        if sign.mark == "open" and sign.match > at and entry.group is None:
            entry.group = (at + 1, sign.match)
            return sign.match + 1
        if sign.low in {":", "="} and entry.phrase.head in words.ENUM_NAMES and entry.group is None:
            entry.group = (at + 1, self._line_end(at + 1))
            return entry.group[1]
        return 0

    def _each(self, entry: Entry, at: int, depth: int) -> int:
        """Index behind ", each with a date", ", each for one room", "in a hall and with a date", or 0."""
        each = self.mark(at) == "comma" and self.low(at + 1) in {"each", "all"}
        if each and self.low(at + 2) in _ABOUT and self.phrase(at + 3):
            entry.tails.append((self.low(at + 2), self.phrase(at + 3)))  # type: ignore[arg-type]
            return at + 4
        begin = at + 3 if each else at + 2
        joined = self.mark(at) == "conj" and bool(entry.tails)
        if not (each or joined) or self.low(begin - 1) not in _WITH or self.phrase(begin) is None or depth >= MAX_DEPTH:
            return 0
        parts, after = self.entries(begin, nested=True, depth=depth + 1)
        entry.parts.extend(parts)
        return after

    def _clause(self, at: int) -> int:
        """Index behind a relative clause that ends with its verb: "the place where it was found", "the date it was made", or 0."""
        here = at + (self.mark(at) == "sub" and self.items[at].low in _RELATIVES)  # type: ignore[union-attr]
        if self.mark(here) != "pron" and not (here > at and self.phrase(here)):
            return 0
        verb = self.verb(here + 1)
        pronoun = self.sign(here)
        if verb is None or (here == at and not (verb.passive and pronoun and pronoun.low in {"it", "they"})):
            return 0
        here += 2 + (self.mark(here + 2) == "prep" and self.phrase(here + 3) is None)
        return here if here >= len(self.items) or self.mark(here) in {"comma", "conj", "close"} or self._stops(here) else 0

    def _examples(self, at: int) -> int:
        """Index behind "such as pruning or felling", or 0: examples name no things."""
        if self.low(at) != "e.g":
            return 0
        here = at + 1
        while self.phrase(here) is not None and not self.finite_follows(here):
            following, _ = self.skip_separators(here + 1)
            if following == here + 1 or self.phrase(following) is None:
                return here + 1
            here = following
        return here + 1 if self.phrase(here) is not None else here

    def _stops(self, at: int) -> bool:
        sign = self.sign(at)
        return sign is not None and sign.low in {".", ";", "!", "?"}

    def _line_end(self, at: int) -> int:
        """Index of the mark that ends the list of values at `at`."""
        while at < len(self.items):
            sign = self.sign(at)
            if sign is not None and (sign.low in {".", ";"} or sign.mark in {"open", "close"}):
                break
            at += 1
        return at

    def _numbers(self, entry: Entry, at: int) -> bool:
        """ "from 1 to 5", "between 1 and 6": take the bounds and say so."""
        signs = [self.sign(at + offset) for offset in (1, 2, 3)]
        low, join, high = signs
        if (
            low is None
            or join is None
            or high is None
            or low.mark != "number"
            or high.mark != "number"
            or join.low not in {"to", "and", "-", "–"}
        ):
            return False
        try:
            entry.bounds = float(low.low), float(high.low)
        except ValueError:
            return False
        return True

    def _is_one_of(self, entry: Entry, at: int) -> int:
        """Index behind "a status that is open, late or closed", "a status which can be low or high", or 0."""
        verb = self.verb(at + 1)
        named = entry.phrase.head in words.ENUM_NAMES and verb is not None and verb.base == "be" and not verb.negated
        return self._one_of(at + 2) if named else 0

    def _one_of(self, at: int) -> int:
        """Index behind "low, medium or high" when such a list starts at `at`, else 0."""
        chosen = False
        for index in range(at, min(at + 24, len(self.items))):
            sign = self.sign(index)
            if self.phrase(index) is None and not (sign and (sign.mark in {"comma", "number"} or sign.low in {"or", "/"})):
                return 0
            chosen = chosen or (sign is not None and sign.low in {"or", "/"})
            if chosen and sign is None and not self._choice_goes_on(index + 1):
                return index + 1
        return 0

    def _choice_goes_on(self, at: int) -> bool:
        sign = self.sign(at)
        return sign is not None and sign.low in {"or", "/"}

    def _preposition(self, entry: Entry, sign: Sign, at: int, depth: int) -> int:
        phrase = self.phrase(at + 1)
        if phrase is None:
            return at
        if sign.low in _WITH and depth < MAX_DEPTH:
            parts, after = self.entries(at + 1, nested=True, depth=depth + 1)
            entry.parts.extend(parts)
            return after
        if sign.low == "per" and self._is_rate(entry, phrase):
            entry.text = f"{entry.text} per {phrase.head}"
            return at + 2
        if sign.low in {"in", "per"} and phrase.words[-1] in words.UNITS and not phrase.det:
            entry.unit = phrase.words[-1]
            return at + 2
        if sign.low == "of" and entry.phrase.head in _MERGE_OF and not entry.tails:
            entry.text = f"{entry.text} of {' '.join(phrase.words)}"
            return at + 2
        if sign.low in {"in", "on", "per"} and not phrase.det and not phrase.plural and len(phrase.words) == 1 and phrase.head in _MASS:
            entry.text = f"{entry.text} {sign.low} {phrase.head}"
            return at + 2
        if (
            sign.low == "in"
            and phrase.head in _MANNER
            and not phrase.plural
            and (phrase.head != "order" or phrase.adjectives or not phrase.det or phrase.words[0].endswith("ed"))
        ):
            return at + 2
        if self.finite_follows(at + 1) and sign.low not in {"of", "for"} and entry.phrase is not self.lead:
            return at
        entry.tails.append((sign.low, phrase))
        return self._coordinated(entry, sign.low, at + 2)

    def _is_rate(self, entry: Entry, phrase: NounPhrase) -> bool:
        """ "price per word" is one property, "one fee per parcel" is none."""
        single = entry.phrase.det not in {"one", "each", "every"} and not (phrase.det or phrase.plural)
        return single and len(phrase.words) == 1 and entry.phrase.words[-1] in _RATES

    def _coordinated(self, entry: Entry, preposition: str, at: int) -> int:
        """More phrases under one preposition: "by author or year", "per person and month"."""
        while True:
            following, joined = self.skip_separators(at)
            phrase = self.phrase(following)
            choice = any(self.sign(i).low in {"or", "/"} for i in range(at, following))  # type: ignore[union-attr]
            same = phrase is not None and phrase.det in {"one", "exactly"} and phrase.det == entry.tails[-1][1].det
            firm = joined and (preposition in {"by", "per"} or (same and not self.finite_follows(following)))
            if following == at or phrase is None or not (choice or firm) or self.subject_list(following):
                return at
            entry.tails.append((preposition, phrase))
            at = following + 1


def parted(items: list[Item]) -> list[Item]:
    """The items of a sentence, with "status planned" before a slash in two."""
    found = [part for item, following in zip_longest(items, items[1:]) if item is not None for part in _parted(item, following)]
    return found if len(found) == len(items) else rematch(found)


def _parted(item: Item, following: Item | None) -> list[Item]:
    """ "status planned/done": the name of the property and its first value are two phrases; any other item comes back as it is."""
    slash = isinstance(following, Sign) and following.low == "/"
    named = next((n for n, w in enumerate(item.words[:-1]) if w in words.ENUM_NAMES), -1) if isinstance(item, NounPhrase) and slash else -1
    if not isinstance(item, NounPhrase) or named < 0:
        return [item]
    first, rest = item.raw[: named + 1], item.raw[named + 1 :]
    cut = item.end - len(" ".join(rest))
    return [
        NounPhrase(item.start, cut - 1, item.words[: named + 1], first, item.det, adjectives=item.adjectives, full=item.words[: named + 1]),
        NounPhrase(cut, item.end, item.words[named + 1 :], rest, full=item.words[named + 1 :]),
    ]


def split_group(items: list[Item], start: int, end: int) -> list[list[Item]]:
    """The comma-separated parts of a parenthesis; `or`, `and`, `/` and arrows divide as well."""
    parts: list[list[Item]] = [[]]
    depth = 0
    for item in items[start:end]:
        if isinstance(item, Sign):
            depth += (item.mark == "open") - (item.mark == "close")
            if not depth and (item.mark in {"comma", "conj", "arrow"} or item.low in {"|", ";"}):
                parts.append([])
                continue
        parts[-1].append(item)
    return [part for part in parts if part]


_NO_NAME = frozenset({"optional", "unique", "required", "mandatory", "own", "simple", "several", "different", "various", "single"})


def field_text(phrase: NounPhrase) -> str:
    """The words that name a property: all of the phrase with its adjectives ("daily rate"), without those that say how it is kept."""
    return " ".join(w for w in (phrase.full or phrase.words) if w not in _NO_NAME) or " ".join(phrase.words)
