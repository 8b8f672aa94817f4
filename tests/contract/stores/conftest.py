"""The stores under test: every test of this folder runs on each adapter of `store_cases.ADAPTERS`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import blob_cases
import pytest
from store_cases import ADAPTERS, BYTES, PREPARED, Hand

from shared.stores import Stores


@pytest.fixture(scope="session", autouse=True)
def _peers() -> Iterator[None]:
    with blob_cases.RUNNING:
        yield


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture(params=sorted(ADAPTERS))
def adapter(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place(adapter: str, tmp_path: Path, clock: Hand) -> Iterator[Path]:
    with PREPARED.get(adapter, lambda *_: nullcontext())(tmp_path / "home", clock.seconds):
        yield tmp_path / "home"


@pytest.fixture
def stores(adapter: str, place: Path, clock: Hand) -> Iterator[Stores]:
    made = (ADAPTERS | BYTES)[adapter](place, clock)
    yield made
    made.close()
