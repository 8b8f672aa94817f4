"""Compares a compiled brief with what a careful reader finds in it, the way `briefs.yaml` states it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from shared.brief import compile_brief
from shared.model import IR, QlfError, RefusedError

BRIEFS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "briefs.yaml").read_text(encoding="utf-8"))


@dataclass
class Score:
    """Hits and tries per kind of fact, and every miss in words."""

    hits: dict[str, int] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)

    def count(self, kind: str, ok: bool, what: str) -> None:
        self.tries[kind] = self.tries.get(kind, 0) + 1
        self.hits[kind] = self.hits.get(kind, 0) + ok
        if not ok:
            self.misses.append(f"{kind}: {what}")

    def share(self, kind: str) -> float:
        return self.hits[kind] / self.tries[kind]


def plain(name: object) -> str:
    return re.sub(r"[^a-z0-9]", "", str(name).lower())


def compiled(text: str) -> IR | QlfError:
    try:
        return compile_brief(text).ir
    except QlfError as error:
        return error


def score(briefs: list[dict[str, Any]]) -> Score:
    total = Score()
    for brief in briefs:
        _one(brief["id"], compiled(brief["brief"]), brief["expect"], total)
    return total


def _one(name: str, found: IR | QlfError, want: dict[str, Any], total: Score) -> None:
    if want.get("refuse"):
        total.count("refusals", isinstance(found, RefusedError), name)
        return
    total.count("accepted", isinstance(found, IR), f"{name}: {found}")
    if not isinstance(found, IR):
        return
    names = _Names(want)
    _entities(name, found, want, names, total)
    _relations(name, found, want, names, total)
    for role in want.get("roles", []):
        total.count("roles", plain(role) in {plain(r.name) for r in found.roles}, f"{name}: {role}")
    for part in ("backend", "frontend", "database", "api"):
        if part in want:
            total.count("stack", getattr(found.stack, part) == want[part], f"{name}: {part} is {getattr(found.stack, part)}")
    if "overlays" in want:
        have = {o.name for o in found.overlays if o.decision != "ignored" and o.confidence >= 0.5}
        total.count("overlays", have == set(want["overlays"]), f"{name}: {sorted(have)}")


class _Names:
    """Whether a found entity is a wanted one, under any of its accepted names."""

    def __init__(self, want: dict[str, Any]) -> None:
        self.alias = {plain(k): {plain(v) for v in many} for k, many in want.get("entities_alias", {}).items()}

    def same(self, wanted: str, found: str) -> bool:
        return plain(found) in self.alias.get(plain(wanted), {plain(wanted)})


def _entities(name: str, found: IR, want: dict[str, Any], names: _Names, total: Score) -> None:
    for wanted in want.get("entities", []):
        total.count("recall", any(names.same(wanted, e.name) for e in found.entities), f"{name}: {wanted}")
    allowed = [*want.get("entities", []), *want.get("entities_ok", [])]
    for entity in found.entities:
        total.count("precision", any(names.same(w, entity.name) for w in allowed), f"{name}: {entity.name}")
    for wanted, fields in want.get("fields", {}).items():
        have = {plain(f.name) for e in found.entities if names.same(wanted, e.name) for f in e.fields}
        for one in fields:
            total.count("fields", plain(one) in have, f"{name}: {wanted}.{one}")
    for path, values in want.get("enums", {}).items():
        owner, one = path.split(".")
        listed = [f.enum or [] for e in found.entities if names.same(owner, e.name) for f in e.fields if plain(f.name) == plain(one)]
        total.count("enums", [plain(v) for v in values] in [[plain(v) for v in x] for x in listed], f"{name}: {path}")


def _relations(name: str, found: IR, want: dict[str, Any], names: _Names, total: Score) -> None:
    for source, to, kind in want.get("relations", []):
        straight = any(r.kind == kind and names.same(source, r.source) and names.same(to, r.to) for r in found.relations)
        turned = kind != "one_to_many" and any(
            r.kind == kind and names.same(source, r.to) and names.same(to, r.source) for r in found.relations
        )
        total.count("relations", straight or turned, f"{name}: {source} {kind} {to}")
