"""Random IRs with the worst names that a brief could bring."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import strategies as st

from shared.model import IR

NAMES = """
    User Role Token Account Order Class Type Select Session Model Metadata Base Row Page Query Query2 Status Problem Field Enum UUID Decimal
    Import 3DModel PetCreate Pet PetRead PetPage PetStatus Admin Auth Metric Health Doc Types Rows Transition TicketTransition Ticket Deps
    Größe 名前 A AVeryLongEntityNameThatGoesOnAndOnAndOnUntilNobodyCanReadItAnymore Item2 Item10 Item1 HTTPRequest Settings Main
    Dt Sheep L I O Me Secret
""".split()  # noqa: SIM905
FIELDS = """
    id class order user metadata select type created_at updated_at created_by_id limit cursor sort q name title status date datetime time
    str int uuid json copy dict model_config model_dump registry query schema 2fa self none true import from is_active password value text
    größe 名前 owner_id pet_id pet decimal Any field types dt mapped_column uuid4 hash description price_min price_max price
    l i o token_price secret
    a_very_long_field_name_that_goes_on_and_on_and_on_until_it_is_too_long_for_any_database x
""".split()  # noqa: SIM905
TYPES = [
    "string",
    "text",
    "integer",
    "decimal",
    "money",
    "boolean",
    "date",
    "datetime",
    "time",
    "uuid",
    "email",
    "phone",
    "url",
    "enum",
    "json",
    "file",
]
WORDS = st.sampled_from(
    [
        "low",
        "Low",
        "in progress",
        "None",
        "name",
        "value",
        "mro",
        "1",
        "",
        '"',
        "é",
        "{{ x }}",
        "a" * 80,
        "\n",
        "True",
        "class",
        "I",
        "O",
        "l",
        "token",
        "The Secret",
    ]
)
ROLES = ["admin", "vet", "class", "1st_line", "user", "none", "Système", "guest", "secret_agent"]
BOUNDS = st.none() | st.integers(-10_000, 10_000).map(float) | st.floats(-1e20, 1e20, allow_nan=False)


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Any]:
    """One field."""
    kind = draw(st.sampled_from(TYPES))
    low, high = draw(BOUNDS), draw(BOUNDS)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return {
        "name": draw(st.sampled_from(FIELDS)),
        "type": kind,
        "required": draw(st.booleans()),
        "unique": draw(st.booleans()),
        "min": low,
        "max": high,
        "enum": draw(st.lists(WORDS, min_size=1, max_size=4)) if kind == "enum" or draw(st.integers(0, 9)) == 0 else None,
        "default": draw(st.none() | WORDS | st.integers(-5, 5) | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)),
        "sensitivity": draw(st.sampled_from(["none", "none", "none", "personal", "secret", "card"])),
    }


@st.composite
def entities(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """One entity, now and then with a state machine."""
    found = draw(st.lists(fields(), max_size=6))
    states = None
    if found and draw(st.integers(0, 2)) == 0:
        words = draw(st.lists(WORDS, min_size=2, max_size=4))
        moves = [{"from": a, "to": b, "by": draw(st.lists(st.sampled_from(ROLES), max_size=2))} for a, b in itertools.pairwise(words)]
        states = {"field": found[0]["name"], "initial": words[0], "transitions": moves}
    plural = draw(st.sampled_from([name.lower() + "s", "metrics", "auth", name.lower(), "3d things", ""]))
    searchable = draw(st.lists(st.sampled_from(FIELDS), max_size=2))
    return {"name": name, "plural": plural, "description": draw(WORDS), "fields": found, "states": states, "searchable": searchable}


@st.composite
def irs(draw: st.DrawFn) -> IR:
    """A whole IR of one to five entities."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    ends = st.sampled_from([*names, "Nobody"])
    kinds = st.sampled_from(["one_to_many", "many_to_many", "one_to_one"])
    relation = st.fixed_dictionaries(
        {
            "from": ends,
            "to": ends,
            "kind": kinds,
            "required": st.booleans(),
            "on_delete": st.sampled_from(["restrict", "cascade", "set_null"]),
        }
    )
    operations = st.lists(st.sampled_from(["create", "read", "update", "delete"]), unique=True)
    permission = st.fixed_dictionaries({"entity": ends, "operations": operations, "scope": st.sampled_from(["all", "own"])})
    role = st.fixed_dictionaries({"name": st.sampled_from(ROLES), "permissions": st.lists(permission, max_size=4)})
    title = draw(st.sampled_from(["Shop", "class", "test", "Pet Clinic", '"; DROP', "名前", "email", "9 lives", ""]))
    return IR.model_validate(
        {
            "name": title,
            "slug": title.lower(),
            "summary": draw(WORDS),
            "entities": [draw(entities(n)) for n in names],
            "relations": draw(st.lists(relation, max_size=6)),
            "roles": draw(st.lists(role, max_size=3)),
        }
    )
