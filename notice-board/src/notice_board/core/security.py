"""Passwords and tokens: argon2 hashes, short signed access tokens, opaque refresh tokens."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from notice_board.core.settings import Settings

_ALGORITHM: Final = "HS256"
_CLAIMS: Final = ["aud", "exp", "iat", "iss", "jti", "sub"]


def hasher(settings: Settings) -> PasswordHasher:
    """Argon2id with the configured cost."""
    return PasswordHasher(settings.argon2_time_cost, settings.argon2_memory_kib, parallelism=1)


def hash_password(settings: Settings, password: str) -> str:
    """The argon2 hash of a password, with its salt and cost."""
    return hasher(settings).hash(password)


def password_matches(settings: Settings, stored: str | None, password: str) -> bool:
    """Check a password. Without a stored hash the same work is done, so that timing tells nothing."""
    try:
        return hasher(settings).verify(stored or hash_password(settings, "no account"), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def hash_secret(value: str | None) -> str | None:
    """The argon2 hash of a secret value of a row, which is never given out."""
    return None if value is None else PasswordHasher(2, 19456, parallelism=1).hash(value)


def access_token(settings: Settings, account_id: UUID, now: datetime | None = None) -> str:
    """A signed token that names the account, valid for the configured minutes."""
    issued = now or datetime.now(UTC)
    claims = {
        "sub": str(account_id),
        "iss": settings.jwt_issuer,
        "aud": settings.jwt_audience,
        "iat": issued,
        "exp": issued + timedelta(minutes=settings.access_minutes),
        "jti": secrets.token_hex(16),
    }
    return jwt.encode(claims, settings.secret_key.get_secret_value(), algorithm=_ALGORITHM)


def account_of(settings: Settings, token: str) -> UUID | None:
    """The account that a valid access token names, else None. Signature, issuer, audience and times are checked."""
    try:
        claims = jwt.decode(
            token,
            settings.secret_key.get_secret_value(),
            algorithms=[_ALGORITHM],
            audience=settings.jwt_audience,
            issuer=settings.jwt_issuer,
            options={"require": _CLAIMS},
        )
        return UUID(claims["sub"])
    except (jwt.PyJWTError, ValueError):
        return None


def new_refresh_token() -> str:
    """An opaque token of 256 random bits."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """What is stored of a refresh token: its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()
