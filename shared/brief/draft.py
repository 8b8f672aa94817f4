"""What the grammar has understood so far, keyed by lower-case singular words and open to correction; `assemble` turns it into the IR."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from shared.brief.phrases import NounPhrase
from shared.brief.words import is_person

Span = tuple[int, int]
Path = tuple[str, ...]
MAX_THINGS, MAX_FIELDS, MAX_ROLES, MAX_OPERATIONS, MAX_VALUES = 80, 60, 24, 60, 40


@dataclass(slots=True)
class FieldDraft:
    """A property as stated: `text` is its phrase, `unit` a unit of measure behind it, `hints` the words of a remark in parentheses."""

    text: str
    span: Span
    det: str = ""
    plural: bool = False
    unit: str = ""
    enum: list[str] | None = None
    hints: tuple[str, ...] = ()
    bounds: tuple[float | None, float | None] = (None, None)
    required: bool | None = None
    unique: bool = False


@dataclass(slots=True)
class Thing:
    """A noun the brief talks about. It becomes an entity when `weight` reaches one.

    `flows`: its states are told as a way ("from draft to sent"), beside which there may be others.
    """

    key: str
    span: Span
    weight: int = 0
    bare: int = 0
    person: bool = False
    fields: dict[str, FieldDraft] = field(default_factory=dict)
    states: list[str] = field(default_factory=list)
    moves: list[tuple[str, str, Span]] = field(default_factory=list)
    scheduled: bool = False
    flows: bool = False


@dataclass(slots=True)
class RoleDraft:
    """A kind of user. `rights` maps a thing's key to its operations; `own` holds the keys that are limited to own rows."""

    key: str
    span: Span
    rights: dict[str, set[str]] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    everything: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Link:
    """`source` has `to`; `many` tells how many of them, `back` how many sources one of them has (None: not said).

    `assumed`: that there are many of them follows from the wording ("of", "for", "by") and yields to what is said elsewhere.
    `exactly`: one on both sides. `single`: a source has one of them, which others may have as well, unless that is said to be one too.
    """

    source: str
    to: str
    many: bool | None
    back: bool | None
    span: Span
    required: bool = False
    exactly: bool = False
    single: bool = False
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class OperationDraft:
    """Something the app does beyond create, read, update and delete."""

    name: str
    kind: Literal["report", "booking", "upload", "notification", "export", "search", "custom"]
    entity: str
    span: Span
    description: str
    roles: tuple[str, ...] = ()
    params: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A part of the brief that is not built, and why."""

    span: Span
    code: str
    reason: str


@dataclass(slots=True)
class Draft:
    """Everything understood. `notes` ties spans to paths; `cuts` are offsets at which a new statement begins.

    What an earlier reading of the same text found, as a sentence may speak of a thing before the brief says what it is:
    `prior` holds what is stored, and whether it has stated properties, `bound` the people that it relates to something,
    `wholes` what is said to have many of something, `dated` what has a date or a time, `users` the roles that it names as such.
    `doubts` are things that may as well be properties of another one, `loose` are relations that hold unless another one is said.
    `asks` are the verbs that ask for something, `nouns` the offsets of what they may be about.
    """

    text: str
    prior: dict[str, bool] = field(default_factory=dict)
    bound: frozenset[str] = frozenset()
    wholes: frozenset[str] = frozenset()
    dated: frozenset[str] = frozenset()
    users: set[str] = field(default_factory=set)
    title: str = ""
    title_span: Span = (0, 0)
    things: dict[str, Thing] = field(default_factory=dict)
    roles: dict[str, RoleDraft] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    doubts: dict[str, tuple[str, str, Span]] = field(default_factory=dict)
    loose: list[Link] = field(default_factory=list)
    operations: list[OperationDraft] = field(default_factory=list)
    notes: list[tuple[Span, Path]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    choices: list[tuple[Span, str, str]] = field(default_factory=list)
    cuts: set[int] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    people: dict[str, Span] = field(default_factory=dict)
    asks: list[Span] = field(default_factory=list)
    nouns: list[int] = field(default_factory=list)
    focus: str = ""
    nominal: dict[str, str] = field(default_factory=dict)
    full: bool = False

    def thing(self, key: str, span: Span, weight: int = 0) -> Thing | None:
        """The thing of that key, made when it is new; None when the brief names too many."""
        found = self.things.get(key)
        if found is None:
            if len(self.things) >= MAX_THINGS:
                self.overflow(span, "things to store", MAX_THINGS)
                return None
            found = self.things[key] = Thing(key, span)
        found.weight = max(found.weight, weight)
        found.bare += 1
        self.note(span, "entities", key)
        return found

    def stored(self, key: str) -> bool:
        """True when the brief stores that thing, said before or after the sentence at hand."""
        known = self.things.get(key)
        return key in self.prior or (known is not None and known.weight > 0 and not known.person)

    def is_person(self, phrase: NounPhrase) -> bool:
        """True for a kind of person by name, and for whoever the brief calls a user in so many words ("As a ...", "Roles: ...")."""
        return is_person(phrase.head) or phrase.key in self.users

    def user(self, key: str, span: Span) -> None:
        """Note a role that the brief names as such."""
        self.users.add(key)
        self.role(key, span)

    def role(self, key: str, span: Span) -> RoleDraft | None:
        """The role of that key, made when it is new; None when the brief names too many."""
        found = self.roles.get(key)
        if found is None:
            if len(self.roles) >= MAX_ROLES:
                self.overflow(span, "roles", MAX_ROLES)
                return None
            found = self.roles[key] = RoleDraft(key, span)
        self.note(span, "roles", key)
        return found

    def permit(self, role: str, key: str, operations: Iterable[str], span: Span, own: bool = False) -> None:
        """Give a role rights on a thing; `key` "*" means on everything."""
        draft = self.role(role, span)
        if draft is None:
            return
        if key == "*":
            draft.everything.update(operations)
            return
        draft.rights.setdefault(key, set()).update(operations)
        if own:
            draft.own.add(key)
        self.note(span, "roles", role, key)

    def link(self, link: Link) -> None:
        """Record a relation; duplicates are resolved when the IR is assembled."""
        if len(self.links) < 4 * MAX_THINGS:
            self.links.append(link)
            self.note(link.span, "relations", link.source, link.to)

    def operation(self, found: OperationDraft) -> None:
        """Record an operation once per name; a later one adds its roles and its span."""
        for index, known in enumerate(self.operations):
            if known.name == found.name:
                roles = tuple(dict.fromkeys((*known.roles, *found.roles)))
                self.operations[index] = OperationDraft(
                    known.name, known.kind, known.entity or found.entity, known.span, known.description, roles, known.params or found.params
                )
                break
        else:
            if len(self.operations) >= MAX_OPERATIONS:
                self.overflow(found.span, "operations", MAX_OPERATIONS)
                return
            self.operations.append(found)
        self.note(found.span, "operations", found.name)

    def note(self, span: Span, *path: str) -> None:
        """Say that the text at `span` asks for what lies at `path`."""
        self.notes.append((span, path))

    def refuse(self, span: Span, code: str, reason: str) -> None:
        """Say that the text at `span` is not built."""
        if len(self.refusals) < 400:
            self.refusals.append(Refusal(span, code, reason))

    def overflow(self, span: Span, what: str, limit: int) -> None:
        """Refuse the first span that goes over a limit, and warn once."""
        if not self.full:
            self.full = True
            self.warnings.append(f"The brief names more than {limit} {what}; what comes after is not built.")
        if len(self.refusals) < 200:
            self.refuse(span, "too_large", f"One brief may name up to {limit} {what}.")
