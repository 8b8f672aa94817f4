"""One app per test, over an empty home."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from api_cases import Door, open_door


@pytest_asyncio.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    made = open_door(tmp_path / "home")
    async with made.http:
        yield made
    made.stores.close()
