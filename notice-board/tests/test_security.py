"""Passwords are hashed, tokens are signed, and a token of any other make is worth nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt
import pytest

from notice_board.core.security import (
    access_token,
    account_of,
    fingerprint,
    hash_password,
    hash_secret,
    new_refresh_token,
    password_matches,
)
from notice_board.core.settings import Settings

from tests.support.checks import problem
from tests.support.world import World

ACCOUNT = UUID(int=1)


def signed(settings: Settings, algorithm: str = "HS256", key: str = "", **changes: object) -> str:
    """An access token with some claims changed; a claim that is None is left out."""
    now = datetime.now(UTC)
    claims: dict[str, object] = {
        "sub": str(ACCOUNT),
        "iss": settings.jwt_issuer,
        "aud": settings.jwt_audience,
        "iat": now,
        "exp": now + timedelta(minutes=5),
        "jti": secrets.token_hex(16),
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key or settings.secret_key.get_secret_value(), algorithm=algorithm)


FORGED: dict[str, Callable[[Settings], str]] = {
    "expired": lambda s: signed(s, exp=datetime.now(UTC) - timedelta(seconds=1)),
    "another_audience": lambda s: signed(s, aud="another"),
    "another_issuer": lambda s: signed(s, iss="another"),
    "another_key": lambda s: signed(s, key="k" * 64),
    "another_algorithm": lambda s: signed(s, algorithm="HS512", key="k" * 64),
    "not_yet_issued": lambda s: signed(s, iat=datetime.now(UTC) + timedelta(hours=1)),
    "no_expiry": lambda s: signed(s, exp=None),
    "no_subject": lambda s: signed(s, sub=None),
    "subject_no_id": lambda s: signed(s, sub="admin"),
    "no_token_at_all": lambda _: "certainly-no-token",
}


def test_password_is_stored_as_a_salted_argon2_hash(settings: Settings) -> None:
    first, second = (hash_password(settings, "correct horse") for _ in range(2))
    assert first.startswith("$argon2id$")
    assert first != second
    assert "correct horse" not in first


def test_only_the_right_password_matches(settings: Settings) -> None:
    stored = hash_password(settings, "correct horse")
    assert password_matches(settings, stored, "correct horse")
    assert not password_matches(settings, stored, "Correct horse")
    assert not password_matches(settings, "not a hash", "correct horse")
    assert not password_matches(settings, None, "no account")


def test_secret_is_stored_as_its_hash_and_absence_stays_absence() -> None:
    stored = hash_secret("1234")
    assert stored is not None
    assert "1234" not in stored
    assert hash_secret(None) is None


def test_access_token_names_its_account_until_it_expires(settings: Settings) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=settings.access_minutes, seconds=1)
    assert account_of(settings, access_token(settings, ACCOUNT)) == ACCOUNT
    assert account_of(settings, access_token(settings, ACCOUNT, long_ago)) is None


@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED.keys())
def test_forged_token_names_nobody(settings: Settings, make: Callable[[Settings], str]) -> None:
    assert account_of(settings, signed(settings)) == ACCOUNT
    assert account_of(settings, make(settings)) is None


@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED.keys())
def test_forged_token_opens_no_route(world: World, make: Callable[[Settings], str]) -> None:
    answer = world.call("GET", "/auth/me", token=make(world.settings))
    problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_token_of_an_account_that_is_gone_opens_no_route(world: World) -> None:
    problem(world.call("GET", "/auth/me", token=access_token(world.settings, uuid4())), 401)


def test_other_scheme_than_bearer_is_refused(world: World) -> None:
    for header in ("Basic YTpi", "Bearer", world.people["admin"].token):
        problem(world.client.get("/auth/me", headers={"Authorization": header}), 401)


def test_refresh_tokens_are_unguessable_and_stored_as_fingerprints() -> None:
    tokens = {new_refresh_token() for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) >= 43 and fingerprint(token) != token for token in tokens)
    assert len({fingerprint(token) for token in tokens}) == 20
