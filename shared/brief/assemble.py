"""The draft becomes the IR: names are settled, defaults are filled in and said aloud, and nothing dangles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from shared.brief.columns import column, naming_field, told_apart
from shared.brief.draft import Draft, FieldDraft, Link, Path, RoleDraft, Thing
from shared.brief.lexicon import fieldtypes, words
from shared.brief.states import machine, state_names
from shared.brief.words import agent_stem, is_person, pascal, plural, singular, snake, verb, with_article
from shared.model import Assumption, Entity, EntityField, Operation, Permission, Relation, Role, States

OperationName = Literal["create", "read", "update", "delete"]
_OPERATIONS: tuple[OperationName, ...] = ("create", "read", "update", "delete")


@dataclass(slots=True)
class Model:
    """The data part of the IR, and what was assumed on the way. `paths` maps draft paths to IR paths."""

    entities: list[Entity] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    fields: dict[tuple[str, str], str] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)


class Assembler:
    """Builds the model step by step; each step only reads what the earlier ones settled."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.model = Model()
        self.alias: dict[str, str] = {}
        self._by_name: dict[str, Entity] = {}
        self._paths: dict[Path, str] = {}
        self._related_pairs: set[tuple[str, str]] = set()

    def build(self) -> Model:
        """All steps in order."""
        self._settle()
        self._alias()
        kept = [t for t in self.draft.things.values() if self._is_entity(t)]
        self._name(kept)
        links = self._links(kept)
        self.model.relations = links
        role_names = self._role_names()
        for thing in kept:
            self.model.entities.append(self._entity(thing, role_names))
        self.model.roles = self._roles()
        self.model.operations = self._operations(role_names)
        return self.model

    # -- which things

    def _settle(self) -> None:
        """What stands once in the brief, as a bare plural among properties, is a property as well."""
        made = {key for role in self.draft.roles.values() for key in role.rights}
        for key, (owner, name, span) in self.draft.doubts.items():
            thing, whole = self.draft.things.get(key), self.draft.things.get(owner)
            if thing is None or whole is None or thing.bare > 1 or thing.fields or thing.states or thing.moves or key in made:
                continue
            del self.draft.things[key]
            whole.fields.setdefault(name, FieldDraft(name, span, plural=True))
            self.draft.note(span, "entities", owner, "fields", name)

    def _alias(self) -> None:
        """Merge words that mean one thing: a bare "card" into the one "bank card", or the other way where the bare word prevails."""
        self._nominal()
        self._participles()
        self._recorded()
        compounds: dict[str, list[str]] = {}
        for key in self.draft.things:
            head = key.split()[-1]
            if head != key:
                compounds.setdefault(head, []).append(key)
        for head, keys in sorted(compounds.items()):
            for key in keys if head in self.draft.things and len(keys) > 1 else ():
                if key.split()[0] in words.SIDES and not self.draft.things[key].fields:
                    self._merge(head, key)
            if len(keys) != 1:
                continue
            compound, alone = keys[0], self.draft.things.get(head) or self._front(head, keys[0])
            if alone is not None:
                whole = self.draft.things[compound]
                first = whole.span < alone.span and bool(whole.fields) and not alone.fields
                keep, lose = (head, compound) if alone.bare >= whole.bare and alone.weight and not first else (compound, head)
                self._merge(keep, lose)

    def _recorded(self) -> None:
        """ "patient records" are patients, when nothing is said of them by that name."""
        for key in list(self.draft.things):
            front, _, last = key.rpartition(" ")
            known = self.draft.things.get(front)
            if (
                last in {"record", "entry", "profile"}
                and known is not None
                and known.weight
                and known.fields
                and not self.draft.things[key].fields
            ):
                self._merge(front, key)

    def _front(self, head: str, compound: str) -> Thing | None:
        """ "visit notes" speak of the one "home visit" by its last word alone, where the brief says no more about it."""
        whole = self.draft.things[compound]
        named = any(key.startswith(f"{head} ") for key in self.draft.things)
        if not named or whole.bare > 1 or whole.fields or whole.person or is_person(head):
            return None
        return self.draft.thing(head, whole.span, whole.weight)

    def _participles(self) -> None:
        """ "locked entries" are entries: a participle in front says in which state they are."""
        for key in list(self.draft.things):
            first, _, rest = key.partition(" ")
            form = verb(first)
            if not rest or form is None or form.shape != "ed" or self.draft.things[key].fields:
                continue
            named = [k for k in self.draft.things if k != key and (k == rest or k.endswith(f" {rest}"))]
            if rest in named or len(named) == 1:
                self._merge(rest if rest in named else named[0], key)

    def _nominal(self) -> None:
        """ "staff request leave ... approve requests": the request is the leave request."""
        for word, key in self.draft.nominal.items():
            known = word in self.draft.things and key in self.draft.things and word != key
            named = known and any(k != word and k.endswith(f" {word}") for k in self.draft.things)
            if known and not named and not self.draft.things[word].fields and not self.draft.things[key].fields:
                both = f"{key} {word}"
                self.draft.things[both] = Thing(both, self.draft.things[key].span)
                self._merge(both, word)
                self._merge(both, key)

    def _merge(self, keep: str, lose: str) -> None:
        kept, lost = self.draft.things[keep], self.draft.things.pop(lose)
        self.alias[lose] = keep
        kept.weight = max(kept.weight, lost.weight)
        kept.person = kept.person or lost.person
        kept.scheduled = kept.scheduled or lost.scheduled
        kept.flows = kept.flows or lost.flows
        for name, value in lost.fields.items():
            kept.fields.setdefault(name, value)
        kept.states = kept.states or lost.states
        kept.moves.extend(lost.moves)

    def key(self, key: str) -> str:
        """The key a word's thing ended up under."""
        while key in self.alias:
            key = self.alias[key]
        return key

    def _is_entity(self, thing: Thing) -> bool:
        if thing.weight < 1 or not pascal(thing.key):
            return False
        if thing.fields or thing.states:
            return True
        remark = plural(thing.key)
        if remark in fieldtypes.PLURAL_TEXT | fieldtypes.PLURAL_COUNT and any(remark in t.fields for t in self.draft.things.values()):
            return False
        if self._is_mere_property(thing):
            return False
        stem = agent_stem(thing.key.split()[-1])
        if stem in words.OVERSIGHT and thing.key in self.draft.roles:
            return any(
                thing.key in (self.key(link.source), self.key(link.to)) and link.many
                for link in self.draft.links
                if self.key(link.source) == thing.key
            )
        return True

    def _is_mere_property(self, thing: Thing) -> bool:
        """True for a figure by name that another thing has as its property and that nobody makes or moves."""
        named = thing.key.split()[-1] in fieldtypes.ENDINGS or thing.key in words.ENUM_NAMES
        if not named or thing.moves or not any(thing.key in t.fields for t in self.draft.things.values()):
            return False
        figure = fieldtypes.ENDINGS.get(thing.key) in {"integer", "decimal"} and not any(
            self.key(x.source) == thing.key for x in self.draft.links
        )
        return figure or not any("create" in role.rights.get(thing.key, set()) for role in self.draft.roles.values())

    def _name(self, kept: list[Thing]) -> None:
        taken: set[str] = set()
        for thing in list(kept):
            name = pascal(thing.key)
            if name in taken:
                kept.remove(thing)
                self.model.names[thing.key] = name
                continue
            taken.add(name)
            self.model.names[thing.key] = name

    # -- relations

    def _links(self, kept: list[Thing]) -> list[Relation]:
        known = {t.key for t in kept}
        links = [replace(x, source=self.key(x.source), to=self.key(x.to)) for x in self.draft.links]
        links = [x for x in links if x.source in known and x.to in known]
        links += self._field_links(kept, known)
        tied = {x.to for x in links if x.source != x.to}
        links += [x for x in self.draft.loose if x.source in known and x.to in known - tied]
        pairs: dict[tuple[str, str], list[Link]] = {}
        for link in links:
            pair = (link.source, link.to) if link.source <= link.to else (link.to, link.source)
            pairs.setdefault(pair, []).append(link)
        return [relation for pair, found in pairs.items() if (relation := self._relation(pair, found))]

    def _field_links(self, kept: list[Thing], known: set[str]) -> list[Link]:
        """A property that is named like an entity is a reference to it: "loan (book, member, due date)"."""
        found = []
        for thing in kept:
            for name in list(thing.fields):
                target = self.key(" ".join([*name.split()[:-1], singular(name.split()[-1])]))
                target = target if target in known else self.key(name.removesuffix(" id"))
                draft = thing.fields[name]
                if target in known and target != thing.key and not draft.enum and not draft.hints and draft.bounds == (None, None):
                    del thing.fields[name]
                    self.draft.note(draft.span, "relations", target, thing.key)
                    found.append(
                        Link(thing.key, target, True, None, draft.span)
                        if draft.plural
                        else Link(target, thing.key, True, None, draft.span, required=draft.required is not False)
                    )
        return found

    def _relation(self, pair: tuple[str, str], links: list[Link]) -> Relation | None:
        a, b = pair
        if a == b:
            return None
        told = [x for x in links if x.many and not x.assumed]
        exact = next((x for x in links if x.exactly), None)
        if exact is not None and not told:
            return self._related(exact.source, exact.to, "one_to_one", False)
        single = next((x for x in links if x.single), None)
        if single is not None and not told:
            mutual = any(x.source == single.to and not x.many for x in links)
            return self._related(*pair, "one_to_one", False) if mutual else self._related(single.to, single.source, "one_to_many", True)
        one = [x for x in links if not x.many]
        many = told or ([] if one else [x for x in links if x.many][:1])
        shared = {x.source for x in links if x.many and x.back and x.assumed} if told else set()
        if len({x.source for x in many} | shared) == 2 or any(x.back for x in many):
            return self._related(links[0].source, links[0].to, "many_to_many", False)
        if many:
            return self._related(many[0].source, many[0].to, "one_to_many", any(x.required for x in links))
        child = one[0]
        return self._related(child.to, child.source, "one_to_many", child.required)

    def _related(self, source: str, to: str, kind: str, required: bool) -> Relation:
        names = self.model.names
        return Relation.model_validate({"from": names[source], "to": names[to], "kind": kind, "required": required})

    # -- entities

    def _entity(self, thing: Thing, roles: list[str]) -> Entity:
        name = self.model.names[thing.key]
        fields: dict[str, EntityField] = {}
        for draft in thing.fields.values():
            built = column(draft, person=thing.person)
            if built is not None and built.name == "value" and "unit" in thing.fields:
                built = built.model_copy(update={"type": "decimal", "min": None})
            if built is not None and built.name not in fields:
                fields[built.name] = built
                self.model.fields[thing.key, draft.text] = built.name
        listed = next((d.enum for d in thing.fields.values() if d.enum and d.text.split()[-1] in words.STATE_NAMES), None)
        thing.states = thing.states or list(listed or [])
        states = self._states(thing, fields, roles)
        self._defaults(thing, name, fields)
        if not told_apart(thing, {f.type for f in fields.values()}):
            first = naming_field(thing)
            fields = {first.name: first, **{k: v for k, v in fields.items() if k != first.name}}
            self._assume(
                f"entities.{name}.fields.{first.name}",
                f"{name} has a required {first.name}",
                f'Say what {with_article(thing.key)} has: "{with_article(thing.key)} has a ...".',
            )
        searchable = [f.name for f in fields.values() if f.type in {"string", "text", "email"} and f.sensitivity in {"none", "personal"}][
            :4
        ]
        return Entity(
            name=name,
            plural=snake(plural_key(thing.key)),
            description=f"{name} of the application.",
            searchable=searchable,
            fields=list(fields.values()),
            states=states,
        )

    def _states(self, thing: Thing, fields: dict[str, EntityField], roles: list[str]) -> States | None:
        names = state_names(thing)
        if len(names) < 2:
            return None
        name = next((f.name for f in fields.values() if f.name.split("_")[-1] in words.STATE_NAMES), "status")
        fields[name] = EntityField(name=name, type="enum", enum=names, default=names[0])
        if not thing.states:
            self._assume(
                f"entities.{self.model.names[thing.key]}.states",
                "states: " + ", ".join(names),
                f'List them: "{with_article(thing.key)} is {names[0]}, ... or {names[-1]}".',
            )
        built = machine(thing, name, names, roles)
        fields[name] = fields[name].model_copy(update={"default": built.initial})
        return built

    def _defaults(self, thing: Thing, name: str, fields: dict[str, EntityField]) -> None:
        """What is booked has a time."""
        if not thing.scheduled or any(f.type in {"datetime", "date", "time"} for f in fields.values()):
            return
        for extra in ("starts_at", "ends_at"):
            fields[extra] = EntityField(name=extra, type="datetime")
            self._assume(
                f"entities.{name}.fields.{extra}",
                f"{name} has a {extra} time",
                f'Name the times of {with_article(thing.key)} yourself, for example "a date and a duration".',
            )

    def _assume(self, path: str, default: str, advice: str) -> None:
        self.model.assumptions.append(Assumption(ir_path=path, default=default, advice=advice))

    # -- roles

    def _role_names(self) -> list[str]:
        names = [snake(key) for key in self.draft.roles]
        return list(dict.fromkeys(n for n in names if n))

    def _roles(self) -> list[Role]:
        entities = [e.name for e in self.model.entities]
        built: dict[str, Role] = {}
        for key, draft in self.draft.roles.items():
            name = snake(key)
            if name and name not in built:
                built[name] = Role(name=name, permissions=self._permissions(draft, entities))
        return self._covered(built, entities)

    def _permissions(self, role: RoleDraft, entities: list[str]) -> list[Permission]:
        rights: dict[str, set[str]] = {}
        own: set[str] = set()
        for key, operations in role.rights.items():
            name = self.model.names.get(self.key(key))
            if name in entities:
                rights.setdefault(name, set()).update(operations)
                if key in role.own or self._creates_for_others(role, key):
                    own.add(name)
        for name in entities if role.everything else []:
            rights.setdefault(name, set()).update(role.everything)
        return [
            Permission(entity=name, operations=[o for o in _OPERATIONS if o in rights[name]], scope="own" if name in own else "all")
            for name in entities
            if name in rights
        ]

    def _creates_for_others(self, role: RoleDraft, key: str) -> bool:
        """True when the role only creates what other roles then work on, or is a client by name: it sees its own rows."""
        operations = role.rights.get(key, set())
        if "create" not in operations or "delete" in operations:
            return False
        others = [r for r in self.draft.roles.values() if r is not role and {"update", "delete"} & r.rights.get(key, set())]
        return role.key in words.CLIENTS or (bool(others) and "update" not in operations)

    def _covered(self, roles: dict[str, Role], entities: list[str]) -> list[Role]:
        """Every right on every entity belongs to somebody: an administrator is added where the brief names none."""
        reach: dict[str, set[str]] = {}
        for role in roles.values():
            for permission in role.permissions:
                reach.setdefault(permission.entity, set()).update(permission.operations)
        gaps = [e for e in entities if reach.get(e, set()) < set(_OPERATIONS)]
        empty = [r for r in roles.values() if not r.permissions]
        for role in empty:
            everything = role.name in {"admin", "administrator", "superuser", "superadmin"} or agent_stem(role.name) == "administrate"
            operations: list[OperationName] = list(_OPERATIONS) if everything else ["read"]
            permissions = [Permission(entity=e, operations=operations) for e in entities]
            roles[role.name] = Role(name=role.name, permissions=permissions)
            self._assume(
                f"roles.{role.name}",
                f"{role.name} may {'do everything' if everything else 'read everything'}",
                f'Say what {with_article(role.name)} may do: "{plural(role.name)} create ...".',
            )
        if gaps and not any(r.name in {"admin", "administrator", "superuser", "superadmin"} for r in roles.values()):
            permissions = [Permission(entity=e, operations=list(_OPERATIONS)) for e in entities]
            roles["admin"] = Role(name="admin", permissions=permissions)
            self._assume("roles.admin", "admin may do everything", 'Name the role that looks after the data: "managers manage ...".')
        elif gaps:
            name = next(n for n in ("admin", "administrator", "superuser", "superadmin") if n in roles)
            roles[name] = Role(name=name, permissions=[Permission(entity=e, operations=list(_OPERATIONS)) for e in entities])
        return list(roles.values())

    # -- operations

    def _operations(self, roles: list[str]) -> list[Operation]:
        found: dict[str, Operation] = {}
        for draft in self.draft.operations:
            name = self.operation_name(draft.name, draft.entity)
            if not name or name in found:
                continue
            entity = self.model.names.get(self.key(draft.entity))
            entity = entity if entity in {e.name for e in self.model.entities} else None
            acting = [snake(r) for r in draft.roles if snake(r) in roles]
            found[name] = Operation(
                name=name, kind=draft.kind, entity=entity, description=draft.description, roles=acting, params=dict(draft.params)
            )
        return list(found.values())

    def operation_name(self, name: str, entity: str) -> str:
        """The operation's name after words that mean one thing were merged."""
        kept = self.key(entity)
        return snake(name.replace(entity, kept) if entity else name)

    def path(self, path: Path) -> str:
        """The IR path of a draft path; empty when it did not become part of the IR. Asked once per note, so it is remembered."""
        if path not in self._paths:
            self._paths[path] = self._path(path)
        return self._paths[path]

    def _path(self, path: Path) -> str:
        kind, *rest = path
        if kind in {"stack", "overlays", "quality", "integrations"}:
            return ".".join(path)
        if kind == "operations":
            name = next((self.operation_name(o.name, o.entity) for o in self.draft.operations if o.name == rest[0]), "")
            return f"operations.{name}" if any(o.name == name for o in self.model.operations) else ""
        return {"entities": self._entity_path, "relations": self._relation_path, "roles": self._role_path}[kind](rest)

    def _entities(self) -> dict[str, Entity]:
        if not self._by_name:
            self._by_name = {e.name: e for e in self.model.entities}
        return self._by_name

    def _pairs(self) -> set[tuple[str, str]]:
        if not self._related_pairs:
            self._related_pairs = {(r.source, r.to) for r in self.model.relations}
        return self._related_pairs

    def _entity_path(self, rest: list[str]) -> str:
        key = self.key(rest[0])
        entity = self._entities().get(self.model.names.get(key, ""))
        if entity is None:
            return ""
        if len(rest) == 1:
            return f"entities.{entity.name}"
        if rest[1] == "states":
            return f"entities.{entity.name}.states" if entity.states else ""
        name = self.model.fields.get((key, rest[2]), snake(rest[2]))
        return f"entities.{entity.name}.fields.{name}" if any(f.name == name for f in entity.fields) else ""

    def _relation_path(self, rest: list[str]) -> str:
        a, b = (self.model.names.get(self.key(k), "") for k in rest)
        pairs = self._pairs()
        found = (a, b) if (a, b) in pairs else (b, a) if (b, a) in pairs else None
        return f"relations.{found[0]}.{found[1]}" if found else ""

    def _role_path(self, rest: list[str]) -> str:
        role = next((r for r in self.model.roles if r.name == snake(rest[0])), None)
        if role is None:
            return ""
        if len(rest) == 1:
            return f"roles.{role.name}"
        name = self.model.names.get(self.key(rest[1]), "")
        return f"roles.{role.name}.{name}" if any(p.entity == name for p in role.permissions) else ""


def plural_key(key: str) -> str:
    """The key with its last word in the plural."""
    *front, last = key.split()
    return " ".join([*front, plural(last)])
