"""State machines: the states a brief lists or implies, the moves between them, and who may make them."""

from __future__ import annotations

from itertools import pairwise

from shared.brief.draft import Thing
from shared.brief.lexicon.bag import bag
from shared.brief.words import snake
from shared.model import States, Transition

SIDE = bag(
    """cancelled canceled rejected declined failed expired no_show lost withdrawn denied void refused on_hold paused suspended
    blocked missed waived dismissed deferred"""
)
# In front of a state that is named itself: "mark loans as lost".
NAMED = "="
_BACK = bag("reopen resume reinstate unblock restart reactivate unban unlock unpublish")
_FIRST = {
    "approve": "pending",
    "reject": "pending",
    "deny": "pending",
    "decline": "pending",
    "accept": "pending",
    "confirm": "pending",
    "verify": "pending",
    "publish": "draft",
    "unpublish": "draft",
    "archive": "active",
    "activate": "inactive",
    "deactivate": "active",
    "suspend": "active",
    "ban": "active",
    "ship": "pending",
    "deliver": "pending",
    "dispatch": "pending",
    "sign": "draft",
    "check in": "expected",
    "release": "draft",
    "start": "planned",
}
_PAST = {
    "withdraw": "withdrawn",
    "hold": "on_hold",
    "pick up": "in_progress",
    "check in": "checked_in",
    "check out": "checked_out",
    "deny": "denied",
    "start": "in_progress",
    "cancel": "cancelled",
    "stop": "stopped",
    "submit": "submitted",
    "ban": "banned",
    "reopen": "open",
    "resume": "active",
    "reinstate": "active",
    "unlock": "open",
    "unpublish": "draft",
    "unban": "active",
    "withhold": "withheld",
    "grant": "granted",
    "ship": "shipped",
    "certify": "certified",
    "verify": "verified",
}
MAX_TRANSITIONS = 80


def past(verb: str) -> str:
    """The state a verb leads to: its participle in snake_case."""
    if verb.startswith(NAMED):
        return snake(verb[len(NAMED) :])
    if verb in _PAST:
        return _PAST[verb]
    first, _, rest = verb.partition(" ")
    stem = (
        first[:-1] + "ied" if first.endswith("y") and first[-2:-1] not in "aeiou" else first + "d" if first.endswith("e") else first + "ed"
    )
    return snake(f"{stem} {rest}")


def state_names(thing: Thing) -> list[str]:
    """The states of a thing in order: those listed, else those its verbs imply."""
    listed = [snake(s) for s in thing.states]
    if listed:
        beside = [past(v) for v, _, _ in thing.moves if thing.flows and (past(v) in SIDE or v.startswith(NAMED))]
        return list(dict.fromkeys(s for s in (*listed, *beside) if s))
    if not thing.moves:
        return []
    actions = list(dict.fromkeys(verb for verb, _, _ in thing.moves))
    initial = next((_FIRST[a] for a in actions if a in _FIRST), "open")
    ahead = [past(a) for a in actions if a not in _BACK]
    names = list(dict.fromkeys([initial, *ahead]))
    return names if len(names) > 1 else []


def machine(thing: Thing, field: str, names: list[str], roles: list[str]) -> States:
    """The machine over `names`: moves in the listed order; side states (cancelled) branch off every state that is not final."""
    main = [n for n in names if n not in SIDE] or names[:1]
    side = [n for n in names if n not in main]
    who = _who(thing, names, roles)
    back = list(dict.fromkeys(snake(r) for v, r, _ in thing.moves if v in _BACK and snake(r) in roles))
    moves = list(pairwise(main))
    named = {past(verb) for verb, _, _ in thing.moves if verb.startswith(NAMED)}
    moves += [(a, b) for b in side for a in (main if b in named else main[:-1] or main)]
    moves += _skips(thing, main)
    moves += _returns(thing, names, main)
    unique = list(dict.fromkeys((a, b) for a, b in moves if a != b))[:MAX_TRANSITIONS]
    return States(
        field=field,
        initial=main[0],
        transitions=[_transition(a, b, who, back if names.index(b) < names.index(a) else []) for a, b in unique],
    )


def _transition(a: str, b: str, who: dict[str, list[str]], back: list[str]) -> Transition:
    return Transition.model_validate({"from": a, "to": b, "by": back or who.get(b, [])})


def _who(thing: Thing, names: list[str], roles: list[str]) -> dict[str, list[str]]:
    """Per state, the roles whose verbs lead there."""
    found: dict[str, list[str]] = {}
    for verb, role, _ in thing.moves:
        target = target_of(verb, names)
        name = snake(role)
        if target and name in roles and name not in found.setdefault(target, []):
            found[target].append(name)
    return found


def target_of(verb: str, names: list[str]) -> str | None:
    """The listed state that a verb leads to: its participle, or a state of the same stem."""
    wanted = past(verb)
    if wanted in names:
        return wanted
    stem = verb.split(maxsplit=1)[0].rstrip("e")[:6]
    return next((n for n in names if len(stem) > 3 and n.startswith(stem)), None)


def _skips(thing: Thing, main: list[str]) -> list[tuple[str, str]]:
    """A verb that closes may close from every earlier state but the first one's neighbours stay as listed."""
    reached = [t for verb, _, _ in thing.moves if verb not in _BACK and (t := target_of(verb, main))]
    return [(main[0], target) for target in reached if main.index(target) > 1 and target == main[-1] and len(thing.states) == 0]


def _returns(thing: Thing, names: list[str], main: list[str]) -> list[tuple[str, str]]:
    back = [verb for verb, _, _ in thing.moves if verb in _BACK]
    if not back:
        return []
    goal = next((n for n in ("open", "reopened", "in_progress", "active", "draft") if n in main), main[0])
    late = main[main.index(goal) + 1 :] if goal in main else main[1:]
    done = [n for n in late if n.endswith("ed") or n in {"done", "final"}] or late[-1:]
    return [(n, goal) for n in done if n in names]
