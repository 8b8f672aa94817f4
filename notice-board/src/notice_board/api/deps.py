"""What routes depend on: settings, a session, the user and the user's rights. What never waits needs no thread."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from notice_board.core import security
from notice_board.core.problems import forbidden, unauthorized
from notice_board.core.roles import Operation, Role, reach
from notice_board.core.settings import Settings
from notice_board.models.account import Account
from notice_board.services.rows import Access

_bearer = HTTPBearer(scheme_name="bearer", bearerFormat="JWT", auto_error=False)


async def settings_of(request: Request) -> Settings:
    """The application's settings."""
    settings: Settings = request.app.state.settings
    return settings


def session_of(request: Request) -> Iterator[Session]:
    """A session for one request, which takes no write lock for a reading one."""
    kind = "readers" if request.method == "GET" else "sessions"
    with getattr(request.app.state, kind)() as session:
        yield session


SettingsDep = Annotated[Settings, Depends(settings_of)]
SessionDep = Annotated[Session, Depends(session_of)]


def account_of(
    settings: SettingsDep,
    session: SessionDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Account:
    """The active account of the access token, else 401."""
    account_id = security.account_of(settings, credentials.credentials) if credentials is not None else None
    account = session.get(Account, account_id) if account_id is not None else None
    if account is None or not account.is_active:
        raise unauthorized()
    return account


AccountDep = Annotated[Account, Depends(account_of)]


def allow(entity: str, operation: Operation) -> Callable[[Account], Awaitable[Access]]:
    """Let only roles pass that may do this, and say how far they reach."""

    async def check(account: AccountDep) -> Access:
        scope = reach(account.role, entity, operation)
        if scope is None:
            raise forbidden()
        return Access(account, scope)

    return check


def movers(entity: str, roles: frozenset[Role]) -> Callable[[Account], Awaitable[Access]]:
    """Let pass who may update, and the roles that a state machine names."""

    async def check(account: AccountDep) -> Access:
        scope = reach(account.role, entity, "update")
        if account.role in roles:
            scope = scope or reach(account.role, entity, "read") or "all"
        if scope is None:
            raise forbidden()
        return Access(account, scope)

    return check


async def administrator(account: AccountDep) -> Account:
    """Let only administrators pass."""
    if account.role is not Role.ADMIN:
        raise forbidden()
    return account


AdminDep = Annotated[Account, Depends(administrator)]
