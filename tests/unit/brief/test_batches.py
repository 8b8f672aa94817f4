"""Batches of briefs that were written, with what a careful reader finds in them, before the compiler had seen them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.brief import compile_brief
from tests.unit.brief.invariants import check
from tests.unit.brief.scoring import score

BATCHES: dict[str, list[dict[str, Any]]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((Path(__file__).parent / "batches").glob("*.yaml"))
}
FLOORS = {
    "recall": 0.9, "precision": 0.95, "fields": 0.95, "relations": 0.88, "enums": 0.95, "roles": 0.93,
    "stack": 1.0, "overlays": 1.0, "refusals": 1.0, "accepted": 1.0,
}  # fmt: skip
LOWER = {"y": {"fields": 0.85}}
"""Where a batch is not read as well as the others yet."""
BUILT = [b for batch in BATCHES.values() for b in batch if not b["expect"].get("refuse")]


@pytest.mark.parametrize("name", BATCHES)
def test_each_batch_stays_above_the_floors(name: str) -> None:
    total = score(BATCHES[name])
    floors = FLOORS | LOWER.get(name, {})
    low = {kind: round(total.share(kind), 3) for kind in total.tries if total.share(kind) < floors[kind]}
    assert not low, total.misses


def test_all_batches_together_leave_little_out() -> None:
    total = score([b for batch in BATCHES.values() for b in batch])
    assert min(total.share(kind) for kind in ("recall", "precision", "fields", "relations", "roles")) >= 0.96, total.misses


def test_batches_are_many_and_their_briefs_distinct() -> None:
    assert len(BUILT) >= 110
    assert len({b["id"] for b in BUILT}) == len(BUILT)


@pytest.mark.parametrize("brief", BUILT, ids=[b["id"] for b in BUILT])
def test_every_brief_gives_a_buildable_app_and_a_tiling_ledger(brief: dict[str, str]) -> None:
    check(brief["brief"], compile_brief(brief["brief"]))
