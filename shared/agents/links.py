"""Many-to-many relations, and the routes below a row: what refers to it and what is linked to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.agents.entities import EntityNames, Spaces
from shared.agents.naming import Names, cut
from shared.agents.references import ParentDesign, relations_of
from shared.agents.wording import below_wording
from shared.blueprints import Code, name, path
from shared.model import IR, Relation


@dataclass(frozen=True)
class LinkDesign:
    """A many-to-many relation: a table of pairs. `left_key` and `right_key` are its columns."""

    ir: Relation
    module: Code
    cls: Code
    table: Code
    left: Code
    right: Code
    left_key: Code
    right_key: Code

    def name_of(self, kind: str, column: str) -> str:
        """The name of a constraint or index on a column."""
        return cut(f"{kind}_{self.table}_{column}", 60)


@dataclass(frozen=True)
class NestedDesign:
    """A route below a row: the rows of `entity` that refer to it through `column`, or that `link` ties to it.

    `path` ends the URL; `one` is a single row. A link may be changed on its left side (`forward`). `ops`: verb -> operation id,
    where the verbs are `list` or `get`, and on the left side of a link `link` and `unlink`; `says`: verb -> what it does.
    """

    entity: Code
    column: Code
    path: Code
    one: bool
    link: LinkDesign | None
    forward: bool
    ops: Mapping[str, Code]
    says: Mapping[str, Code]

    @property
    def near(self) -> Code:
        """The link's column for this side's row."""
        assert self.link is not None  # noqa: S101
        return self.link.left_key if self.forward else self.link.right_key

    @property
    def far(self) -> Code:
        """The link's column for the other side's row."""
        assert self.link is not None  # noqa: S101
        return self.link.right_key if self.forward else self.link.left_key


def links(ir: IR, names: Mapping[str, EntityNames], spaces: Spaces) -> tuple[LinkDesign, ...]:
    """Every many-to-many relation between known entities."""
    return tuple(_link(r, names[r.source], names[r.to], spaces) for r in relations_of(ir) if r.kind == "many_to_many")


def _link(relation: Relation, left: EntityNames, right: EntityNames, spaces: Spaces) -> LinkDesign:
    return LinkDesign(
        ir=relation,
        module=name(spaces.modules.take(cut(f"{left.module}_{right.module}", 32), "_link")),
        cls=name(spaces.classes.take(cut(f"{left.cls}{right.cls}", 32, ""), "Link", "")),
        table=name(spaces.tables.take(cut(f"{left.module}_{right.plural}", 40), "_link")),
        left=left.cls,
        right=right.cls,
        left_key=left.key,
        right_key=right.key if left is not right else name(f"other_{right.module}_id"),
    )


class Below:
    """The routes below one row of `entity`; no two have the same path."""

    def __init__(self, entity: EntityNames, taken: Iterable[str], spaces: Spaces) -> None:
        self.entity = entity
        self.spaces = spaces
        self._paths = Names(taken)

    def child(self, child: EntityNames, parent: ParentDesign) -> NestedDesign:
        """The rows of `child` that refer to the row by `parent`."""
        stem = cut(self._paths.take(str(child.module if parent.one else child.plural), "_by_" + parent.column), 38)
        ops = self._operations(stem, ["get" if parent.one else "list"])
        return NestedDesign(child.cls, parent.column, _below(stem), parent.one, None, False, ops, self._says(child, False))

    def linked(self, link: LinkDesign, other: EntityNames, forward: bool) -> NestedDesign:
        """The rows of `other` that are linked to the row."""
        stem = self._paths.take(str(other.plural), "_linked")
        ops = self._operations(stem, ["list", "link", "unlink"] if forward else ["list"])
        return NestedDesign(other.cls, link.right_key, _below(stem), False, link, forward, ops, self._says(other, True))

    def _says(self, other: EntityNames, linked: bool) -> Mapping[str, Code]:
        return below_wording(self.entity.title, other.title, other.titles, linked)

    def _operations(self, stem: str, verbs: list[str]) -> dict[str, Code]:
        return {verb: self.spaces.operation(verb, stem, "of", self.entity.module) for verb in verbs}


def _below(stem: str) -> Code:
    return path("/" + stem.replace("_", "-"))


def ends(link: LinkDesign, cls: str) -> Iterable[tuple[Code, bool]]:
    """(other side, forward) for each end of a link at which `cls` is; a link of an entity with itself is seen from its left."""
    if link.left == cls:
        yield link.right, True
    elif link.right == cls:
        yield link.left, False
