"""The names of entities, given out once for the whole app, before anything else is decided.

Every generated module draws its names from the same few spaces (classes, modules, tables, operations), so a name that is free
here is free wherever it is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.agents.naming import Names, attribute, cut, pascal, snake
from shared.agents.reserved import CLASSES, MODULES, OPERATIONS, PLURALS, PYTHON, TABLES, TAGS
from shared.agents.wording import entity_wording
from shared.blueprints import Code, name, path
from shared.model import IR, Entity

_DERIVED = ("", "Create", "Update", "Read", "Page", "Query", "Transition", "TransitionPage", "TransitionRead", "Sort")


@dataclass(frozen=True)
class EntityNames:
    """What an entity is called. `cls` is the model; `module` names its file in every folder; `title` and `titles` are for people."""

    ir: Entity
    cls: Code
    module: Code
    plural: Code
    table: Code
    path: Code
    key: Code
    title: str
    titles: str
    tag: str

    @property
    def item(self) -> Code:
        """The path of one row below the entity's own: `/{pet_id}`."""
        return Code(f"/{{{self.key}}}")

    @property
    def says(self) -> Mapping[str, Code]:
        """Verb or schema -> what the API's description says about it."""
        return entity_wording(self.title, self.titles)

    def name_of(self, kind: str, column: str) -> str:
        """The name of a constraint or index on a column of the table."""
        return cut(f"{kind}_{self.table}_{column}", 60)


class Spaces:
    """The names of an app that are taken, by kind. What the app itself is made of is taken from the start."""

    def __init__(self) -> None:
        self.classes = Names(CLASSES)
        self.modules = Names(MODULES)
        self.plurals = Names(PLURALS)
        self.tables = Names(TABLES)
        self.operations = Names(OPERATIONS)
        self.tags = Names(TAGS)

    def entity(self, entity: Entity) -> EntityNames:
        """Names for an entity, and for all that is derived from them."""
        cls = pascal(entity.name, 28)
        while any(cls + d in self.classes for d in _DERIVED):
            cls += "Entity" if not cls.endswith("Entity") else "2"
        for derived in _DERIVED:
            self.classes.take(cls + derived)
        module = self.modules.take(str(attribute(snake(entity.name, 24), PYTHON, "e_")), "_entity")
        self.operations.take(f"{module}_service")
        plural = self.plurals.take(str(attribute(snake(entity.plural or entity.name + "s", 34), PYTHON, "e_")), "_records")
        public = plural.removeprefix("e_") if plural.startswith("e_") and plural[2:3].isdigit() else plural
        titles = " ".join(public.strip("_").split("_"))
        return EntityNames(
            ir=entity,
            cls=name(cls),
            module=name(module),
            plural=name(plural),
            table=name(self.tables.take(plural, "_table")),
            path=path("/" + public.replace("_", "-")),
            key=name(module + "_id"),
            title=" ".join(snake(entity.name).split("_")),
            titles=titles,
            tag=self.tags.take(titles, " records", " "),
        )

    def operation(self, *words: str) -> Code:
        """The id of an operation, which is also the name of its function."""
        return name(self.operations.take("_".join(words), "_record"))


def entity_names(ir: IR, spaces: Spaces) -> dict[str, EntityNames]:
    """IR name -> names. A second entity of the same name is dropped."""
    return {entity.name: spaces.entity(entity) for entity in first_of_each(ir.entities)}


def first_of_each(entities: Iterable[Entity]) -> Iterable[Entity]:
    """The entities, the first of each name."""
    seen: dict[str, Entity] = {}
    for entity in entities:
        seen.setdefault(entity.name, entity)
    return seen.values()
