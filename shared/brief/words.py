"""Word forms: singular, plural, verb forms and the three naming styles. A small own inflector, as importing a full one costs seconds."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple

from shared.brief.lexicon import verbs, words

VerbShape = Literal["base", "s", "ed", "ing"]


class VerbForm(NamedTuple):
    """The lemma of an inflected verb and which form it is in."""

    base: str
    shape: VerbShape


_VOWELS = "aeiou"
_PLURALS = {one: many for many, one in words.IRREGULAR_PLURALS.items() if many != "persons"}
_KEEP_S = ("ss", "us", "is", "'s", "ous")
_MEN = frozenset({"specimen", "regimen", "abdomen", "acumen", "stamen", "cyclamen"})
_STRIP_ES = ("ches", "shes", "xes", "sses", "zzes")


@lru_cache(maxsize=8192)
def singular(word: str) -> str:
    """The singular of a lower-case English noun; a word that is no plural comes back unchanged."""
    if word in words.UNCOUNTABLE or len(word) < 3 or not word.endswith(("s", "n", "a", "e", "i")):
        return word
    if word in words.IRREGULAR_PLURALS:
        return words.IRREGULAR_PLURALS[word]
    if word.endswith("men") and len(word) > 5 and word not in _MEN:
        return word[:-2] + "an"
    if word.endswith(("eaus", "laus")):
        return word[:-1]
    if not word.endswith("s") or word.endswith(_KEEP_S) or len(word) < 4:
        return word
    return _strip_plural(word)


def _strip_plural(word: str) -> str:
    if word.endswith("ies"):
        return word[:-1] if word[:-1] in words.IE_NOUNS or len(word) == 4 else word[:-3] + "y"
    if word.endswith("uizzes"):
        return word[:-3]
    if word.endswith(_STRIP_ES):
        return word[:-1] if word.endswith(("caches", "headaches", "toothaches")) else word[:-2]
    if word.endswith("oes") and word[-4] not in "hn" + _VOWELS:
        return word[:-2]
    if word.endswith("uses") and len(word) > 4 and word[-5] not in _VOWELS and word not in {"excuses", "fuses", "muses", "ruses"}:
        return word[:-2]
    return word[:-1]


def is_plural(word: str) -> bool:
    """True when the lower-case noun is a plural form."""
    return word != singular(word)


def plural(word: str) -> str:
    """The plural of a lower-case English noun."""
    if word in words.UNCOUNTABLE or is_plural(word):
        return word
    if word in _PLURALS:
        return _PLURALS[word]
    for ending, many in (
        ("person", "people"),
        ("woman", "women"),
        ("man", "men"),
        ("child", "children"),
        ("shelf", "shelves"),
        ("knife", "knives"),
    ):
        if word.endswith(ending) and not word.endswith("human"):
            return word[: -len(ending)] + many
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return word[:-1] + "ies"
    if word.endswith("iz") and len(word) < 6:
        return word + "zes"
    if word.endswith("sis"):
        return word[:-2] + "es"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if (
        word.endswith("o")
        and word[-2:-1] not in _VOWELS
        and word in {"hero", "potato", "tomato", "echo", "veto", "torpedo", "cargo", "mango"}
    ):
        return word + "es"
    return word + "s"


def _forms(base: str) -> dict[str, VerbForm]:
    last, before = base[-1], base[-2:-1]
    sibilant = base.endswith(("s", "x", "z", "ch", "sh", "o"))
    y_after_consonant = last == "y" and before not in _VOWELS
    third = base + "es" if sibilant else base[:-1] + "ies" if y_after_consonant else base + "s"
    stems = [base[:-1] if last == "e" and not base.endswith("ee") else base]
    if last not in "aeiouwxyh" and before in _VOWELS and base[-3:-2] not in _VOWELS:
        stems.append(base + last)
    forms = {third: VerbForm(base, "s")}
    for stem in stems:
        past = stem[:-1] + "ied" if y_after_consonant else stem + "ed"
        forms[past] = VerbForm(base, "ed")
        forms[stem + "ing"] = VerbForm(base, "ing")
    return forms


def _verb_table() -> dict[str, VerbForm]:
    table: dict[str, VerbForm] = {}
    for base in sorted(verbs.ALL):
        for form, entry in _forms(base).items():
            table.setdefault(form, entry)
    for past, base in verbs.IRREGULAR.items():
        table.setdefault(past, VerbForm(base, "ed"))
    for base in verbs.ALL:
        table[base] = VerbForm(base, "base")
    return table


_TABLE = _verb_table()


def verb(word: str) -> VerbForm | None:
    """The verb that a lower-case word can be a form of, or None."""
    return _TABLE.get(word)


def agent_stem(word: str) -> str | None:
    """The verb a person noun in -er, -or, -ee or -ant is made from ("runner" -> "run"), or None."""
    if word in words.NOT_AGENT or len(word) < 5:
        return None
    for ending in ("er", "or", "ee", "ant"):
        if word.endswith(ending):
            stem = word[: -len(ending)]
            for candidate in (stem, stem + "e", stem[:-1] if stem[-1:] == stem[-2:-1] else stem, stem[:-1] + "y"):
                if candidate in verbs.ALL and len(candidate) > 2:
                    return candidate
            if word.endswith("ator") and stem + "e" not in verbs.ALL:
                return stem + "e"
    return None


_PERSON_ENDINGS = (
    "ician",
    "ologist",
    "ographer",
    "keeper",
    "worker",
    "holder",
    "owner",
    "maker",
    "taker",
    "giver",
    "man",
    "woman",
    "person",
    "ist",
    "eer",
    "ective",
    "officer",
    "arian",
    "master",
)


@lru_cache(maxsize=8192)
def is_person(word: str) -> bool:
    """True when the lower-case singular noun names a kind of person by its form alone."""
    if word in words.ACTORS or word in words.CLIENTS or word in words.PERSONS:
        return True
    if word in words.NOT_AGENT or word in words.DEVICES:
        return False
    if word.endswith(_PERSON_ENDINGS) and not word.endswith(
        ("human", "checklist", "wishlist", "playlist", "watchlist", "career", "-list", "waitlist", "shortlist")
    ):
        return True
    return agent_stem(word) is not None


def ascii_fold(text: str) -> str:
    """`text` in ASCII letters, digits and blanks: accents dropped, everything else a blank."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", " ", folded).strip()


def snake(text: str) -> str:
    """`text` as a snake_case identifier that starts with a letter; empty when nothing is left."""
    name = "_".join(ascii_fold(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)).lower().split())[:60].strip("_")
    return f"n{name}" if name[:1].isdigit() else name


def pascal(text: str) -> str:
    """`text` as a PascalCase identifier; empty when nothing is left."""
    return "".join(part.capitalize() for part in snake(text).split("_"))


def title(text: str) -> str:
    """`text` for a heading: every word capitalised, acronyms kept."""
    small = {"of", "and", "for", "the", "a", "an", "in", "on", "to"}
    parts = text.split()
    return " ".join(p if not p.islower() or (i and p in small) else p[:1].upper() + p[1:] for i, p in enumerate(parts))


def with_article(noun: str) -> str:
    """The noun with "a" or "an" as it sounds: "an order", "a unit", "an hour"."""
    low = noun.lower()
    spoken = low.startswith(("hour", "honest", "heir", "honour", "honor")) or (
        low[:1] in _VOWELS and not low.startswith(("uni", "use", "usa", "usu", "uti", "eu", "one", "once", "ura", "ute"))
    )
    return f"{'an' if spoken else 'a'} {noun}"
