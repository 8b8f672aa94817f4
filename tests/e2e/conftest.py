"""What the end-to-end tests share: a data folder whose environments are kept from run to run."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".qlf-home" / "test-cache"


@pytest.fixture
def warm_home(tmp_path: Path) -> Path:
    """An empty data folder that installs nothing which an earlier test installed already."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for cache in ("envs", "gate-cache"):
        (KEPT / cache).mkdir(parents=True, exist_ok=True)
        (home / cache).symlink_to(KEPT / cache)
    return home
