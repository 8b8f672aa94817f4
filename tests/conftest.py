"""What all tests share: a home of its own for each test, and the rooms wired to it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from shared.wiring import Services, services  # noqa: E402

# A busy machine is no fault of what is tested. Every run tries the same examples; `make search` looks for new ones.
hypothesis.settings.register_profile(
    "factory", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.register_profile("search", hypothesis.settings.get_profile("factory"), derandomize=False, max_examples=1000)
hypothesis.settings.load_profile("factory")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty QLF_HOME."""
    place = tmp_path / "home"
    monkeypatch.setenv("QLF_HOME", str(place))
    return place


@pytest.fixture
def house(home: Path) -> Iterator[Services]:
    """The services of this process, over an empty home."""
    services.cache_clear()
    made = services()
    yield made
    made.stores.close()
    services.cache_clear()
