"""Telemetry that is recorded in this process and taken back afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.recorded import Recorded, recording


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    with recording() as kept:
        yield kept
