"""Who may sign in, and the refresh tokens that keep them signed in."""

import datetime as dt
from uuid import UUID

from sqlalchemy import Boolean, ForeignKeyConstraint, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from notice_board.core.roles import Role
from notice_board.db.base import Row
from notice_board.db.types import UtcDateTime, choice


class Account(Row):
    """An account. Without a role it may sign in and do nothing else."""

    __tablename__ = "auth_account"
    __table_args__ = (
        UniqueConstraint("email", name="uq_auth_account_email"),
        ForeignKeyConstraint(
            ["created_by_id"],
            ["auth_account.id"],
            name="fk_auth_account_created_by_id",
            ondelete="SET NULL",
        ),
    )

    email: Mapped[str] = mapped_column(String(254))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role | None] = mapped_column(choice(Role, 6, "role"))
    is_active: Mapped[bool] = mapped_column(Boolean(), default=True)


class RefreshToken(Row):
    """A refresh token, as a fingerprint. All tokens that follow from one sign-in are a family."""

    __tablename__ = "auth_refresh_token"
    __table_args__ = (
        UniqueConstraint("fingerprint", name="uq_auth_refresh_token_fingerprint"),
        ForeignKeyConstraint(
            ["account_id"],
            ["auth_account.id"],
            name="fk_auth_refresh_token_account_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["created_by_id"],
            ["auth_account.id"],
            name="fk_auth_refresh_token_created_by_id",
            ondelete="SET NULL",
        ),
        Index("ix_auth_refresh_token_account_id", "account_id"),
        Index("ix_auth_refresh_token_family_id", "family_id"),
    )

    account_id: Mapped[UUID] = mapped_column(Uuid())
    family_id: Mapped[UUID] = mapped_column(Uuid())
    fingerprint: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime())
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime())
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime())
