"""From text to IR and ledger: the order in which the rules run."""

from __future__ import annotations

import re

from shared.brief import refusals
from shared.brief.assemble import Assembler, Model
from shared.brief.columns import by_name
from shared.brief.draft import Draft
from shared.brief.lexicon import stackwords, words
from shared.brief.naming import app_name, domain_of, slug_of
from shared.brief.negation import negated
from shared.brief.overlays import OverlayReader
from shared.brief.reader import Reader
from shared.brief.signals import SignalReader
from shared.brief.stack import StackReader
from shared.brief.text import Token
from shared.brief.tiling import clauses
from shared.brief.words import singular, snake, with_article
from shared.model import IR, Assumption, Ledger, Question, Record, RefusedError

_MOMENTS = frozenset({"date", "datetime", "time"})
# Kinds of application that are called after what they keep.
_KEPT = frozenset({"booking", "reservation", "reservations", "inventory", "catalog", "catalogue", "register", "registry", "collection"})
COMPILER_VERSION = "1"


class Compilation(Record):
    """A compiled brief."""

    ir: IR
    ledger: Ledger


def compile_brief(text: str) -> Compilation:
    """Compile a brief by rule. Deterministic and linear in its length.

    Raises InputError QLF1001 (more than 64 kB) or QLF1002 (no plain text), and RefusedError QLF1003 to QLF1009
    when the brief as a whole asks for nothing that can be built.
    """
    refusals.check_text(text)
    draft, sentences = _read(text)
    signs = _Signs(draft, sentences)
    for key, span in draft.people.items() if not draft.roles else ():
        draft.role(key, span)
    assembler = Assembler(draft)
    model = assembler.build()
    if not model.entities:
        raise RefusedError("QLF1008", "No thing to store was found in the brief.")
    ir = _ir(draft, model, signs, domain_of(signs.overlays, sentences))
    notes = [(span, path) for span, raw in draft.notes if (path := assembler.path(raw))]
    if draft.title:
        notes.append((draft.title_span, "name"))
    return Compilation(ir=ir, ledger=Ledger(clauses=clauses(draft, notes), assumptions=[*model.assumptions, *_stack_assumptions(ir)]))


def _read(text: str) -> tuple[Draft, list[list[Token]]]:
    """The draft and the sentences, after two readings: the first one only finds out what is stored (no people without properties)."""
    first = Draft(text)
    sentences = Reader(first).read()
    if not sentences:
        raise RefusedError("QLF1004", "The brief holds no words.")
    refusals.check_language(sentences)
    refusals.check_purpose(sentences)
    draft = Draft(text, prior={t.key: bool(t.fields) for t in first.things.values() if t.weight and (t.fields or not t.person)})
    draft.dated = frozenset(t.key for t in first.things.values() if any(by_name(snake(f)) in _MOMENTS for f in t.fields))
    draft.users = set(first.users)
    draft.wholes = frozenset(x.source for x in first.links if x.many and not x.assumed)
    draft.bound = frozenset(
        k for x in first.links if not x.assumed for k in (x.source, x.to) if k in first.things and first.things[k].person
    )
    Reader(draft).read()
    _fallback_thing(draft)
    return draft, sentences


class _Signs:
    """What single words ask for, wherever they stand: technologies, compliance, capabilities and targets."""

    def __init__(self, draft: Draft, sentences: list[list[Token]]) -> None:
        stack, overlays, signals = StackReader(draft), OverlayReader(draft), SignalReader(draft)
        for tokens in sentences:
            flags = negated(tokens)
            stack.sentence(tokens, flags)
            overlays.sentence(tokens, flags)
            signals.sentence(tokens, flags)
        self.stack, self.overlays, self.quality = stack.result(), overlays.result(), signals.result()
        self.integrations = [{"name": name, "kind": kind} for name, kind in signals.integrations.items()]


def _ir(draft: Draft, model: Model, signs: _Signs, domain: str) -> IR:
    first, size = model.entities[0].name, len(model.entities)
    name = app_name(draft, first)
    return IR(
        name=name,
        slug=slug_of(name),
        summary=_summary(draft.text),
        domain=domain,
        stack=signs.stack,
        roles=model.roles,
        entities=model.entities,
        relations=model.relations,
        operations=model.operations,
        integrations=signs.integrations,
        quality=signs.quality,
        overlays=signs.overlays,
        confidence=_confidence(draft, size, len(model.assumptions)),
        warnings=_warnings(draft, size),
        questions=_questions(draft, first),
    )


def compile_json(text: str) -> dict[str, object]:
    """`compile_brief` as plain JSON data: `ir` and `ledger`."""
    done = compile_brief(text)
    return {"ir": done.ir.to_json(), "ledger": done.ledger.to_json()}


def _fallback_thing(draft: Draft) -> None:
    """A brief that names no thing but an app for one ("a todo list app") keeps that one."""
    if any(t.weight for t in draft.things.values()) or not draft.title:
        return
    names = [
        w
        for w in re.findall(r"[^\W\d_][\w'-]*", draft.title.lower())
        if w not in words.APP_NOUNS | words.ADJECTIVES | words.MANAGEMENT | words.DETERMINERS
    ]
    names = [w for w in names if w not in stackwords.CERTAIN and w not in {"for", "in", "with"}]
    names = [w for w in names if w not in words.ABSTRACT or w in {"user", "users"}]
    names = names or [w for w in draft.title.lower().split() if w in _KEPT]
    if names:
        draft.thing(" ".join([*names[:-1], singular(names[-1])][-2:]), draft.title_span, 1)


def _summary(text: str) -> str:
    flat = " ".join(text.replace("#", " ").split())
    first = re.split(r"(?<=[.!?])\s", flat, maxsplit=1)[0]
    return first if len(first) <= 240 else first[:237].rsplit(" ", 1)[0] + "..."


def _confidence(draft: Draft, entities: int, assumptions: int) -> float:
    """Between 0 and 1: more stated properties, relations and roles raise it; assumptions lower it."""
    stated = sum(len(t.fields) for t in draft.things.values())
    score = 0.4 + 0.06 * min(entities, 4) + 0.02 * min(stated, 8) + 0.05 * min(len(draft.links), 3) + 0.05 * min(len(draft.roles), 2)
    return round(max(0.1, min(0.95, score - 0.02 * min(assumptions, 10) - 0.05 * len(draft.warnings))), 2)


def _warnings(draft: Draft, entities: int) -> list[str]:
    found = list(draft.warnings)
    if entities == 1 and not any(t.fields for t in draft.things.values()):
        found.append("The brief names one thing and no properties; the app will be small.")
    return found


def _questions(draft: Draft, first: str) -> list[Question]:
    if not draft.roles:
        return [
            Question(
                id="roles", text="Who uses the application, and what may each of them do?", default="One role, admin, may do everything."
            )
        ]
    if not any(t.fields for t in draft.things.values()):
        return [Question(id="fields", text=f"Which properties does {with_article(first)} have?", default="A name or a title.")]
    return []


def _stack_assumptions(ir: IR) -> list[Assumption]:
    defaults = {
        "backend": (ir.stack.backend, 'Name another one, for example "in Django".'),
        "database": (ir.stack.database, 'Name another one, for example "with MySQL".'),
        "api": (ir.stack.api, 'Say "GraphQL" for the other style.'),
        "frontend": ("none", 'Name one, for example "React frontend".'),
    }
    found = [
        Assumption(ir_path=f"stack.{part}", default=value, advice=advice)
        for part, (value, advice) in defaults.items()
        if part not in ir.stack.stated
    ]
    found.append(
        Assumption(
            ir_path="stack.auth",
            default="users sign in with a password and receive access tokens",
            advice="Say who may use the application without signing in.",
        )
    )
    return found
