"""The tables of an app as the migration creates them, in an order in which every foreign key finds its target."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.agents.design import AppDesign, EntityDesign
from shared.agents.links import LinkDesign
from shared.agents.naming import cut
from shared.blueprints import Code


@dataclass(frozen=True)
class ColumnDesign:
    """A column: its type as SQLAlchemy source, or the words of a checked closed list."""

    name: str
    type: Code
    nullable: bool = False
    words: tuple[str, ...] = ()
    length: int = 0
    check: str = ""


@dataclass(frozen=True)
class KeyDesign:
    """A foreign key. A `late` one closes a circle and is added after all tables."""

    column: str
    target: str
    name: str
    on_delete: str
    late: bool = False


@dataclass(frozen=True)
class TableDesign:
    """A table with its constraints and indexes: (name, columns)."""

    name: str
    columns: tuple[ColumnDesign, ...]
    primary: tuple[str, ...] = ("id",)
    keys: tuple[KeyDesign, ...] = ()
    uniques: tuple[tuple[str, str], ...] = ()
    indexes: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())

    @property
    def primary_name(self) -> str:
        """The primary key's name."""
        return f"pk_{self.name}"


_ID = ColumnDesign("id", Code("sa.Uuid()"))
_MOMENT = Code("sa.DateTime(timezone=True)")
_LAST = (ColumnDesign("created_at", _MOMENT), ColumnDesign("updated_at", _MOMENT), ColumnDesign("created_by_id", Code("sa.Uuid()"), True))
_ACCOUNT = "auth_account"


def _maker(table: str) -> KeyDesign:
    return KeyDesign("created_by_id", _ACCOUNT, cut(f"fk_{table}_created_by_id", 60), "SET NULL")


def tables(app: AppDesign) -> tuple[TableDesign, ...]:
    """All tables of an app, in creation order."""
    found = [_account(app), _token()]
    for entity in app.in_order:
        found.append(_entity(app, entity))
        if entity.states:
            found.append(_moves(entity))
    return (*found, *(_link(app, k) for k in app.links))


def _account(app: AppDesign) -> TableDesign:
    text = Code("sa.String(254)")
    columns = (
        _ID, ColumnDesign("email", text), ColumnDesign("password_hash", Code("sa.String(200)")),
        ColumnDesign("role", Code("sa.Enum"), True, tuple(v for _, v in app.roles), app.role_length, "ck_auth_account_role"),
        ColumnDesign("is_active", Code("sa.Boolean()")), *_LAST,
    )  # fmt: skip
    return TableDesign(_ACCOUNT, columns, keys=(_maker(_ACCOUNT),), uniques=(("uq_auth_account_email", "email"),))


def _token() -> TableDesign:
    name, uuid = "auth_refresh_token", Code("sa.Uuid()")
    columns = (
        _ID, ColumnDesign("account_id", uuid), ColumnDesign("family_id", uuid), ColumnDesign("fingerprint", Code("sa.String(64)")),
        ColumnDesign("expires_at", _MOMENT), ColumnDesign("used_at", _MOMENT, True), ColumnDesign("revoked_at", _MOMENT, True), *_LAST,
    )  # fmt: skip
    return TableDesign(
        name, columns, keys=(KeyDesign("account_id", _ACCOUNT, f"fk_{name}_account_id", "CASCADE"), _maker(name)),
        uniques=((f"uq_{name}_fingerprint", "fingerprint"),), indexes=tuple((f"ix_{name}_{c}", (c,)) for c in ("account_id", "family_id")),
    )  # fmt: skip


def _entity(app: AppDesign, entity: EntityDesign) -> TableDesign:
    columns = [ColumnDesign(p.column, Code("sa.Uuid()"), not p.required) for p in entity.parents]
    for f in entity.fields:
        if f.enum:
            columns.append(
                ColumnDesign(f.json, Code("sa.Enum"), not f.required, f.enum.values, f.enum.length, entity.name_of("ck", f.json))
            )
        else:
            columns.append(ColumnDesign(f.json, Code(f"sa.{f.column}") if f.secret else f.kind.migration, not f.required))
    keys = [
        KeyDesign(p.column, app.entity(p.target).table, p.constraint, p.on_delete.upper().replace("_", " "), p.late) for p in entity.parents
    ]
    uniques = [(entity.name_of("uq", f.json), str(f.json)) for f in entity.fields if f.unique]
    return TableDesign(
        entity.table, (_ID, *columns, *_LAST), keys=(*keys, _maker(entity.table)),
        uniques=(*uniques, *((str(p.index), str(p.column)) for p in entity.parents if p.one)),
        indexes=(
            *((str(p.index), (str(p.column),)) for p in entity.parents if not p.one),
            (entity.name_of("ix", "created_at"), ("created_at", "id")), (entity.name_of("ix", "created_by_id"), ("created_by_id",)),
        ),
    )  # fmt: skip


def _moves(entity: EntityDesign) -> TableDesign:
    assert entity.states is not None  # noqa: S101  (the caller asked)
    states = entity.states
    sides = tuple(
        ColumnDesign(s, Code("sa.Enum"), False, states.enum.values, states.enum.length, entity.state_name_of("ck", s))
        for s in ("source", "target")
    )
    return TableDesign(
        states.table, (_ID, ColumnDesign("row_id", Code("sa.Uuid()")), *sides, *_LAST),
        keys=(KeyDesign("row_id", entity.table, entity.state_name_of("fk", "row_id"), "CASCADE"), _maker(states.table)),
        indexes=((entity.state_name_of("ix", "row_id"), ("row_id",)),),
    )  # fmt: skip


def _link(app: AppDesign, link: LinkDesign) -> TableDesign:
    pairs = ((link.left_key, link.left), (link.right_key, link.right))
    return TableDesign(
        link.table, tuple(ColumnDesign(k, Code("sa.Uuid()")) for k, _ in pairs), (link.left_key, link.right_key),
        tuple(KeyDesign(k, app.entity(c).table, link.name_of("fk", k), "CASCADE") for k, c in pairs),
        indexes=((link.name_of("ix", link.right_key), (link.right_key,)),),
    )  # fmt: skip
