"""Who calls, and what they may do: sign-in, roles, projects, and the gate that asks."""

from api.identity.access import ACCESS, METADATA, PREFIX, Door, declared
from api.identity.description import describe_access
from api.identity.gate import CALLER, DECLARED, Gate, origin
from api.identity.local import local_token
from api.identity.principal import LOCAL, USER_SCOPE, Principal, Role
from api.identity.scoped import scoped

__all__ = [
    "ACCESS", "CALLER", "DECLARED", "LOCAL", "METADATA", "PREFIX", "USER_SCOPE",
    "Door", "Gate", "Principal", "Role", "declared", "describe_access", "local_token", "origin", "scoped",
]  # fmt: skip
