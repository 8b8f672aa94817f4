"""Which verbs ask for something, so that a sentence nobody understood is refused aloud and not taken for small talk."""

from __future__ import annotations

from shared.brief.draft import Draft
from shared.brief.lexicon import words
from shared.brief.lexicon.bag import bag
from shared.brief.phrases import NounPhrase, Sign, VerbGroup
from shared.brief.shapes import Shapes

REASON = (
    "Nothing in this statement was understood. Say who does what with which thing, or what a thing has: "
    '"clerks create orders", "an order has a title and a due date", "orders belong to customers".'
)
# Verbs of wishes, moods and motives: what follows them explains and orders nothing.
_MOTIVES = bag(
    """be want hope wish like love grow struggle replace improve save avoid reduce help simplify streamline work look feel think believe
    know seem become remain thank appreciate let make"""
)
_SPEAKERS = frozenset({"we", "i", "us", "me"})


def asked(draft: Draft, shapes: Shapes, at: int) -> None:
    """Note the asking verbs and the nouns of a sentence from the item `at` on. Linear: the subject is remembered on the way."""
    subject: NounPhrase | Sign | None = None
    for index in range(at, len(shapes.items)):
        item = shapes.items[index]
        if isinstance(item, VerbGroup):
            if _asks(item, subject, shapes, index):
                draft.asks.append((item.start, item.end))
        elif isinstance(item, NounPhrase):
            if item.words[-1] not in words.ADJECTIVES:
                draft.nouns.append(item.start)
            subject = item if not _behind_preposition(shapes, index) else subject
        elif item.mark == "pron":
            subject = item


def _behind_preposition(shapes: Shapes, index: int) -> bool:
    return index > 0 and shapes.mark(index - 1) == "prep"


def _asks(verb: VerbGroup, subject: NounPhrase | Sign | None, shapes: Shapes, index: int) -> bool:
    following = shapes.phrase(index + 1)
    if verb.base == "be" and following is not None and following.words[0].endswith("ed") and not following.det:
        return True
    told = verb.shape == "ed" and not (verb.passive and not verb.reduced)
    if verb.base in _MOTIVES or verb.negated or told:
        return False
    sign = shapes.sign(index - 1) if index else None
    if sign is not None and sign.low == "to" and following is None:
        return False
    if isinstance(subject, Sign):
        return verb.modal or subject.low not in _SPEAKERS
    if subject is not None and subject.det in {"our", "my"}:
        return verb.modal
    software = subject is not None and (subject.head in words.APP_NOUNS or subject.head in words.ABSTRACT)
    return not software or following is not None
