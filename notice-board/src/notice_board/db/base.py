"""The declarative base, and what every table of the application has."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import MetaData, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from notice_board.db.types import UtcDateTime


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """Base of all models. Constraints are named, so that migrations can address them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Row(Base):
    """A row with an id, the times it was made and changed, and who made it."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True, default=uuid4, sort_order=-10)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=now, sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=now, onupdate=now, sort_order=91)
    created_by_id: Mapped[UUID | None] = mapped_column(Uuid(), sort_order=92)
