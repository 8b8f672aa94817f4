"""The same brief gives the same bytes in every process, and the bytes are pinned."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from shared.brief import compile_json
from shared.model import digest
from tests.unit.brief.scoring import BRIEFS

ROOT = Path(__file__).parents[3]
CLINIC = BRIEFS[0]["brief"]
GOLDEN = Path(__file__).parent / "golden.txt"


def in_process(seed: int) -> bytes:
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    longest = max((b["brief"] for b in BRIEFS), key=len)
    run = subprocess.run(
        [sys.executable, "-m", "shared.brief"], input=longest.encode(), capture_output=True, cwd=ROOT, env=environment, check=True
    )
    return run.stdout


def test_the_committed_digest_still_holds() -> None:
    found = [f"{b['id']} {digest(compile_json(b['brief']))}" for b in BRIEFS if b["id"] in {"clinic", "lawfirm", "procurement"}]
    assert found == GOLDEN.read_text(encoding="utf-8").split("\n")[:-1]


def test_compiling_twice_gives_the_same() -> None:
    assert compile_json(CLINIC) == compile_json(CLINIC)


def test_five_processes_with_random_hash_seeds_agree() -> None:
    assert len({in_process(seed) for seed in random.sample(range(2**32), 5)}) == 1


@pytest.mark.slow
def test_a_hundred_processes_with_random_hash_seeds_agree() -> None:
    assert len({in_process(seed) for seed in random.sample(range(2**32), 100)}) == 1
