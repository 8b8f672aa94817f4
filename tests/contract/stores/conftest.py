"""The stores under test: every test of this folder runs on each adapter of `store_cases.ADAPTERS`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from store_cases import ADAPTERS, Hand

from shared.stores import Stores


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture(params=sorted(ADAPTERS))
def adapter(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def stores(adapter: str, place: Path, clock: Hand) -> Iterator[Stores]:
    made = ADAPTERS[adapter](place, clock)
    yield made
    made.close()
