"""Example bodies for the API's description: deterministic, valid against the schema, and such as a person would send.

References are left out where they are optional: no example can know the id of a row that exists.
"""

from __future__ import annotations

import json
from decimal import Decimal

from shared.agents.columns import FieldDesign
from shared.agents.design import EntityDesign
from shared.agents.fields import PLACES, decimal_bounds
from shared.blueprints import LINE_LENGTH, Code, lit

Value = str | int | float | bool | dict[str, str]
Body = dict[str, Value]
SOME_ID = "5f0c2b1e-8d3a-4c7e-9b6f-2a1d4e8c7b90"
_INDENT = 8  # of a pair of an example in the source
_DOCUMENT = '{"note": "anything"}'
_FIXED: dict[str, Value] = {
    "boolean": True, "date": "2026-03-14", "datetime": "2026-03-14T09:30:00Z", "time": "09:30:00", "uuid": SOME_ID,
    "email": "ada@example.org", "phone": "+44 20 7946 0018", "url": "https://example.org/about", "json": json.loads(_DOCUMENT),
}  # fmt: skip


def create_example(entity: EntityDesign) -> Body | None:
    """A body that makes a row; None where a value would not fit on a line of source."""
    keys: Body = {str(p.column): SOME_ID for p in entity.parents if p.required}
    return _fitting(keys | {str(f.json): _value(f) for f in entity.writable})


def update_example(entity: EntityDesign) -> Body | None:
    """A body that changes one value; None where nothing can be changed."""
    found = [{str(f.json): _value(f)} for f in entity.writable]
    return _fitting(found[0]) if found else None


def _fitting(body: Body) -> Body | None:
    fits = all(_INDENT + len(_pair(key, value)) < LINE_LENGTH for key, value in body.items())
    return body if fits and body else None


def _value(field: FieldDesign) -> Value:
    if field.default_value is not None:
        return field.default_value
    if field.enum is not None:
        return field.enum.values[0]
    if field.ir.type == "integer":
        return int(min(max(10, field.kind.schema["minimum"]), field.kind.schema["maximum"]))
    if field.ir.type in PLACES:
        return _amount(field)
    return _FIXED[field.ir.type] if field.ir.type in _FIXED else _text(field)


def _amount(field: FieldDesign) -> str:
    """12.50, or the bound that is nearest to it."""
    low, high = decimal_bounds(field.ir)
    places = PLACES[field.ir.type]
    return f"{Decimal(max(low, min(1250 * 10 ** (places - 2), high))).scaleb(-places):.{places}f}"


def _text(field: FieldDesign) -> str:
    """The field's own name, as long as its schema wants it."""
    shortest, longest = field.kind.schema["minLength"], field.kind.schema["maxLength"]
    words = f"Example {' '.join(str(field.json).split('_'))}"
    return words.ljust(shortest, "x")[:longest]


class Examples:
    """The examples as the configuration of a schema's class, as templates call them; nothing where there is none."""

    @staticmethod
    def create(entity: EntityDesign) -> Code:
        """For the class of new rows."""
        return _configured(create_example(entity))

    @staticmethod
    def update(entity: EntityDesign) -> Code:
        """For the class of changes."""
        return _configured(update_example(entity))


def _configured(body: Body | None) -> Code:
    """A call with pairs: a linter would take a mapping with a key `password` for a secret."""
    if body is None:
        return Code("")
    return Code("model_config = example(\n" + "".join(f"        {_pair(key, value)},\n" for key, value in body.items()) + "    )")


def _pair(key: str, value: Value) -> str:
    return f"({lit(key)}, {_DOCUMENT if isinstance(value, dict) else lit(value)})"
