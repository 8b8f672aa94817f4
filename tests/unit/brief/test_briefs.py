"""Briefs of many trades: what the compiler finds in them, held by scores, and what holds for each one."""

from __future__ import annotations

import pytest

from shared.brief import compile_brief
from tests.unit.brief.invariants import check
from tests.unit.brief.scoring import BRIEFS, score

BUILT = [b for b in BRIEFS if not b["expect"].get("refuse")]
FLOORS = {
    "recall": 0.97, "precision": 0.97, "fields": 0.97, "relations": 0.95, "enums": 0.95, "roles": 0.97,
    "stack": 1.0, "overlays": 0.97, "refusals": 1.0, "accepted": 1.0,
}  # fmt: skip


def test_scores_stay_above_their_floors() -> None:
    total = score(BRIEFS)
    low = {kind: round(total.share(kind), 3) for kind, floor in FLOORS.items() if total.share(kind) < floor}
    assert not low, total.misses


def test_there_are_enough_briefs_of_enough_kinds() -> None:
    assert len(BUILT) >= 40
    assert len({b["id"] for b in BRIEFS}) == len(BRIEFS)


@pytest.mark.parametrize("brief", BUILT, ids=[b["id"] for b in BUILT])
def test_every_brief_gives_a_buildable_app_and_a_tiling_ledger(brief: dict[str, str]) -> None:
    check(brief["brief"], compile_brief(brief["brief"]))
