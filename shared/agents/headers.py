"""The import lines of generated modules, sorted and wrapped as ruff does, because agents may not run ruff."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.agents.design import AppDesign, EntityDesign
from shared.agents.examples import create_example, update_example
from shared.blueprints import LINE_LENGTH, Code

_STANDARD = frozenset({"collections.abc", "datetime", "decimal", "enum", "typing", "uuid"})
_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Import:
    """`from module import name`, or with an empty name `import module`, each with an optional alias."""

    module: str
    name: str = ""
    alias: str = ""


def header(package: str, wanted: list[Import]) -> Code:
    """All import statements of a module: three sections, plain imports before from-imports."""
    sections: list[list[Import]] = [[], [], []]
    for item in dict.fromkeys(wanted):
        where = 0 if item.module in _STANDARD else 2 if item.module.split(".")[0] == package else 1
        sections[where].append(item)
    return Code("\n\n".join("\n".join(_section(s)) for s in sections if s))


def _section(items: list[Import]) -> list[str]:
    plain = sorted(f"import {i.module}" + (f" as {i.alias}" if i.alias else "") for i in items if not i.name)
    grouped: dict[tuple[str, str], list[str]] = {}
    for item in items:
        if item.name:
            grouped.setdefault((item.module, item.name if item.alias else ""), []).append(
                f"{item.name} as {item.alias}" if item.alias else item.name
            )
    order = sorted(grouped, key=lambda k: (natural(k[0]), min(member_key(n.split(" ")[0]) for n in grouped[k])))
    return plain + [from_line(module, grouped[module, name]) for module, name in order]


def from_line(module: str, names: list[str]) -> str:
    """One from-import, exploded when it does not fit."""
    ordered = sorted(set(names), key=member_key)
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= LINE_LENGTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {n},\n" for n in ordered) + ")"


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """A key that sorts numbers inside names by value, as ruff does."""
    return tuple((0, int(p)) if p.isdigit() else (1, p.lower()) for p in _NUMBERS.split(text) if p)


def member_key(name: str) -> tuple[int, tuple[tuple[int, int | str], ...], str]:
    """Constants, then classes, then the rest."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, natural(name), name


def model_header(app: AppDesign, entity: EntityDesign) -> Code:
    """Imports of `models/<entity>.py`."""
    p, fields = app.package, entity.fields
    python = {str(f.kind.python) for f in fields}
    wanted = [
        Import("uuid", "UUID"),
        Import("sqlalchemy", "ForeignKeyConstraint"),
        Import("sqlalchemy", "Index"),
        Import("sqlalchemy.orm", "Mapped"),
    ]
    wanted = [w for w in wanted if w.name != "UUID" or "UUID" in python or entity.parents or entity.states]
    if fields or entity.parents or entity.states:
        wanted.append(Import("sqlalchemy.orm", "mapped_column"))
    else:
        wanted = [w for w in wanted if w.name != "Mapped"]
    wanted += _python_imports(python)
    if any(f.unique for f in fields) or any(x.one for x in entity.parents):
        wanted.append(Import("sqlalchemy", "UniqueConstraint"))
    for item in fields:
        sql = str(item.kind.sql).split("(")[0]
        wanted.append(Import(f"{p}.db.types", sql) if sql in ("UtcDateTime", "Scaled", "choice") else Import("sqlalchemy", sql))
        if item.secret:
            wanted.append(Import("sqlalchemy", "String"))
    if entity.parents or entity.states:
        wanted.append(Import("sqlalchemy", "Uuid"))
    wanted += [Import(f"{p}.models.enums", e.cls) for e in entity.enums] + [Import(f"{p}.db.base", "Row")]
    secret_text = [f for f in fields if f.secret]
    if secret_text and not any(str(f.kind.sql).startswith("Text") and not f.secret for f in fields):
        wanted = [w for w in wanted if w != Import("sqlalchemy", "Text")]
    return header(p, wanted)


def _python_imports(python: set[str]) -> list[Import]:
    wanted = [Import("datetime", "", "dt")] if any(t.startswith("dt.") for t in python) else []
    wanted += [Import("decimal", "Decimal")] if "Decimal" in python else []
    return wanted + ([Import("typing", "Any")] if any(t.endswith(", Any]") for t in python) else [])


def schema_header(app: AppDesign, entity: EntityDesign) -> Code:
    """Imports of `schemas/<entity>.py`."""
    p = app.package
    python = {str(f.kind.python) for f in entity.fields}
    wanted = [Import("datetime", "", "dt"), Import("typing", "Literal"), Import("uuid", "UUID"), *_python_imports(python)]
    used = [str(f.kind.takes) for f in entity.writable] + [str(f.annotation) for f in entity.filters]
    gives = [str(f.kind.gives) for f in entity.fields if not f.secret]
    if "Decimal" in python:
        wanted.append(Import("typing", "Final"))
    if any("Annotated" in u for u in used) or entity.searched:
        wanted.append(Import("typing", "Annotated"))
    factory = bool(entity.writable or entity.parents or entity.filters or entity.searched)
    wanted.append(Import("pydantic", "Field"))
    if create_example(entity) or update_example(entity):
        wanted.append(Import(f"{p}.schemas.base", "example"))
    if factory or any("types." in u for u in used + gives):
        wanted.append(Import(f"{p}.schemas", "types"))
    wanted += [Import(f"{p}.schemas.base", n) for n in ("Input", "Output", "PageQuery", "SORT")]
    if entity.searched:
        wanted.append(Import(f"{p}.schemas.base", "SEARCH"))
    if entity.parents:
        wanted.append(Import(f"{p}.schemas.base", "Id"))
    return header(p, [*wanted, *(Import(f"{p}.models.enums", e.cls) for e in entity.enums)])


def service_header(app: AppDesign, entity: EntityDesign) -> Code:
    """Imports of `services/<entity>.py`."""
    p = app.package
    wanted = [
        Import("uuid", "UUID"),
        Import("typing", "Final"),
        Import("sqlalchemy", "ColumnElement"),
        Import("sqlalchemy.orm", "Session"),
        Import(f"{p}.db.paging", "Searchable"),
        Import(f"{p}.db.paging", "conditions"),
        Import(f"{p}.db.paging", "page"),
        Import(f"{p}.models.{entity.module}", entity.cls),
        Import(f"{p}.services", "rows"),
        Import(f"{p}.services.rows", "Access"),
        *(Import(f"{p}.schemas.{entity.module}", entity.cls + x) for x in ("Create", "Query", "Update")),
        *(Import(f"{p}.models.{app.entity(x.target).module}", x.target) for x in entity.parents),
    ]
    if any(f.secret for f in entity.fields):
        wanted.append(Import(f"{p}.core", "security"))
    if entity.single:
        wanted.append(Import(f"{p}.core.problems", "not_found"))
    if entity.states:
        wanted += [
            Import("sqlalchemy", "CursorResult"),
            Import("sqlalchemy", "select"),
            Import("sqlalchemy", "update", "set_values"),
            Import(f"{p}.core.problems", "conflict"),
            Import(f"{p}.core.problems", "forbidden"),
            Import(f"{p}.core.roles", "Role"),
            Import(f"{p}.core.roles", "reach"),
            Import(f"{p}.models.{entity.module}", entity.states.cls),
            Import(f"{p}.models.enums", entity.states.enum.cls),
            Import(f"{p}.schemas.base", "PageQuery"),
        ]
        wanted.append(Import(f"{p}.db.base", "now"))
    return header(p, wanted)


def api_header(app: AppDesign, entity: EntityDesign) -> Code:
    """Imports of `api/<entity>.py`."""
    p = app.package
    wanted = [
        Import("typing", "Annotated"),
        Import("fastapi", "APIRouter"),
        Import("fastapi", "Depends"),
        Import("fastapi", "Query"),
        Import("fastapi", "Response"),
        Import(f"{p}.api.deps", "SessionDep"),
        Import(f"{p}.api.deps", "allow"),
        Import(f"{p}.core.problems", "documented"),
        Import(f"{p}.core.problems", "created"),
        Import(f"{p}.schemas.base", "Id"),
        Import(f"{p}.services.rows", "Access"),
        Import(f"{p}.services", entity.module, entity.module + "_service"),
        *(Import(f"{p}.schemas.{entity.module}", entity.cls + x) for x in ("Create", "Page", "Query", "Read", "Update")),
    ]
    for nested in entity.nested:
        other = app.entity(nested.entity)
        wanted.append(Import(f"{p}.services", other.module, other.module + "_service"))
        names = ("Read",) if nested.one else ("Page", "Query", "Read")
        wanted += [Import(f"{p}.schemas.{other.module}", other.cls + x) for x in names]
        if nested.link:
            wanted += [Import(f"{p}.models.{nested.link.module}", nested.link.cls), Import("sqlalchemy", "select")]
        if nested.link and nested.forward:
            wanted.append(Import(f"{p}.services", "rows"))
        wanted.append(Import(f"{p}.models.{other.module}", other.cls))
    if entity.states:
        wanted += [
            Import(f"{p}.api.deps", "movers"),
            Import(f"{p}.models.enums", entity.states.enum.cls),
            Import(f"{p}.schemas.base", "PageQuery"),
            *(Import(f"{p}.schemas.{entity.module}", entity.states.cls + x) for x in ("Page", "Read")),
        ]
    return header(p, wanted)


def router_header(app: AppDesign) -> Code:
    """Imports of `api/__init__.py`."""
    own = [Import(f"{app.package}.api", n) for n in ("accounts", "auth", "health")]
    return header(app.package, own + [Import(f"{app.package}.api", e.module, e.module + "_api") for e in app.entities])


def models_header(app: AppDesign) -> Code:
    """Imports of `models/__init__.py`."""
    return header(app.package, [Import(f"{app.package}.models.{m}", c) for m, classes in app.models for c in classes])


class Headers:
    """The import blocks, as templates call them."""

    model = staticmethod(model_header)
    schema = staticmethod(schema_header)
    service = staticmethod(service_header)
    api = staticmethod(api_header)
    routers = staticmethod(router_header)
    models = staticmethod(models_header)
