"""The model of notice."""

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from notice_board.db.base import Row
from notice_board.db.types import choice
from notice_board.models.enums import NoticeState


class Notice(Row):
    """A notice as it is stored."""

    __tablename__ = "notices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["created_by_id"],
            ["auth_account.id"],
            name="fk_notices_created_by_id",
            ondelete="SET NULL",
        ),
        Index("ix_notices_created_at", "created_at", "id"),
        Index("ix_notices_created_by_id", "created_by_id"),
    )

    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str | None] = mapped_column(Text())
    state: Mapped[NoticeState] = mapped_column(choice(NoticeState, 6, "ck_notices_state"), default=NoticeState.DRAFT)


class NoticeTransition(Row):
    """A move that was made: from which state to which, when and by whom."""

    __tablename__ = "notice_transitions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["row_id"],
            ["notices.id"],
            name="fk_notice_transitions_row_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["created_by_id"],
            ["auth_account.id"],
            name="fk_notice_transitions_created_by_id",
            ondelete="SET NULL",
        ),
        Index("ix_notice_transitions_row_id", "row_id"),
    )

    row_id: Mapped[UUID] = mapped_column(Uuid())
    source: Mapped[NoticeState] = mapped_column(choice(NoticeState, 6, "ck_notice_transitions_source"))
    target: Mapped[NoticeState] = mapped_column(choice(NoticeState, 6, "ck_notice_transitions_target"))
