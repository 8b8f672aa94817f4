"""Settings: defaults, what is refused, and what the refusal tells."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.model import ConfigError
from shared.settings import Settings, load_settings, variables

NAMES = [name for name, _ in variables()]


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_defaults_need_no_environment() -> None:
    settings = load_settings()
    assert settings.home.name == "quantumlayer-factory"
    assert settings.home.is_absolute()
    assert (settings.project, settings.max_repair_rounds, settings.signing_key) == ("default", 3, None)
    assert settings.heavy_slots == os.cpu_count()
    assert settings.local_auth


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QLF_HOME", str(tmp_path))
    monkeypatch.setenv("QLF_MAX_REPAIR_ROUNDS", "0")
    monkeypatch.setenv("QLF_HEAVY_SLOTS", "7")
    monkeypatch.setenv("QLF_PROJECT", "clinic-2")
    monkeypatch.setenv("QLF_SIGNING_KEY", str(tmp_path / "key.pem"))
    settings = load_settings()
    assert (settings.home, settings.max_repair_rounds, settings.heavy_slots, settings.project) == (tmp_path, 0, 7, "clinic-2")
    assert settings.signing_key == tmp_path / "key.pem"


def test_paths_become_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QLF_HOME", "here/../there")
    assert load_settings().home == tmp_path / "there"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("QLF_HOME", "~/data")
    assert load_settings().home == tmp_path / "data"


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "")
    assert load_settings().local_auth


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QLF_MAX_REPAIR_ROUNDS", "11"),
        ("QLF_MAX_REPAIR_ROUNDS", "-1"),
        ("QLF_MAX_REPAIR_ROUNDS", "three"),
        ("QLF_HEAVY_SLOTS", "0"),
        ("QLF_HEAVY_SLOTS", "1e9"),
        ("QLF_PROJECT", "../up"),
        ("QLF_PROJECT", "x" * 65),
        ("QLF_ENVIRONMENT", "two words"),
        ("ENTRA_TENANT_ID", "common"),
        ("ENTRA_CLIENT_ID", "secret-looking-value"),
    ],
)
def test_a_bad_value_names_its_variable_and_not_itself(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert caught.value.code == "QLF8040"
    assert name in caught.value.detail
    assert f"'{value}'" not in caught.value.detail
    assert caught.value.__cause__ is None


def test_every_bad_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QLF_PROJECT", "A B")
    monkeypatch.setenv("QLF_HEAVY_SLOTS", "none")
    with pytest.raises(ConfigError, match=r"QLF_PROJECT.*QLF_HEAVY_SLOTS"):
        load_settings()


@pytest.mark.parametrize(("name", "value"), [("ENTRA_TENANT_ID", "00000000-0000-0000-0000-000000000000"), ("WEBSITE_SITE_NAME", "factory")])
def test_entra_or_azure_closes_the_local_door(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert not load_settings().local_auth


def test_settings_do_not_change() -> None:
    settings = Settings(project="a")
    with pytest.raises(ValueError, match="frozen"):
        settings.project = "b"  # type: ignore[misc]


def test_the_documentation_lists_every_variable() -> None:
    text = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    for name, description in variables():
        assert f"| `{name}` | {description} |" in text
