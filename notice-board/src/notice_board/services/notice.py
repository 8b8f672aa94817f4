"""What the application does with notice."""

from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, select
from sqlalchemy import update as set_values
from sqlalchemy.orm import Session

from notice_board.core.problems import conflict, forbidden
from notice_board.core.roles import Role, reach
from notice_board.db.base import now
from notice_board.db.paging import Searchable, conditions, page
from notice_board.models.enums import NoticeState
from notice_board.models.notice import Notice, NoticeTransition
from notice_board.schemas.base import PageQuery
from notice_board.schemas.notice import NoticeCreate, NoticeQuery, NoticeUpdate
from notice_board.services import rows
from notice_board.services.rows import Access

WHAT: Final = "notice"
LISTED: Final = Searchable(
    sorts={
        "created_at": Notice.created_at,
        "updated_at": Notice.updated_at,
        "title": Notice.title,
    },
    texts=[
        Notice.title,
        Notice.text,
    ],
    equal={
        "title": Notice.title,
        "state": Notice.state,
    },
    lower={},
    upper={},
)
MOVES: Final[dict[tuple[NoticeState, NoticeState], frozenset[Role]]] = {
    (
        NoticeState.DRAFT,
        NoticeState.POSTED,
    ): frozenset(),
}
MOVERS: Final = frozenset(role for roles in MOVES.values() for role in roles)
MOVES_LISTED: Final = Searchable(
    sorts={"created_at": NoticeTransition.created_at},
    texts=[],
    equal={},
    lower={},
    upper={},
)


def find(session: Session, access: Access, row_id: UUID) -> Notice:
    """One within the user's reach, else 404."""
    return rows.find(session, Notice, row_id, access, WHAT)


def search(
    session: Session,
    access: Access,
    query: NoticeQuery,
    *where: ColumnElement[bool],
) -> tuple[list[Notice], str | None]:
    """A page of those within reach, and the next page's cursor."""
    values = query.model_dump(exclude_unset=True)
    statement = rows.visible(Notice, access).where(*where, *conditions(LISTED, values))
    return page(session, statement, LISTED, query.sort, query.limit, query.cursor)


def create(session: Session, access: Access, data: NoticeCreate) -> Notice:
    """Make one, as the user's own."""
    values = data.model_dump()
    return rows.add(session, Notice(**values), access)


def update(
    session: Session,
    access: Access,
    row_id: UUID,
    data: NoticeUpdate,
) -> Notice:
    """Change what the client sent."""
    row = find(session, access, row_id)
    values = data.model_dump(exclude_unset=True)
    return rows.change(session, row, values)


def remove(session: Session, access: Access, row_id: UUID) -> None:
    """Delete one."""
    rows.remove(session, find(session, access, row_id))


def move(
    session: Session,
    access: Access,
    row_id: UUID,
    to: NoticeState,
) -> Notice:
    """Move one to another state: 409 when no such move exists, 403 when the user's role may not make it."""
    row = find(session, access, row_id)
    source = row.state
    roles = MOVES.get((source, to))
    if roles is None:
        raise conflict(f"There is no move from {source.value} to {to.value}")
    role = access.account.role
    allowed = role in roles if roles else reach(role, "Notice", "update") is not None
    if role is not Role.ADMIN and not allowed:
        raise forbidden("Your role may not make this move")
    moved = session.execute(
        set_values(Notice)
        .where(Notice.id == row.id, Notice.state == source)
        .values({"state": to, "updated_at": now()})
        .execution_options(synchronize_session=False)
    )
    if isinstance(moved, CursorResult) and moved.rowcount == 0:
        session.rollback()
        raise conflict("Someone else moved it at the same time")
    rows.add(session, NoticeTransition(row_id=row.id, source=source, target=to), access)
    session.refresh(row)
    return row


def moves(
    session: Session,
    access: Access,
    row_id: UUID,
    query: PageQuery,
) -> tuple[list[NoticeTransition], str | None]:
    """The moves that one has made, the oldest first."""
    row = find(session, access, row_id)
    statement = select(NoticeTransition).where(
        NoticeTransition.row_id == row.id,
    )
    return page(session, statement, MOVES_LISTED, "created_at", query.limit, query.cursor)
