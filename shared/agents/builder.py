"""IR -> `AppDesign`. All naming, all clashes and all defaults are decided here, once, in the IR's order."""

from __future__ import annotations

from dataclasses import replace

from shared.agents.design import (
    AppDesign,
    EntityDesign,
    EnumDesign,
    FieldDesign,
    FilterDesign,
    How,
    LinkDesign,
    MoveDesign,
    NestedDesign,
    ParentDesign,
    Right,
    StatesDesign,
)
from shared.agents.fields import Kind, Schema, kind_of
from shared.agents.naming import Names, attribute, cut, pascal, snake, symbol
from shared.agents.reserved import ATTRIBUTES, CLASSES, MODULES, PACKAGES, PLURALS, PYTHON, QUERY_PARAMETERS, SYSTEM_COLUMNS, TABLES
from shared.blueprints import Code, lit, name, path
from shared.model import IR, Entity, EntityField, RefusedError, Relation

MOST_ENTITIES, MOST_RELATIONS, MOST_ROLES, MOST_FIELDS = 100, 500, 100, 200
VERSION = "0.1.0"
_DERIVED = ("", "Create", "Update", "Read", "Page", "Query", "Transition", "TransitionPage", "TransitionRead", "Sort")
_UNIQUE_KINDS = frozenset({"str", "int", "dt.date", "dt.datetime", "dt.time", "UUID", "Decimal"})
_SORTABLE = frozenset({"str", "int", "dt.date", "dt.datetime", "Decimal"})


def design(ir: IR) -> AppDesign:
    """Resolve a whole IR. Errors: QLF2002 (too large), QLF2003 (no entity)."""
    _check_size(ir)
    roles = _roles(ir)
    shells = _entities(ir)
    parents = _parents(ir, shells)
    classes = Names([*CLASSES, *(e.cls + d for e in shells.values() for d in _DERIVED)])
    tables = Names([*TABLES, *(e.table for e in shells.values())])
    links = _links(ir, shells, classes, tables)
    made = [_filled(e, parents.get(e.cls, ()), classes, tables, dict(roles)) for e in shells.values()]
    entities = tuple(_connected(e, made, links) for e in made)
    by_name = {e.ir.name: e for e in entities}
    rights = {value: _rights(ir, value, by_name) for _, value in roles if value != "admin"}
    if not ir.roles:
        rights["user"] = {str(e.cls): {"create": "all", "read": "all", "update": "all", "delete": "all"} for e in entities}
    title = (" ".join(c for c in ir.name.split() if c) or "Application")[:60]
    return AppDesign(
        ir=ir,
        title=title,
        slug=path("-".join(snake(ir.slug).split("_"))),
        package=_package(ir.slug),
        description=ir.summary[:100],
        version=Code(VERSION),
        entities=entities,
        links=links,
        roles=roles,
        rights=rights,
        registration_role=_registration(ir, rights),
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


def role_value(role: str) -> str:
    """A role's name in the app: snake case."""
    return snake(role)


def _roles(ir: IR) -> tuple[tuple[Code, str], ...]:
    """(member, value) of every role, `admin` first; an app without roles gets `user`."""
    values = list(dict.fromkeys(["admin", *(role_value(r.name) for r in ir.roles)] if ir.roles else ["admin", "user"]))
    return tuple((attribute(v.upper(), (), "R_"), v) for v in values)


def _rights(ir: IR, role: str, entities: dict[str, EntityDesign]) -> dict[str, dict[Right, str]]:
    """The union of a role's permissions; `all` wins over `own`."""
    found: dict[str, dict[Right, str]] = {}
    for permission in (p for r in ir.roles if role_value(r.name) == role for p in r.permissions):
        entity = entities.get(permission.entity)
        if entity is None:
            continue
        row = found.setdefault(str(entity.cls), {})
        for operation in permission.operations:
            row[operation] = "all" if "all" in (permission.scope, row.get(operation)) else "own"
    order: tuple[Right, ...] = ("create", "read", "update", "delete")
    return {cls: {o: found[cls][o] for o in order if o in found[cls]} for cls in sorted(found)}


def _registration(ir: IR, rights: dict[str, dict[str, dict[Right, str]]]) -> str | None:
    """The role of whoever registers: one that reaches its own rows only, else none until an administrator gives one."""
    if not ir.roles:
        return "user"
    modest = [r for r, table in rights.items() if table and all(s == "own" for row in table.values() for s in row.values())]
    return modest[0] if modest else None


def _entities(ir: IR) -> dict[str, EntityDesign]:
    """Names of every entity, before its columns are known. A second entity of the same name is dropped."""
    classes, modules, plurals, tables = Names(CLASSES), Names(MODULES), Names(PLURALS), Names(TABLES)
    shells: dict[str, EntityDesign] = {}
    for entity in ir.entities:
        if entity.name in shells:
            continue
        wanted = pascal(entity.name, 28)
        while wanted in classes or any(wanted + d in classes for d in _DERIVED):
            wanted += "Entity" if not wanted.endswith("Entity") else "2"
        for derived in _DERIVED:
            classes.take(wanted + derived)
        module = modules.take(str(attribute(snake(entity.name, 28), PYTHON, "e_")), "_entity")
        plural = plurals.take(str(attribute(snake(entity.plural or entity.name + "s", 34), PYTHON, "e_")), "_records")
        table = tables.take(plural, "_table")
        public = plural.removeprefix("e_") if plural.startswith("e_") and plural[2:3].isdigit() else plural
        shells[entity.name] = EntityDesign(
            ir=entity,
            cls=name(wanted),
            module=name(module),
            plural=name(plural),
            table=name(table),
            path=path("/" + public.replace("_", "-")),
            key=name(module + "_id"),
            title=" ".join(snake(entity.name).split("_")),
            fields=(),
            parents=(),
            states=None,
            filters=(),
            sorts=(),
            searched=(),
        )
    return shells


def relations_of(ir: IR) -> list[Relation]:
    """The relations between known entities, each once."""
    known = {e.name for e in ir.entities}
    return list({(r.source, r.to, r.kind): r for r in reversed(ir.relations) if r.source in known and r.to in known}.values())[::-1]


def _parents(ir: IR, shells: dict[str, EntityDesign]) -> dict[str, tuple[ParentDesign, ...]]:
    """Foreign keys by entity class. A required key that closes a circle becomes optional: no first row could be made."""
    found: dict[str, list[ParentDesign]] = {}
    needs: dict[str, set[str]] = {}
    points: dict[str, set[str]] = {}
    for relation in relations_of(ir):
        if relation.kind == "many_to_many":
            continue
        child, target = shells[relation.to], shells[relation.source]
        stem = target.module if child is not target else f"parent_{target.module}"
        columns = [str(p.column) for p in found.get(child.cls, [])]
        column = Names([*columns, *SYSTEM_COLUMNS, *QUERY_PARAMETERS]).take(cut(f"{stem}_id", 40), "", "_")
        required = relation.required and not _reaches(needs, target.cls, child.cls)
        late = _reaches(points, target.cls, child.cls) and child is not target
        if required:
            needs.setdefault(child.cls, set()).add(target.cls)
        if not late and child is not target:
            points.setdefault(child.cls, set()).add(target.cls)
        on_delete = "restrict" if relation.on_delete == "set_null" and required else relation.on_delete
        one = relation.kind == "one_to_one"
        found.setdefault(child.cls, []).append(
            ParentDesign(
                ir=relation,
                target=target.cls,
                column=name(column),
                required=required,
                one=one,
                on_delete=on_delete,
                late=late,
                index=name(cut(f"{'uq' if one else 'ix'}_{child.table}_{column}", 60)),
                constraint=name(cut(f"fk_{child.table}_{column}", 60)),
            )
        )
    return {cls: tuple(rows) for cls, rows in found.items()}


def _reaches(graph: dict[str, set[str]], start: str, goal: str) -> bool:
    seen, stack = {start}, [start]
    while stack:
        for following in sorted(graph.get(stack.pop(), ()), key=str):
            if following not in seen:
                seen.add(following)
                stack.append(following)
    return goal in seen


def _links(ir: IR, shells: dict[str, EntityDesign], classes: Names, tables: Names) -> tuple[LinkDesign, ...]:
    modules = Names([*MODULES, *(str(e.module) for e in shells.values())])
    found = []
    for relation in relations_of(ir):
        if relation.kind != "many_to_many":
            continue
        left, right = shells[relation.source], shells[relation.to]
        left_key, right_key = left.key, right.key if left is not right else name(f"other_{right.module}_id")
        found.append(
            LinkDesign(
                ir=relation,
                module=name(modules.take(cut(f"{left.module}_{right.module}", 32), "_link")),
                cls=name(classes.take(cut(f"{left.cls}{right.cls}", 32, ""), "Link", "")),
                table=name(tables.take(cut(f"{left.module}_{right.plural}", 40), "_link")),
                left=left.cls,
                right=right.cls,
                left_key=left_key,
                right_key=right_key,
            )
        )
    return tuple(found)


def built_fields(entity: Entity) -> list[EntityField]:
    """The fields that get a column of their own; `created_at` and its like are columns of every table."""
    return [f for f in entity.fields if not unbuilt_field(f) and not system_field(f)]


def unbuilt_field(item: EntityField) -> bool:
    """True for what rules cannot store yet: files, and card numbers, which are never stored."""
    return item.type == "file" or item.sensitivity == "card"


def system_field(item: EntityField) -> bool:
    """True when the app's own column is the field that the brief asks for."""
    wire = snake(item.name)
    return (wire in ("created_at", "updated_at") and item.type in ("datetime", "date")) or (wire == "id" and item.type == "uuid")


def _filled(entity: EntityDesign, parents: tuple[ParentDesign, ...], classes: Names, tables: Names, roles: dict[Code, str]) -> EntityDesign:
    wires = Names([*SYSTEM_COLUMNS, *(str(p.column) for p in parents)])
    attrs = Names([str(p.column) for p in parents])
    keys = {str(p.column) for p in parents}
    seen: set[str] = set()
    fields = []
    for item in built_fields(entity.ir):
        wire = snake(item.name, 48)
        if item.name in seen or (wire in keys and item.type in ("uuid", "integer", "string")):
            continue
        seen.add(item.name)
        wire = wires.take(wire if wire not in SYSTEM_COLUMNS else f"{entity.module}_{wire}", "_value")
        attr = name(attrs.take(str(attribute(symbol(wire), ATTRIBUTES))))
        fields.append(_field(item, entity, wire, attr, classes))
    states = _states(entity, fields, tables, roles)
    done = replace(entity, fields=tuple(fields), parents=parents, states=states)
    return replace(done, filters=tuple(_filters(done)), sorts=tuple(_sorts(done)), searched=tuple(_searched(done)))


def _field(item: EntityField, entity: EntityDesign, wire: str, attr: Code, classes: Names) -> FieldDesign:
    is_state = entity.ir.states is not None and entity.ir.states.field == item.name
    enum = None
    if item.type == "enum" or is_state or item.enum:
        enum = _enum(item, entity, classes)
    kind = kind_of(item, attr, enum.cls if enum else None)
    default, value = _default(item, enum, kind), item.default
    return FieldDesign(
        ir=item,
        json=path(wire),
        attr=attr,
        kind=kind,
        enum=enum,
        required=item.required or is_state,
        default=default,
        default_value=_default_value(value, enum) if default is not None else None,
        unique=item.unique and not is_state and str(kind.python) in _UNIQUE_KINDS and kind.search != "none",
        state=is_state,
    )


def _enum(item: EntityField, entity: EntityDesign, classes: Names) -> EnumDesign | None:
    states = entity.ir.states if entity.ir.states is not None and entity.ir.states.field == item.name else None
    named = [s for t in states.transitions for s in (t.source, t.to)] if states else []
    values = list(dict.fromkeys(value_of(v) for v in [*(item.enum or []), *([states.initial] if states else []), *named]))
    if not values:
        return None
    members = Names()
    pairs = tuple((name(members.take(str(attribute("_".join(snake(v).split("_")).upper(), (), "V_")))), v) for v in values)
    cls = classes.take(cut(f"{entity.cls}{pascal(item.name, 24)}", 32, ""), "Choice", "")
    return EnumDesign(name(cls), pairs)


def value_of(value: str) -> str:
    """A word of a closed list as the app stores it: printable, at most 60 characters."""
    return cut("".join(c for c in value if c.isprintable() and not "\ud800" <= c <= "\udfff").strip() or "empty", 60)


def _default(item: EntityField, enum: EnumDesign | None, kind: Kind) -> Code | None:
    """The literal a client gets for a value it leaves out; one that does not fit the type is no default."""
    value = item.default
    if value is None:
        return None
    if enum is not None:
        return enum.member(value_of(value)) if isinstance(value, str) and value_of(value) in enum.values else None
    if item.type == "boolean" and isinstance(value, bool):
        return lit(value)
    if (
        item.type == "integer"
        and isinstance(value, int)
        and not isinstance(value, bool)
        and kind.schema["minimum"] <= value <= kind.schema["maximum"]
    ):
        return lit(value)
    fits = item.type in ("string", "text") and isinstance(value, str) and value.isprintable() and len(lit(value)) <= 60
    return lit(str(value)) if fits and kind.schema["minLength"] <= len(str(value)) <= kind.schema["maxLength"] else None


def _default_value(value: str | float | bool | None, enum: EnumDesign | None) -> str | int | bool | None:
    """The default as JSON data."""
    if isinstance(value, float):
        return None
    return value_of(value) if enum is not None and isinstance(value, str) else value


def _states(entity: EntityDesign, fields: list[FieldDesign], tables: Names, roles: dict[Code, str]) -> StatesDesign | None:
    machine = entity.ir.states
    holder = next((f for f in fields if f.state), None)
    if machine is None or holder is None or holder.enum is None:
        return None
    by: dict[tuple[str, str], list[str]] = {}
    for move in machine.transitions:
        key = (value_of(move.source), value_of(move.to))
        if key[0] != key[1]:
            by.setdefault(key, []).extend(r for r in map(role_value, move.by) if r in roles.values())
    moves = tuple(MoveDesign(s, t, tuple(dict.fromkeys(r))) for (s, t), r in by.items())
    cls = name(f"{entity.cls}Transition")
    return StatesDesign(holder, value_of(machine.initial), moves, cls, name(tables.take(cut(f"{entity.module}_transitions", 44), "_log")))


def _filters(entity: EntityDesign) -> list[FilterDesign]:
    wires, attrs = (
        Names([*QUERY_PARAMETERS, "created_at_min", "created_at_max"]),
        Names([*QUERY_PARAMETERS, "created_at_min", "created_at_max"]),
    )
    identity: tuple[Code, Schema] = (Code("Annotated[UUID, types.reference()]"), {"type": "string", "format": "uuid"})
    found: list[FilterDesign] = []

    def add(column: Code, kind: tuple[Code, Schema], how: How, wire: str, attr: str) -> None:
        found.append(FilterDesign(path(wires.take(wire, "_is")), name(attrs.take(attr, "_is")), column, *kind, how))

    for parent in entity.parents:
        add(parent.column, identity, "equal", parent.column, parent.column)
    for f in (f for f in entity.fields if f.filterable):
        kind, stem = (f.kind.asks, f.kind.schema), symbol(f.json)
        if f.kind.search == "equal":
            add(f.attr, kind, "equal", f.json, f.attr)
        else:
            add(f.attr, kind, "lower", f"{f.json}_min", attribute(f"{stem}_min", ()))
            add(f.attr, kind, "upper", f"{f.json}_max", attribute(f"{stem}_max", ()))
    return found


def _sorts(entity: EntityDesign) -> list[tuple[str, Code]]:
    own = [
        (str(f.json), f.attr) for f in entity.fields if f.required and f.filterable and str(f.kind.python) in _SORTABLE and f.enum is None
    ]
    return [("created_at", name("created_at")), ("updated_at", name("updated_at")), *own]


def _searched(entity: EntityDesign) -> list[Code]:
    """The columns that `q` looks into: those the brief names, else every string and text."""
    texts = [f for f in entity.fields if str(f.kind.python) == "str" and not f.secret and f.enum is None]
    wanted = [f for f in texts if f.ir.name in entity.ir.searchable]
    return [f.attr for f in wanted or texts]


def _connected(entity: EntityDesign, made: list[EntityDesign], links: tuple[LinkDesign, ...]) -> EntityDesign:
    by_class = {e.cls: e for e in made}
    paths = Names(["transitions"] if entity.states else [])
    nested: list[NestedDesign] = []
    for other, parent in ((o, p) for o in made for p in o.parents if p.target == entity.cls):
        stem = other.module if parent.one else other.plural
        route = cut(paths.take(stem, "_by_" + parent.column), 38)
        nested.append(NestedDesign(other.cls, parent.column, path("/" + route.replace("_", "-")), name(route), parent.one, None, False))
    for link in links:
        for here, there, forward in ((link.left, link.right, True), (link.right, link.left, False)):
            if here == entity.cls and (forward or link.left != link.right):
                route = paths.take(str(by_class[there].plural), "_linked")
                nested.append(NestedDesign(there, link.right_key, path("/" + route.replace("_", "-")), name(route), False, link, forward))
    return replace(entity, nested=tuple(nested))
