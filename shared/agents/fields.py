"""What each field type is in every language of the generated app: Python, SQL, the wire, and JSON schema.

A JSON schema here is exact: the server takes every value that it allows and refuses every other, so that a fuzzer that reads
the contract finds nothing to report.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.agents.numbers import decimal_pattern
from shared.blueprints import Code
from shared.model import EntityField

Schema = dict[str, Any]

NO_NUL = r"^[^\x00]*$"
EMAIL = r"^[A-Za-z0-9_%+-]{1,32}(\.[A-Za-z0-9_%+-]{1,31})?@([A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?\.){1,3}[A-Za-z]{2,24}$"
PHONE = r"^\+?[0-9][0-9 ()./-]{3,28}[0-9]$"
URL = r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,200}[A-Za-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]{0,1500})?$"
INSTANT = (
    r"^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
INT32 = (-(2**31), 2**31 - 1)
INT64 = (-(2**53) + 1, 2**53 - 1)
PLACES = {"decimal": 4, "money": 2}
DIGITS = 15


@dataclass(frozen=True)
class Kind:
    """One field type, resolved for one field. `takes` and `gives` are the annotations of input and output schemas."""

    python: Code
    sql: Code
    migration: Code
    takes: Code
    asks: Code
    gives: Code
    schema: Schema
    output: Schema
    search: str = "equal"


def kind_of(field: EntityField, attr: str, enum_class: Code | None) -> Kind:
    """The languages of `field`. `file` and card data are not built and have no kind."""
    if enum_class is not None:
        return _enum(enum_class)
    if field.type in PLACES:
        return _decimal(field, Code(f"{attr.upper()}_AMOUNT"))
    return _integer(field) if field.type == "integer" else _plain(field)


def _text(low: int, high: int, pattern: str = NO_NUL, format_: str | None = None) -> Schema:
    schema: Schema = {"type": "string", "minLength": low, "maxLength": high, "pattern": pattern}
    return schema | {"format": format_} if format_ else schema


def _lengths(field: EntityField, longest: int) -> tuple[int, int]:
    low = 1 if field.min is None else int(max(1, min(field.min, longest)))
    high = longest if field.max is None else int(max(low, min(field.max, 100_000)))
    return low, high


def _plain(field: EntityField) -> Kind:
    code = Code
    same = _SIMPLE.get(field.type)
    if same is not None:
        return same
    low, high = _lengths(field, 10_000 if field.type == "text" else 200)
    takes = code(f"Annotated[str, types.text({low}, {high})]")
    sql = code("Text()") if field.type == "text" else code(f"String({high})")
    migration = code(f"sa.{sql}")
    search = "none" if field.type == "text" else "equal"
    return Kind(code("str"), sql, migration, takes, takes, code("str"), _text(low, high), {"type": "string"}, search)


def _string(maker: str, length: int, schema: Schema) -> Kind:
    takes = Code(f"Annotated[str, types.{maker}()]")
    return Kind(Code("str"), Code(f"String({length})"), Code(f"sa.String({length})"), takes, takes, Code("str"), schema, {"type": "string"})


def _typed(python: str, maker: str, schema: Schema, *, sql: str, migration: str = "", gives: str = "", search: str = "range") -> Kind:
    takes = Code(f"Annotated[{python}, types.{maker}()]")
    output = {k: v for k, v in schema.items() if k != "pattern" or "format" not in schema}
    return Kind(Code(python), Code(sql), Code(migration or f"sa.{sql}"), takes, takes, Code(gives or python), schema, output, search)


_DATE: Schema = {"type": "string", "format": "date"}
_INSTANT: Schema = {"type": "string", "format": "date-time", "pattern": INSTANT}
_CLOCK: Schema = {"type": "string", "pattern": CLOCK}
_UUID: Schema = {"type": "string", "format": "uuid"}
_SIMPLE: dict[str, Kind] = {
    "email": _string("mail", 254, _text(3, 254, EMAIL, "email")),
    "phone": _string("phone", 32, _text(5, 32, PHONE)),
    "url": _string("link", 2000, _text(8, 2000, URL)),
    "date": _typed("dt.date", "day", _DATE, sql="Date()"),
    "datetime": _typed("dt.datetime", "instant", _INSTANT, sql="UtcDateTime()", migration="sa.DateTime(timezone=True)"),
    "time": _typed("dt.time", "clock", _CLOCK, sql="Time()", gives="types.Clock"),
    "uuid": _typed("UUID", "reference", _UUID, sql="Uuid()", search="equal"),
    "boolean": Kind(
        Code("bool"),
        Code("Boolean()"),
        Code("sa.Boolean()"),
        Code("Annotated[bool, types.boolean()]"),
        Code("Annotated[bool, types.flag()]"),
        Code("bool"),
        {"type": "boolean"},
        {"type": "boolean"},
    ),
    "json": Kind(
        Code("dict[str, Any]"),
        Code("JSON()"),
        Code("sa.JSON()"),
        Code("Annotated[dict[str, Any], types.document()]"),
        Code(""),
        Code("dict[str, Any]"),
        {"type": "object", "additionalProperties": True},
        {"type": "object", "additionalProperties": True},
        "none",
    ),
}


def _integer(field: EntityField) -> Kind:
    wide = any(b is not None and not INT32[0] <= b <= INT32[1] for b in (field.min, field.max))
    low, high = INT64 if wide else INT32
    low = low if field.min is None else int(max(low, min(field.min, high)))
    high = high if field.max is None else int(max(low, min(field.max, high)))
    sql = "BigInteger()" if wide else "Integer()"
    bounds = f"({low}, {high})"
    return Kind(
        Code("int"),
        Code(sql),
        Code(f"sa.{sql}"),
        Code(f"Annotated[int, types.whole{bounds}]"),
        Code(f"Annotated[int, types.number{bounds}]"),
        Code("int"),
        {"type": "integer", "minimum": low, "maximum": high},
        {"type": "integer"},
        "range",
    )


def _decimal(field: EntityField, constant: Code) -> Kind:
    places = PLACES[field.type]
    pattern = decimal_pattern(*decimal_bounds(field), places)
    takes = Code(f"Annotated[Decimal, {constant}]")
    schema: Schema = {"type": "string", "pattern": pattern}
    return Kind(
        Code("Decimal"),
        Code(f"Scaled({DIGITS}, {places})"),
        Code(f'sa.Numeric({DIGITS}, {places}).with_variant(sa.BigInteger(), "sqlite")'),
        takes,
        takes,
        Code("types.Amount"),
        schema,
        {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
        "range",
    )


def decimal_bounds(field: EntityField) -> tuple[int, int]:
    """Least and greatest value of a decimal or an amount, in units of its last place."""
    places, limit = PLACES[field.type], 10**DIGITS - 1
    low = -limit if field.min is None else max(-limit, min(limit, _scaled(field.min, places)))
    return low, limit if field.max is None else max(low, min(limit, _scaled(field.max, places)))


def _scaled(value: float, places: int) -> int:
    largest: int = 10**DIGITS
    if abs(value) > largest:
        return largest if value > 0 else -largest
    scaled: int = round(Decimal(repr(value)).scaleb(places))
    return scaled


def _enum(cls: Code) -> Kind:
    ref: Schema = {"$ref": f"#/components/schemas/{cls}"}
    return Kind(cls, Code(f"choice({cls})"), Code("sa.Enum"), cls, cls, cls, ref, ref)
