"""Schemas of accounts and tokens."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from notice_board.core.roles import Role
from notice_board.schemas import types
from notice_board.schemas.base import SEARCH, SORT, Input, Output, PageQuery, example

Email = Annotated[str, types.mail()]
Password = Annotated[str, types.text(12, 128)]
AccountSort = Literal["created_at", "-created_at", "email", "-email"]


class Register(Input):
    """A new account."""

    model_config = example(
        ("email", "ada@example.org"),
        ("password", "a long enough password"),
    )

    email: Email
    password: Password


class Login(Input):
    """Who signs in."""

    model_config = example(
        ("email", "ada@example.org"),
        ("password", "a long enough password"),
    )

    email: Email
    password: Annotated[str, types.text(1, 128)]


class Refresh(Input):
    """A refresh token, as it was given out."""

    model_config = example(
        ("refresh_token", "the refresh token that came last"),
    )

    refresh_token: Annotated[str, types.text(1, 200)]


class PasswordChange(Input):
    """The old and the new password."""

    model_config = example(
        ("current_password", "a long enough password"),
        ("new_password", "a longer and newer password"),
    )

    current_password: Annotated[str, types.text(1, 128)]
    new_password: Password


class TokenPair(Output):
    """A short access token and the refresh token that follows it. `expires_in` counts seconds."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"]
    expires_in: int


class AccountRead(Output):
    """An account, without its password."""

    id: UUID
    email: str
    role: Role | None
    is_active: bool
    created_at: dt.datetime
    updated_at: dt.datetime


class AccountCreate(Input):
    """An account that an administrator makes."""

    model_config = example(
        ("email", "ada@example.org"),
        ("password", "a long enough password"),
        ("role", "editor"),
    )

    email: Email
    password: Password
    role: Role | None = None


class AccountUpdate(Input):
    """What an administrator may change. Without a role an account has no rights."""

    model_config = example(
        ("role", "editor"),
        ("is_active", True),
    )

    role: Role | None = Field(default_factory=types.absent)
    is_active: Annotated[bool, types.boolean()] = Field(default_factory=types.absent)
    password: Password = Field(default_factory=types.absent)


class AccountQuery(PageQuery):
    """How accounts are listed."""

    sort: AccountSort = Field(default="created_at", description=SORT)
    q: Annotated[str, types.text(1, 200)] = Field(default_factory=types.absent, description=SEARCH)
    role: Role = Field(default_factory=types.absent)
    is_active: Annotated[bool, types.flag()] = Field(default_factory=types.absent)


class AccountPage(Output):
    """A page of accounts."""

    items: list[AccountRead]
    next_cursor: str | None
