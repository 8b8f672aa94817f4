"""A stated property becomes a typed column: the type from its name, its unit or a remark beside it."""

from __future__ import annotations

from typing import Literal

from shared.brief.draft import FieldDraft, Thing
from shared.brief.lexicon import fieldtypes, words
from shared.brief.lexicon.bag import bag
from shared.brief.words import is_plural, singular, snake, verb
from shared.model import EntityField, FieldType

Sensitivity = Literal["none", "personal", "health", "card", "secret"]
_SENSITIVE: tuple[tuple[frozenset[str], Sensitivity], ...] = (
    (fieldtypes.CARD, "card"),
    (fieldtypes.SECRET, "secret"),
    (fieldtypes.HEALTH, "health"),
    (fieldtypes.PERSONAL, "personal"),
)
_EVENTS = bag("visit post comment review report request order message note call issue task show story document")
_SPOKEN = frozenset({"comment", "note", "remark", "reply", "message", "feedback", "answer"})
_EVENTFUL = ("ment", "tion", "sion", "ing", "al")


def column(draft: FieldDraft, person: bool) -> EntityField | None:
    """The column of a property; None when its phrase holds no usable name."""
    name = snake(draft.text)
    if not name:
        return None
    if draft.enum and len(draft.enum) > 1:
        values = list(dict.fromkeys(v for v in map(snake, draft.enum) if v))
        if len(values) > 1:
            return EntityField(name=name, type="enum", enum=values, required=draft.required is not False)
    kind = _stated(draft) or _by_unit(draft) or by_name(name, plural=draft.plural)
    if draft.bounds != (None, None) and kind == "string":
        kind = "integer" if all(b is None or b == int(b) for b in draft.bounds) else "decimal"
    low, high = draft.bounds if kind in {"integer", "decimal", "money"} else (None, None)
    if kind in {"integer", "money"} and low is None and draft.bounds == (None, None) and not _may_be_negative(name):
        low = 0
    return EntityField(
        name=name,
        type=kind,
        required=draft.required if draft.required is not None else _required(name, kind),
        unique=draft.unique or name in fieldtypes.UNIQUE,
        min=low,
        max=high,
        default=False if kind == "boolean" else None,
        sensitivity=sensitivity(name, person),
    )


def _may_be_negative(name: str) -> bool:
    return any(w in name for w in ("balance", "temperature", "floor", "score", "position", "delta", "change"))


def _stated(draft: FieldDraft) -> FieldType | None:
    for hint in draft.hints:
        if hint in fieldtypes.TYPE_WORDS and fieldtypes.TYPE_WORDS[hint] != "enum":
            return fieldtypes.TYPE_WORDS[hint]
    return None


def _by_unit(draft: FieldDraft) -> FieldType | None:
    if not draft.unit:
        return None
    if draft.unit in words.MONEY_UNITS:
        return "money"
    return (
        "integer"
        if singular(draft.unit) in {"minute", "hour", "second", "day", "week", "month", "year", "point", "pixel", "byte"}
        else "decimal"
    )


def by_name(name: str, plural: bool = False) -> FieldType:
    """The type that a snake_case name suggests; `string` when it suggests none."""
    if name.startswith(fieldtypes.PREFIXES):
        return "boolean"
    if name.startswith(("number_of_", "amount_of_", "count_of_", "no_of_", "num_", "maximum_number_", "minimum_number_", "max_number_")):
        return "integer"
    if name.startswith("date_of_"):
        return "date"
    parts = name.split("_")
    for length in (3, 2, 1):
        ending = "_".join(parts[-length:])
        if length <= len(parts) and ending in fieldtypes.ENDINGS:
            return _ending(name, ending)
    last = parts[-1]
    if last in {"at"} and len(parts) > 1:
        return "datetime"
    if last in {"on"} and len(parts) > 1:
        return "date"
    if last.endswith("age") and last[:-3] in words.MEASURES:
        return "integer"
    if singular(last) in fieldtypes.FILE_WORDS:
        return "file"
    if last in fieldtypes.PLURAL_COUNT:
        return "integer"
    if last in fieldtypes.PLURAL_TEXT:
        return "text"
    if parts[0] in fieldtypes.COUNTING and is_plural(last):
        return "integer"
    return _listed(last) if plural and is_plural(last) else "string"


def _listed(last: str) -> FieldType:
    """The type of a property that is named by a plural: a measure, a count, or a list in words."""
    if last in words.UNITS:
        return "money" if last in words.MONEY_UNITS else "decimal"
    return "integer" if last.endswith("ings") else "text"


def _ending(name: str, ending: str) -> FieldType:
    kind = fieldtypes.ENDINGS[ending]
    if name == "year" or kind != "time" or name == ending:
        return kind
    before = name.removesuffix(f"_{ending}").split("_")[-1]
    form = verb(before)
    return "integer" if (before.endswith("ion") or (form and form.shape == "ing")) and before not in {"opening", "closing"} else kind


def _required(name: str, kind: FieldType) -> bool:
    return kind not in {"text", "file", "json", "url"} and name not in {"phone", "notes", "description", "middle_name"}


def sensitivity(name: str, person: bool) -> Sensitivity:
    """How sensitive a column is by its name; a person's name is personal too."""
    for table, label in _SENSITIVE:
        if name in table or any(name.endswith(f"_{word}") for word in table if len(word) > 3):
            return label
    return "personal" if person and name in {"name", "photo", "picture", "bio", "age"} else "none"


def told_apart(thing: Thing, types: set[FieldType]) -> bool:
    """True when the columns tell one row from another: by a text or a date, or by any figure of what happens."""
    kinds = types - {"enum", "boolean"}
    return bool(kinds & {"string", "text", "email", "phone", "url", "date", "datetime", "time"}) or (bool(kinds) and _happens(thing))


def _happens(thing: Thing) -> bool:
    last = thing.key.split()[-1]
    return thing.scheduled or last.endswith(_EVENTFUL) or last in _EVENTS or bool(thing.moves)


def naming_field(thing: Thing) -> EntityField:
    """The assumed field that tells one row from another: a text for what is said, a title for what happens, a name for what is."""
    if thing.key.split()[-1] in _SPOKEN:
        return EntityField(name="text", type="text")
    happens = _happens(thing)
    return EntityField(name="title" if happens and not thing.person else "name", sensitivity="personal" if thing.person else "none")
