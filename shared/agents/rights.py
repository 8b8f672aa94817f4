"""Roles, and what each of them may do with which entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from shared.agents.naming import member, snake
from shared.blueprints import Code
from shared.model import IR

Right = Literal["create", "read", "update", "delete"]
Rights = dict[str, dict[str, dict[Right, str]]]
ADMIN, USER = "admin", "user"
_ORDER: tuple[Right, ...] = ("create", "read", "update", "delete")


def role_value(role: str) -> str:
    """A role's name in the app: snake case."""
    return snake(role)


def roles(ir: IR) -> tuple[tuple[Code, str], ...]:
    """(member, value) of every role, `admin` first; an app without roles gets `user`."""
    values = list(dict.fromkeys([ADMIN, *(role_value(r.name) for r in ir.roles)] if ir.roles else [ADMIN, USER]))
    return tuple((member(v, "R_"), v) for v in values)


def rights(ir: IR, classes: Mapping[str, str]) -> Rights:
    """role -> model class -> operation -> `all` or `own`. `classes`: IR name -> model class of every entity."""
    if not ir.roles:
        return {USER: {cls: dict.fromkeys(_ORDER, "all") for cls in classes.values()}}
    return {value: _of(ir, value, classes) for _, value in roles(ir) if value != ADMIN}


def _of(ir: IR, role: str, classes: Mapping[str, str]) -> dict[str, dict[Right, str]]:
    """The union of a role's permissions; `all` wins over `own`."""
    found: dict[str, dict[Right, str]] = {}
    for permission in (p for r in ir.roles if role_value(r.name) == role for p in r.permissions):
        if permission.entity not in classes:
            continue
        row = found.setdefault(classes[permission.entity], {})
        for operation in permission.operations:
            row[operation] = "all" if "all" in (permission.scope, row.get(operation)) else "own"
    return {cls: {o: found[cls][o] for o in _ORDER if o in found[cls]} for cls in sorted(found)}


def registration_role(ir: IR, table: Rights) -> str | None:
    """The role of whoever registers: one that reaches its own rows only, else none until an administrator gives one."""
    if not ir.roles:
        return USER
    modest = [r for r, rows in table.items() if rows and all(s == "own" for row in rows.values() for s in row.values())]
    return modest[0] if modest else None
