"""Roles, and what each of them may do. An administrator may do everything."""

from enum import StrEnum
from typing import Final, Literal

Operation = Literal["create", "read", "update", "delete"]
Scope = Literal["all", "own"]


class Role(StrEnum):
    """A kind of user."""

    ADMIN = "admin"
    EDITOR = "editor"


# role -> entity -> operation -> reach: "all" rows, or the user's "own" rows only.
RIGHTS: Final[dict[Role, dict[str, dict[Operation, Scope]]]] = {
    Role.EDITOR: {
        "Notice": {"create": "all", "read": "all", "update": "all", "delete": "all"},
    },
}


def reach(role: Role | None, entity: str, operation: Operation) -> Scope | None:
    """How far the role reaches for this operation; None when it may not do it at all."""
    if role is Role.ADMIN:
        return "all"
    if role is None:
        return None
    return RIGHTS[role].get(entity, {}).get(operation)
