"""Who is calling, and what they may do: one role for the installation, and a list of projects.

Entra says who somebody is and which of the app's roles they hold; which projects they may use is this installation's own business
(`QLF_PROJECT_ACCESS`), because app roles cannot grow with every project.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from shared.model import ConfigError, InputError

Kind = Literal["user", "app", "local", "webhook"]
Projects = frozenset[str] | None
"""The projects that somebody may use; None for all."""
Grants = Mapping[str, list[str]]
"""Object id of a user, group or app (`*`: everybody) -> projects (`*`: all)."""
USER_SCOPE = "access_as_user"
_ALL = "*"


class Role(IntEnum):
    """What somebody may do. Each role includes those before it; NONE is somebody that is known and may do nothing."""

    NONE = 0
    READER = 1
    OPERATOR = 2
    APPROVER = 3
    ADMIN = 4

    @property
    def title(self) -> str:
        """The value of the app role in Entra."""
        return self.name.capitalize()


_ROLES = {role.title: role for role in Role if role}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who calls. `id` is the object id in the tenant; `name` is shown to its owner only and never recorded."""

    id: str
    kind: Kind
    role: Role
    projects: Projects
    name: str = ""
    tenant: str = ""

    def actor(self) -> dict[str, str]:
        """How events and the audit log name this principal: no personal data beyond the object id."""
        return {"id": self.id, "kind": self.kind}

    def sees(self, project: str) -> bool:
        """True when the project is one of theirs."""
        return self.projects is None or project in self.projects

    def choose(self, wanted: str | None, default: str) -> str:
        """The project that a request is about: the one it names, else the installation's, else the caller's only one.

        Raises InputError: QLF7124 for a project of others, QLF7125 where the request must name one.
        """
        if wanted is not None:
            if not self.sees(wanted):
                raise InputError("QLF7124", f"no project {wanted!a}")
            return wanted
        if self.sees(default):
            return default
        if self.projects is not None and len(self.projects) == 1:
            return next(iter(self.projects))
        raise InputError("QLF7125")


LOCAL = Principal(id="local", kind="local", role=Role.ADMIN, projects=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What an access token, or the platform in front, says of somebody. `scopes` is None for an application that acts for itself."""

    id: str
    tenant: str
    name: str
    roles: frozenset[str]
    scopes: frozenset[str] | None
    groups: frozenset[str]


def principal_of(claims: Claims, grants: Grants, default: str) -> Principal:
    """The principal behind claims; `default` is the installation's own project. Raises ConfigError QLF7121 without an object id."""
    if not claims.id:
        raise ConfigError("QLF7121", "the token names no object id")
    role = role_of(claims)
    projects = None if role == Role.ADMIN else projects_of({claims.id, *claims.groups}, grants, default)
    kind: Kind = "app" if claims.scopes is None else "user"
    return Principal(id=claims.id, kind=kind, role=role, projects=projects, name=claims.name, tenant=claims.tenant)


def require_app(*, oid: str, sub: str, idtyp: str, nonce: str) -> None:
    """Raises ConfigError QLF7121 unless these are the claims of an application's own access token; asked where there is no `scp`.

    A user's ID token has no `scp` either, and the same audience and roles; but its subject is pairwise, and only a sign-in has a nonce.
    https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    """
    if nonce or not (idtyp == "app" or (oid and sub == oid)):
        raise ConfigError("QLF7121", "the token is no access token: it has no scope, and is not an application's own")


def role_of(claims: Claims) -> Role:
    """The highest app role that is held; a token for a user also needs a scope, and a scope named like a role caps it."""
    held = _highest(claims.roles)
    if claims.scopes is None or USER_SCOPE in claims.scopes:
        return held
    return min(held, _highest(claims.scopes))


def projects_of(ids: Iterable[str], grants: Grants, default: str) -> Projects:
    """The projects of somebody with these object ids. Without any grant the installation has one project, open to every role."""
    if not grants:
        return frozenset({default})
    found = {project for name in (*ids, _ALL) for project in grants.get(name, [])}
    return None if _ALL in found else frozenset(found)


def _highest(words: Iterable[str]) -> Role:
    return max((_ROLES.get(word, Role.NONE) for word in words), default=Role.NONE)
