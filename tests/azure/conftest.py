"""One installation for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from installation_cases import Cloud, open_cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with open_cloud(tmp_path_factory.mktemp("cloud")) as made:
        yield made
