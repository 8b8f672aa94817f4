"""Signing in, staying signed in, signing out. A refresh token works once; using it again ends its whole family."""

from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from notice_board.core import security
from notice_board.core.problems import forbidden, unauthorized
from notice_board.core.settings import Settings
from notice_board.db.base import now
from notice_board.models.account import Account, RefreshToken
from notice_board.schemas.account import Login, PasswordChange, TokenPair

BEARER: Final = "bearer"


def sign_in(session: Session, settings: Settings, data: Login) -> TokenPair:
    """Check e-mail and password. The answer does not tell which of them was wrong."""
    account = session.scalars(select(Account).where(Account.email == data.email.lower())).one_or_none()
    stored = account.password_hash if account is not None else None
    matches = security.password_matches(settings, stored, data.password)
    if account is None or not matches or not account.is_active:
        raise unauthorized("E-mail or password is wrong")
    return _issue(session, settings, account, uuid4())


def refresh(session: Session, settings: Settings, token: str) -> TokenPair:
    """A new pair for a refresh token that was not used yet."""
    found = session.scalars(
        select(RefreshToken).where(RefreshToken.fingerprint == security.fingerprint(token))
    ).one_or_none()
    if found is None or found.revoked_at is not None or found.expires_at <= now():
        raise unauthorized("The refresh token is not valid")
    taken = session.execute(
        update(RefreshToken)
        .where(RefreshToken.id == found.id, RefreshToken.used_at.is_(None))
        .values(used_at=now())
        .execution_options(synchronize_session=False)
    )
    if isinstance(taken, CursorResult) and taken.rowcount == 0:
        _revoke(session, found.family_id)
        session.commit()
        raise unauthorized("The refresh token was used before; sign in again")
    account = session.get(Account, found.account_id)
    if account is None or not account.is_active:
        raise unauthorized("The account is not active")
    return _issue(session, settings, account, found.family_id)


def sign_out(session: Session, token: str) -> None:
    """End the family of a refresh token. An unknown one needs no ending."""
    found = session.scalars(
        select(RefreshToken).where(RefreshToken.fingerprint == security.fingerprint(token))
    ).one_or_none()
    if found is not None:
        _revoke(session, found.family_id)
        session.commit()


def change_password(session: Session, settings: Settings, account: Account, data: PasswordChange) -> None:
    """Set a new password and end every session of the account."""
    if not security.password_matches(settings, account.password_hash, data.current_password):
        raise forbidden("The current password is wrong")
    account.password_hash = security.hash_password(settings, data.new_password)
    end_sessions(session, account.id)
    session.commit()


def end_sessions(session: Session, account_id: UUID) -> None:
    """Revoke every refresh token of an account; the caller commits."""
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.account_id == account_id, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now())
        .execution_options(synchronize_session=False)
    )


def _revoke(session: Session, family_id: UUID) -> None:
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.family_id == family_id, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now())
        .execution_options(synchronize_session=False)
    )


def _issue(session: Session, settings: Settings, account: Account, family_id: UUID) -> TokenPair:
    token = security.new_refresh_token()
    session.add(
        RefreshToken(
            account_id=account.id,
            family_id=family_id,
            fingerprint=security.fingerprint(token),
            expires_at=now() + timedelta(days=settings.refresh_days),
        )
    )
    session.commit()
    return TokenPair(
        access_token=security.access_token(settings, account.id),
        refresh_token=token,
        token_type=BEARER,
        expires_in=settings.access_minutes * 60,
    )
