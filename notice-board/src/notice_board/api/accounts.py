"""User administration, for administrators."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from notice_board.api.deps import AdminDep, SessionDep, SettingsDep
from notice_board.core.problems import created, documented
from notice_board.schemas.account import AccountCreate, AccountPage, AccountQuery, AccountRead, AccountUpdate
from notice_board.schemas.base import Id
from notice_board.services import accounts

router = APIRouter(prefix="/admin/accounts", tags=["accounts"])
LINKED = ["admin_get_account", "admin_update_account", "admin_delete_account"]


@router.get("", operation_id="admin_list_accounts", responses=documented(401, 403, 404, 422, 429, 503))
def admin_list_accounts(session: SessionDep, _: AdminDep, query: Annotated[AccountQuery, Query()]) -> AccountPage:
    """List accounts."""
    items, next_cursor = accounts.search(session, query)
    return AccountPage(items=[AccountRead.model_validate(item) for item in items], next_cursor=next_cursor)


@router.post(
    "",
    operation_id="admin_create_account",
    status_code=201,
    responses={201: created("account_id", LINKED), **documented(400, 401, 403, 409, 413, 422, 429, 503)},
)
def admin_create_account(
    data: AccountCreate,
    session: SessionDep,
    settings: SettingsDep,
    _: AdminDep,
    response: Response,
) -> AccountRead:
    """Make an account with a role."""
    account = accounts.create(session, settings, data.email, data.password, data.role)
    response.headers["Location"] = f"/admin/accounts/{account.id}"
    return AccountRead.model_validate(account)


@router.get(
    "/{account_id}",
    operation_id="admin_get_account",
    responses=documented(401, 403, 404, 429, 503),
)
def admin_get_account(account_id: Id, session: SessionDep, _: AdminDep) -> AccountRead:
    """Get one account."""
    return AccountRead.model_validate(accounts.find(session, account_id))


@router.patch(
    "/{account_id}",
    operation_id="admin_update_account",
    responses=documented(400, 401, 403, 404, 409, 413, 422, 429, 503),
)
def admin_update_account(
    account_id: Id,
    data: AccountUpdate,
    session: SessionDep,
    settings: SettingsDep,
    actor: AdminDep,
) -> AccountRead:
    """Change role, activity or password of someone else's account."""
    account = accounts.find(session, account_id)
    return AccountRead.model_validate(accounts.change(session, settings, account, data, actor))


@router.delete(
    "/{account_id}",
    operation_id="admin_delete_account",
    status_code=204,
    response_class=Response,
    responses=documented(401, 403, 404, 409, 429, 503),
)
def admin_delete_account(account_id: Id, session: SessionDep, actor: AdminDep) -> Response:
    """Delete someone else's account. What it made stays."""
    accounts.remove(session, accounts.find(session, account_id), actor)
    return Response(status_code=204)
