"""Routes of notice."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from notice_board.api.deps import SessionDep, allow, movers
from notice_board.core.problems import created, documented
from notice_board.models.enums import NoticeState
from notice_board.schemas.base import Id, PageQuery
from notice_board.schemas.notice import (
    NoticeCreate,
    NoticePage,
    NoticeQuery,
    NoticeRead,
    NoticeTransitionPage,
    NoticeTransitionRead,
    NoticeUpdate,
)
from notice_board.services import notice as notice_service
from notice_board.services.rows import Access

router = APIRouter(prefix="/notices", tags=["notices"])
Mover = Annotated[Access, Depends(movers("Notice", notice_service.MOVERS))]
LINKED = [
    "get_notice",
    "update_notice",
    "delete_notice",
    "list_transitions_of_notice",
]


@router.get(
    "",
    operation_id="list_notices",
    responses=documented(401, 403, 404, 422, 429, 503),
)
def list_notices(
    session: SessionDep,
    access: Annotated[Access, Depends(allow("Notice", "read"))],
    query: Annotated[NoticeQuery, Query()],
) -> NoticePage:
    """List notices: search, filter, sort and page through them."""
    items, next_cursor = notice_service.search(session, access, query)
    return NoticePage(
        items=[NoticeRead.model_validate(item) for item in items],
        next_cursor=next_cursor,
    )


@router.post(
    "",
    operation_id="create_notice",
    status_code=201,
    responses={
        201: created("notice_id", LINKED),
        **documented(400, 401, 403, 409, 413, 422, 429, 503),
    },
)
def create_notice(
    data: NoticeCreate,
    session: SessionDep,
    access: Annotated[Access, Depends(allow("Notice", "create"))],
    response: Response,
) -> NoticeRead:
    """Create a notice."""
    row = notice_service.create(session, access, data)
    response.headers["Location"] = f"/notices/{row.id}"
    return NoticeRead.model_validate(row)


@router.get(
    "/{notice_id}",
    operation_id="get_notice",
    responses=documented(401, 403, 404, 429, 503),
)
def get_notice(
    notice_id: Id,
    session: SessionDep,
    access: Annotated[Access, Depends(allow("Notice", "read"))],
) -> NoticeRead:
    """Get a notice."""
    row = notice_service.find(session, access, notice_id)
    return NoticeRead.model_validate(row)


@router.patch(
    "/{notice_id}",
    operation_id="update_notice",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 429, 503),
)
def update_notice(
    notice_id: Id,
    data: NoticeUpdate,
    session: SessionDep,
    access: Annotated[Access, Depends(allow("Notice", "update"))],
) -> NoticeRead:
    """Change the fields of a notice that are sent."""
    row = notice_service.update(session, access, notice_id, data)
    return NoticeRead.model_validate(row)


@router.delete(
    "/{notice_id}",
    operation_id="delete_notice",
    status_code=204,
    response_class=Response,
    responses=documented(401, 403, 404, 409, 429, 503),
)
def delete_notice(
    notice_id: Id,
    session: SessionDep,
    access: Annotated[Access, Depends(allow("Notice", "delete"))],
) -> Response:
    """Delete a notice."""
    notice_service.remove(session, access, notice_id)
    return Response(status_code=204)


@router.post(
    "/{notice_id}/transitions/{state}",
    operation_id="move_notice",
    responses=documented(401, 403, 404, 409, 429, 503),
)
def move_notice(
    notice_id: Id,
    state: NoticeState,
    session: SessionDep,
    access: Mover,
) -> NoticeRead:
    """Move a notice to another state."""
    row = notice_service.move(session, access, notice_id, state)
    return NoticeRead.model_validate(row)


@router.get(
    "/{notice_id}/transitions",
    operation_id="list_transitions_of_notice",
    responses=documented(401, 403, 404, 422, 429, 503),
)
def list_transitions_of_notice(
    notice_id: Id,
    session: SessionDep,
    access: Annotated[Access, Depends(allow("Notice", "read"))],
    query: Annotated[PageQuery, Query()],
) -> NoticeTransitionPage:
    """List the moves that a notice has made, the oldest first."""
    items, next_cursor = notice_service.moves(session, access, notice_id, query)
    return NoticeTransitionPage(
        items=[NoticeTransitionRead.model_validate(item) for item in items],
        next_cursor=next_cursor,
    )
