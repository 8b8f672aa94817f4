"""Making and managing accounts."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notice_board.core import security
from notice_board.core.problems import conflict, forbidden, not_found
from notice_board.core.roles import Role
from notice_board.core.settings import Settings
from notice_board.db.paging import Searchable, conditions, page
from notice_board.models.account import Account
from notice_board.schemas.account import AccountQuery, AccountUpdate, Register
from notice_board.services import rows
from notice_board.services.auth import end_sessions

LISTED = Searchable(
    sorts={"created_at": Account.created_at, "email": Account.email},
    texts=[Account.email],
    equal={"role": Account.role, "is_active": Account.is_active},
    lower={},
    upper={},
)


def create(session: Session, settings: Settings, email: str, password: str, role: Role | None) -> Account:
    """A new account. An e-mail address that is taken, in whatever case, is a conflict."""
    account = Account(email=email.lower(), password_hash=security.hash_password(settings, password), role=role)
    session.add(account)
    rows.save(session)
    return account


def register(session: Session, settings: Settings, data: Register) -> Account:
    """An account that someone makes for themselves, with the role that the settings give."""
    if not settings.registration_open:
        raise forbidden("Registration is closed")
    return create(session, settings, data.email, data.password, settings.registration_role)


def first_administrator(session: Session, settings: Settings) -> None:
    """Make the administrator that the settings name, once."""
    if settings.admin_email is None or settings.admin_password is None:
        return
    email = settings.admin_email.lower()
    if session.scalars(select(Account).where(Account.email == email)).one_or_none() is None:
        create(session, settings, email, settings.admin_password.get_secret_value(), Role.ADMIN)


def find(session: Session, account_id: UUID) -> Account:
    """An account, else 404."""
    account = session.get(Account, account_id)
    if account is None:
        raise not_found("account")
    return account


def search(session: Session, query: AccountQuery) -> tuple[list[Account], str | None]:
    """A page of accounts."""
    values = query.model_dump(exclude_unset=True)
    statement = select(Account).where(*conditions(LISTED, values))
    return page(session, statement, LISTED, query.sort, query.limit, query.cursor)


def change(session: Session, settings: Settings, account: Account, data: AccountUpdate, actor: Account) -> Account:
    """Change role, activity or password. Nobody changes their own rights, so that an administrator always remains."""
    values: dict[str, Any] = data.model_dump(exclude_unset=True)
    if account.id == actor.id and values:
        raise conflict("You cannot change your own account here")
    if "password" in values:
        account.password_hash = security.hash_password(settings, values.pop("password"))
    for name, value in values.items():
        setattr(account, name, value)
    if data.model_fields_set & {"password", "is_active"}:
        end_sessions(session, account.id)
    rows.save(session)
    return account


def remove(session: Session, account: Account, actor: Account) -> None:
    """Delete an account; what it made stays."""
    if account.id == actor.id:
        raise conflict("You cannot delete your own account")
    rows.remove(session, account)
