"""Inside Azure generated code runs in sessions and previews of their own, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.model import ConfigError
from shared.wiring import Services, services

WAYS: dict[str, Callable[[Services], object]] = {
    "QLF_SESSION_POOL_ENDPOINT": lambda house: house.sandbox(Path("/tmp/work")),
    "QLF_SESSION_POOL_ENDPOINT ": lambda house: house.environments,
    "QLF_PREVIEW_ENVIRONMENT_ID": lambda house: house.previews,
}


@pytest.mark.parametrize("way", WAYS)
def test_without_a_place_of_its_own_generated_code_is_refused_in_azure(monkeypatch: pytest.MonkeyPatch, house: Services, way: str) -> None:
    assert WAYS[way](house) is not None  # on a laptop
    monkeypatch.setenv("WEBSITE_SITE_NAME", "func")
    services.cache_clear()
    with pytest.raises(ConfigError, match=way.strip()) as refused:
        WAYS[way](services())
    assert refused.value.code == "QLF3030"
