"""Finding and writing rows within a user's reach. Every entity's service stands on these."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from notice_board.core.problems import conflict, not_found
from notice_board.core.roles import Operation, Scope, reach
from notice_board.db.base import Base, Row
from notice_board.models.account import Account

R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Access:
    """Who asks, and how far the request reaches: "all" rows or the "own" ones."""

    account: Account
    scope: Scope

    def to(self, entity: str, operation: Operation = "read") -> "Access | None":
        """The same user's reach into another entity, or None."""
        scope = reach(self.account.role, entity, operation)
        return None if scope is None else Access(self.account, scope)


def visible(model: type[R], access: Access) -> Select[R]:
    """The rows within reach."""
    statement = select(model)
    return statement if access.scope == "all" else statement.where(model.created_by_id == access.account.id)


def find(session: Session, model: type[R], row_id: UUID, access: Access, what: str) -> R:
    """A row within reach, else 404: another user's row does not exist."""
    row = session.scalars(visible(model, access).where(model.id == row_id)).one_or_none()
    if row is None:
        raise not_found(what)
    return row


def require(session: Session, model: type[R], row_id: UUID | None, access: Access, entity: str, what: str) -> None:
    """Check a row that another one refers to: it must exist and, where the user reaches own rows only, be one."""
    if row_id is None:
        return
    statement = visible(model, access.to(entity) or Access(access.account, "all")).where(model.id == row_id)
    if session.scalars(statement).one_or_none() is None:
        raise conflict(f"There is no such {what} to refer to")


def save(session: Session) -> None:
    """Commit. What the database's constraints refuse is a conflict."""
    try:
        session.commit()
    except IntegrityError as error:
        session.rollback()
        raise conflict("Another row forbids this: a value is taken, or a row is still referred to") from error


def add(session: Session, row: R, access: Access) -> R:
    """Store a new row as the user's own."""
    row.created_by_id = access.account.id
    session.add(row)
    save(session)
    return row


def change(session: Session, row: R, values: Mapping[str, Any]) -> R:
    """Set attributes of a row and store it."""
    for name, value in values.items():
        setattr(row, name, value)
    save(session)
    return row


def remove(session: Session, row: Row) -> None:
    """Delete a row."""
    session.delete(row)
    save(session)


def link(session: Session, pair: Base) -> None:
    """Store a pair; one that is there already stays."""
    session.merge(pair)
    save(session)


def unlink(session: Session, model: type[Base], key: tuple[UUID, UUID]) -> None:
    """Delete a pair, else 404."""
    pair = session.get(model, key)
    if pair is None:
        raise not_found("link")
    session.delete(pair)
    save(session)
