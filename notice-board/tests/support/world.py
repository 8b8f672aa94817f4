"""A running service on an empty database, with one account for each role."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import Engine

from notice_board.core.roles import Role
from notice_board.core.security import access_token
from notice_board.core.settings import Settings
from notice_board.services import accounts

from tests.resources import RESOURCES, ROLES
from tests.support.client import Client
from tests.support.spec import Resource
from tests.support.values import Json, Row, valid

PASSWORD = "a long enough password"


@dataclass(frozen=True)
class Person:
    """An account that the tests speak for."""

    id: str
    email: str
    token: str


class World:
    """Calls the service over HTTP; `restore` brings the database back to its first state."""

    def __init__(self, app: FastAPI, client: Client, settings: Settings) -> None:
        self.app = app
        self.client = client
        self.settings = settings
        self.made = Counter[str]()
        self.shared: dict[tuple[str, str], str] = {}
        self.people = {role: self.person(role) for role in ROLES}
        self._first = sqlite3.connect(":memory:", check_same_thread=False)
        self._copy(self._raw(), self._first)

    @property
    def engine(self) -> Engine:
        """The service's own engine."""
        engine: Engine = self.app.state.engine
        return engine

    def person(self, role: str) -> Person:
        """A new account of `role`."""
        self.made[role] += 1
        email = f"r{self.made[role]}.{ROLES.index(role)}@example.org"
        with self.app.state.sessions() as session:
            made = accounts.create(session, self.settings, email, PASSWORD, Role(role))
            return Person(str(made.id), email, access_token(self.settings, made.id))

    def call(
        self,
        method: str,
        path: str,
        *,
        role: str = "admin",
        token: str | None = None,
        json: Json | Mapping[str, Json] = None,
        params: Mapping[str, Any] | None = None,
    ) -> Response:
        """One request in the name of `role`, or with `token` (an empty one: anonymously)."""
        token = self.people[role].token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        sent = {} if json is None else {"json": json}
        return self.client.request(method, path, headers=headers, params=params, **sent)

    def can_make(self, resource: Resource, role: str) -> bool:
        """True when the role may make a row, and reaches or makes the rows that it must refer to."""
        needed = [RESOURCES[parent.target] for parent in resource.parents if parent.required]
        reached = all(there.scope(role, "read") != "own" or self.can_make(there, role) for there in needed)
        return reached and resource.scope(role, "create") is not None

    def body(self, resource: Resource, by: str = "admin", /, **changes: Json) -> Row:
        """A valid body that sets every field, and the rows it must refer to, fit for a request of the role `by`."""
        self.made[resource.key] += 1
        row: Row = {field.name: valid(field, self.made[resource.key]) for field in resource.fields}
        for parent in resource.parents:
            if parent.required and parent.field not in changes:
                there = RESOURCES[parent.target]
                own = there.scope(by, "read") == "own" and self.can_make(there, by)
                row[parent.field] = self.row(there, by if own else "admin", new=parent.one)
        return {**row, **changes}

    def references(self, resource: Resource, name: str) -> Row:
        """The field `name` with the id of a new row, where that field is a reference; else nothing."""
        found = [parent for parent in resource.parents if parent.field == name]
        return {name: self.create(RESOURCES[found[0].target])["id"]} if found else {}

    def row(self, resource: Resource, by: str, new: bool) -> str:
        """The id of a row to refer to: a new one, or the one that this test has for the purpose."""
        known = self.shared.get((resource.key, by))
        if new or known is None:
            known = self.create(resource, by)["id"]
            self.shared[resource.key, by] = known
        return known

    def create(self, resource: Resource, by: str = "admin", /, **changes: Json) -> dict[str, Any]:
        """A new row, as the service answered it."""
        made = self.call("POST", resource.path, role=by, json=self.body(resource, by, **changes))
        assert made.status_code == 201, made.text
        row: dict[str, Any] = made.json()
        return row

    def restore(self) -> None:
        """Undo every write since the start."""
        self.shared.clear()
        self._copy(self._first, self._raw())

    def close(self) -> None:
        """Let go of the copy of the database."""
        self._first.close()

    def _raw(self) -> sqlite3.Connection:
        with self.engine.connect() as connection:
            raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        return raw

    @staticmethod
    def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
        source.backup(target)
