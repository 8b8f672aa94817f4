"""Registering, signing in and out, and the user's own account."""

from fastapi import APIRouter, Response

from notice_board.api.deps import AccountDep, SessionDep, SettingsDep
from notice_board.core.problems import documented
from notice_board.schemas.account import AccountRead, Login, PasswordChange, Refresh, Register, TokenPair
from notice_board.services import accounts, auth

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post(
    "/register",
    operation_id="register",
    status_code=201,
    responses=documented(400, 403, 409, 413, 422, 429, 503),
)
def register(data: Register, session: SessionDep, settings: SettingsDep) -> AccountRead:
    """Make an account for oneself."""
    return AccountRead.model_validate(accounts.register(session, settings, data))


@router.post("/login", operation_id="login", responses=documented(400, 401, 413, 422, 429, 503))
def login(data: Login, session: SessionDep, settings: SettingsDep) -> TokenPair:
    """Sign in with e-mail and password."""
    return auth.sign_in(session, settings, data)


@router.post("/refresh", operation_id="refresh", responses=documented(400, 401, 413, 422, 429, 503))
def refresh(data: Refresh, session: SessionDep, settings: SettingsDep) -> TokenPair:
    """Exchange a refresh token for a new pair. Each token works once."""
    return auth.refresh(session, settings, data.refresh_token)


@router.post(
    "/logout",
    operation_id="logout",
    status_code=204,
    response_class=Response,
    responses=documented(400, 413, 422, 429, 503),
)
def logout(data: Refresh, session: SessionDep) -> Response:
    """End the session that a refresh token belongs to."""
    auth.sign_out(session, data.refresh_token)
    return Response(status_code=204)


@router.get("/me", operation_id="get_me", responses=documented(401, 429, 503))
def get_me(account: AccountDep) -> AccountRead:
    """The account that is signed in."""
    return AccountRead.model_validate(account)


@router.post(
    "/password",
    operation_id="change_password",
    status_code=204,
    response_class=Response,
    responses=documented(400, 401, 403, 413, 422, 429, 503),
)
def change_password(
    data: PasswordChange,
    session: SessionDep,
    settings: SettingsDep,
    account: AccountDep,
) -> Response:
    """Set a new password."""
    auth.change_password(session, settings, account, data)
    return Response(status_code=204)
