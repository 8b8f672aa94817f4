"""The design of an app: the IR with every name resolved and every column, route and right decided, once, in the IR's order.

Templates, the contract and the tests all read this one structure, so none of them decides anything a second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.agents.closed_lists import EnumDesign
from shared.agents.columns import FieldDesign, columns
from shared.agents.entities import EntityNames, Spaces, entity_names
from shared.agents.links import Below, LinkDesign, NestedDesign, ends, links
from shared.agents.listing import FilterDesign, filters, searched, sorts
from shared.agents.machines import StatesDesign, machine
from shared.agents.naming import cut, snake
from shared.agents.references import ParentDesign, references
from shared.agents.reserved import PACKAGES, PYTHON
from shared.agents.rights import ADMIN, USER, Rights, registration_role, rights, roles
from shared.agents.wording import OWN_TAGS, article, listed
from shared.blueprints import Code, doc, lit, name, path
from shared.model import IR, RefusedError

MOST_ENTITIES, MOST_RELATIONS, MOST_ROLES, MOST_FIELDS = 100, 500, 100, 200
VERSION = "0.1.0"


@dataclass(frozen=True)
class EntityDesign(EntityNames):
    """A table, its schemas, its routes. `ops`: verb -> operation id of the routes of its own."""

    fields: tuple[FieldDesign, ...]
    parents: tuple[ParentDesign, ...]
    states: StatesDesign | None
    filters: tuple[FilterDesign, ...]
    sorts: tuple[tuple[str, Code], ...]
    searched: tuple[Code, ...]
    nested: tuple[NestedDesign, ...]
    ops: Mapping[str, Code]

    @property
    def single(self) -> bool:
        """True when another entity has exactly one of these."""
        return any(p.one for p in self.parents)

    def state_name_of(self, kind: str, column: str) -> str:
        """The name of a constraint or index on a column of the table of moves."""
        return cut(f"{kind}_{self.states.table if self.states else ''}_{column}", 60)

    def column_type(self, item: FieldDesign) -> Code:
        """The SQLAlchemy type of a column."""
        if item.enum is None:
            return item.column
        return Code(f"choice({item.enum.cls}, {item.enum.length}, {lit(self.name_of('ck', item.json))})")

    @property
    def linked_ops(self) -> tuple[Code, ...]:
        """Operations that take the id of a new row."""
        nested = [n.ops["get" if n.one else "list"] for n in self.nested]
        return (*(self.ops[v] for v in ("get", "update", "delete")), *nested, *((self.ops["moves"],) if self.states else ()))

    def right(self, cls: str, operation: str) -> Code:
        """The dependency that lets only some roles pass."""
        return Code(f'Annotated[Access, Depends(allow("{cls}", "{operation}"))]')

    @property
    def writable(self) -> tuple[FieldDesign, ...]:
        """Fields that a client may set: all but the state."""
        return tuple(f for f in self.fields if not f.state)

    @property
    def enums(self) -> tuple[EnumDesign, ...]:
        """The closed lists this entity brings."""
        return tuple(f.enum for f in self.fields if f.enum is not None)


@dataclass(frozen=True)
class AppDesign:
    """A whole app. `rights[role][entity class][operation]` is `all` or `own`; `admin` may do everything and is not listed."""

    ir: IR
    title: str
    slug: Code
    package: Code
    version: Code
    entities: tuple[EntityDesign, ...]
    links: tuple[LinkDesign, ...]
    roles: tuple[tuple[Code, str], ...]
    rights: Rights
    registration_role: str | None

    @property
    def model_names(self) -> tuple[str, ...]:
        """Every model class, as `__all__` lists them."""
        return tuple(sorted(str(c) for _, classes in self.models for c in classes))

    @property
    def in_order(self) -> tuple[EntityDesign, ...]:
        """The entities, each after those that its foreign keys refer to (late keys aside)."""
        done: list[EntityDesign] = []
        left = list(self.entities)
        while left:
            made = {e.cls for e in done}
            ready = [e for e in left if all(p.late or p.target in made or p.target == e.cls for p in e.parents)]
            done += ready
            left = [e for e in left if e not in ready]
        return tuple(done)

    @property
    def enums(self) -> tuple[EnumDesign, ...]:
        """Every closed list of the app."""
        return tuple(e for entity in self.entities for e in entity.enums)

    @property
    def role_length(self) -> int:
        """The longest role's length."""
        return max(len(v) for _, v in self.roles)

    @property
    def models(self) -> tuple[tuple[Code, tuple[Code, ...]], ...]:
        """(module, classes) of every model module, sorted by module."""
        found: list[tuple[Code, tuple[Code, ...]]] = [(Code("account"), (Code("Account"), Code("RefreshToken")))]
        found += [(e.module, (e.cls, *((e.states.cls,) if e.states else ()))) for e in self.entities]
        found += [(k.module, (k.cls,)) for k in self.links]
        return tuple(sorted(found))

    @property
    def example_role(self) -> str:
        """The role that examples give an account: the first that is not the administrator's."""
        return next((value for _, value in self.roles if value != ADMIN), ADMIN)

    @property
    def about(self) -> str:
        """What the service is, in one sentence."""
        names = [" ".join(v.split("_")) for _, v in self.roles if v not in (ADMIN, USER)]
        kept = f"A REST API that keeps {listed([e.titles for e in self.entities])}"
        return f"{kept}, for the role{'s' if len(names) > 1 else ''} {listed(names)}." if names else f"{kept}."

    @property
    def tags(self) -> tuple[tuple[str, str], ...]:
        """(name, description) of the groups of operations."""
        return (*OWN_TAGS, *((e.tag, self._kept(e)) for e in self.entities))

    def _kept(self, entity: EntityDesign) -> str:
        belongs = [f"{'belongs' if p.required else 'may belong'} to {article(self.entity(p.target).title)}" for p in entity.parents]
        words = [" ".join(str(f.json).split("_")) for f in entity.fields]
        kept = f"{entity.titles.capitalize()}, with {listed(words, 5)}." if words else f"{entity.titles.capitalize()}."
        return str(doc(f"{kept} Each {listed(belongs, 4)}." if belongs else kept))

    @property
    def registration_member(self) -> Code:
        """`Role.X` for whoever registers, or `None`."""
        return next((Code(f"Role.{m}") for m, v in self.roles if v == self.registration_role), Code("None"))

    def member(self, role: str) -> Code:
        """`Role.X` for a role's value."""
        return next(Code(f"Role.{m}") for m, v in self.roles if v == role)

    def entity(self, cls: str) -> EntityDesign:
        """The entity with this model class."""
        return next(e for e in self.entities if e.cls == cls)


def design(ir: IR) -> AppDesign:
    """Resolve a whole IR. Errors: QLF2002 (too large), QLF2003 (no entity)."""
    _check_size(ir)
    spaces = Spaces()
    names = entity_names(ir, spaces)
    table = rights(ir, {ir_name: str(e.cls) for ir_name, e in names.items()})
    all_links = links(ir, names, spaces)
    return AppDesign(
        ir=ir,
        title=(" ".join(c for c in ir.name.split() if c) or "Application")[:60],
        slug=path("-".join(snake(ir.slug).split("_"))),
        package=_package(ir.slug),
        version=Code(VERSION),
        entities=_entities(ir, names, all_links, spaces),
        links=all_links,
        roles=roles(ir),
        rights=table,
        registration_role=registration_role(ir, table),
    )


def _check_size(ir: IR) -> None:
    if not ir.entities:
        raise RefusedError("QLF2003")
    sizes = ((len(ir.entities), MOST_ENTITIES), (len(ir.relations), MOST_RELATIONS), (len(ir.roles), MOST_ROLES))
    if any(size > most for size, most in sizes) or any(len(e.fields) > MOST_FIELDS for e in ir.entities):
        raise RefusedError("QLF2002")


def _package(slug: str) -> Code:
    plain = snake(slug)
    plain = f"app_{plain}" if plain[0].isdigit() else plain
    return name(plain + "_app" if plain in PACKAGES or plain in PYTHON else plain)


@dataclass(frozen=True)
class _Table:
    """What an entity keeps, before anything is known of the others' routes."""

    names: EntityNames
    fields: tuple[FieldDesign, ...]
    parents: tuple[ParentDesign, ...]
    states: StatesDesign | None


def _entities(ir: IR, names: Mapping[str, EntityNames], all_links: tuple[LinkDesign, ...], spaces: Spaces) -> tuple[EntityDesign, ...]:
    parents = references(ir, names)
    tables = [_table(e, parents.get(e.cls, ()), [value for _, value in roles(ir)], spaces) for e in names.values()]
    ops = {t.names.cls: _operations(t, spaces) for t in tables}
    return tuple(_entity(t, tables, all_links, ops[t.names.cls], spaces) for t in tables)


def _table(names: EntityNames, parents: tuple[ParentDesign, ...], role_values: list[str], spaces: Spaces) -> _Table:
    found = columns(names, [str(p.column) for p in parents], spaces)
    return _Table(names, found, parents, machine(names, found, role_values, spaces))


def _operations(table: _Table, spaces: Spaces) -> dict[str, Code]:
    """Verb -> operation id of the routes of an entity."""
    names = table.names
    found = {"list": spaces.operation("list", names.plural)}
    found |= {verb: spaces.operation(verb, names.module) for verb in ("create", "get", "update", "delete")}
    if table.states:
        found |= {"move": spaces.operation("move", names.module), "moves": spaces.operation("list_transitions_of", names.module)}
    return found


def _entity(
    table: _Table, tables: list[_Table], all_links: tuple[LinkDesign, ...], ops: Mapping[str, Code], spaces: Spaces
) -> EntityDesign:
    names = table.names
    by_class = {t.names.cls: t.names for t in tables}
    below = Below(names, ["transitions"] if table.states else [], spaces)
    children = [below.child(t.names, p) for t in tables for p in t.parents if p.target == names.cls]
    linked = [below.linked(k, by_class[other], forward) for k in all_links for other, forward in ends(k, names.cls)]
    return EntityDesign(
        **vars(names),
        fields=table.fields,
        parents=table.parents,
        states=table.states,
        filters=filters([p.column for p in table.parents], table.fields),
        sorts=sorts(table.fields),
        searched=searched(table.fields, names.ir.searchable),
        nested=(*children, *linked),
        ops=ops,
    )
