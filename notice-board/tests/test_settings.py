"""The service refuses to start on settings that are only fit for a developer's machine."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from notice_board.core.settings import DEVELOPMENT_KEY, PRODUCTION_RATE, Settings

GOOD_KEY = "k" * 48


def settings_for(environment: str, **changes: Any) -> Settings:
    """Settings that were given, whatever this machine's environment says."""
    values: dict[str, Any] = {"environment": environment, "rate_limit_per_minute": None, **changes}
    return Settings(**values)


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_default_secret_is_refused_outside_development(environment: str) -> None:
    with pytest.raises(ValidationError, match="SECRET_KEY must be set"):
        settings_for(environment, secret_key=DEVELOPMENT_KEY)
    assert settings_for(environment, secret_key=GOOD_KEY).environment == environment


@pytest.mark.parametrize("environment", ["development", "test"])
def test_default_secret_is_allowed_on_a_developers_machine(environment: str) -> None:
    assert settings_for(environment, secret_key=DEVELOPMENT_KEY).is_safe


def test_short_secret_is_refused_everywhere() -> None:
    with pytest.raises(ValidationError, match="at least 32 characters"):
        settings_for("development", secret_key="short")


def test_cheap_password_hashes_are_refused_in_production() -> None:
    with pytest.raises(ValidationError, match="argon2"):
        settings_for("production", secret_key=GOOD_KEY, argon2_memory_kib=1024)


def test_first_administrator_needs_both_address_and_password() -> None:
    with pytest.raises(ValidationError, match="set together"):
        settings_for("development", admin_email="first@example.org", admin_password=None)


def test_nobody_registers_as_administrator() -> None:
    with pytest.raises(ValidationError, match="REGISTRATION_ROLE"):
        settings_for("development", registration_role="admin")


def test_rate_limit_is_on_in_production_and_off_in_development() -> None:
    assert settings_for("production", secret_key=GOOD_KEY).rate_limit == PRODUCTION_RATE
    assert settings_for("development").rate_limit == 0
    assert settings_for("development", rate_limit_per_minute=7).rate_limit == 7


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    shown = repr(settings_for("production", secret_key=GOOD_KEY))
    assert GOOD_KEY not in shown


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", GOOD_KEY)
    monkeypatch.setenv("MAX_BODY_BYTES", "2048")
    made = Settings(environment="test")
    assert (made.secret_key.get_secret_value(), made.max_body_bytes) == (GOOD_KEY, 2048)
