"""The meters of an installation: which of Azure's meters run, how much at rest, per run and per preview, and why.

The quantities are small formulas over constants, over what the template decides and over what only a measurement can tell. Where
nothing was measured a quantity is unknown, and names what is missing.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from scripts.costing import Failed, Misused

Fact = Decimal | bool | str
Names = Mapping[str, Fact | None]
Kind = Literal["rest", "run", "preview"]
KINDS: tuple[Kind, ...] = ("rest", "run", "preview")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Constant(_Record):
    """A number that does not change, and who says so."""

    value: Decimal
    why: str


class Given(_Record):
    """A number that only an installation can tell; null until it was measured. `why` says where to read it."""

    value: Decimal | None
    unit: str
    why: str


class Meter(_Record):
    """One of Azure's meters, by the names of the Retail Prices API, with formulas for how much of it runs.

    `counts` is what a formula counts ("" things, "hour", "GB month", ...). `unit` pins the API's unit where it sells the same in several.
    A `sku` of null is any, as long as all cost the same; a `meter` of null has no price here.
    """

    resource: str
    types: tuple[str, ...]
    service: str
    product: str | None
    sku: str | None
    meter: str | None
    counts: str
    unit: str | None = None
    region: str | None = None
    when: dict[str, bool | str] = {}
    rest: str
    run: str | None = None
    preview: str | None = None
    why: str

    def title(self) -> str:
        """How people find it in the bill."""
        return self.meter or self.service

    def formula(self, kind: Kind) -> str | None:
        """How much of it runs: at rest in a month, for one run, for one preview; None when it does not depend on these."""
        return {"rest": self.rest, "run": self.run, "preview": self.preview}[kind]

    def applies(self, names: Names) -> bool:
        """Whether an installation with these facts has it."""
        return all(known(names, name) == wanted for name, wanted in self.when.items())


class Plan(_Record):
    """The whole file."""

    constants: dict[str, Constant]
    given: dict[str, Given]
    meters: tuple[Meter, ...]
    free: dict[str, str]

    def names(self, facts: Mapping[str, Fact], measured: Mapping[str, Decimal]) -> Names:
        """What the formulas may name. Raises Misused for a measurement that none of them asks for."""
        if strangers := sorted(set(measured) - set(self.given)):
            raise Misused(f"nothing asks for {', '.join(strangers)}; what can be given: {', '.join(self.given)}")
        constants = {name: constant.value for name, constant in self.constants.items()}
        return {**facts, **constants, **{name: given.value for name, given in self.given.items()}, **measured}


def load(path: Path) -> Plan:
    """Read the file. Raises Failed when it is not as it should be."""
    try:
        return Plan.model_validate(json.loads(path.read_text("utf-8"), parse_float=Decimal))
    except (OSError, ValueError, ValidationError) as error:
        raise Failed(f"{path}: {error}") from error


@dataclass(frozen=True)
class Quantity:
    """How much, or None with the names of what is not known."""

    value: Decimal | None
    missing: frozenset[str] = frozenset()


def quantity(formula: str, names: Names) -> Quantity:
    """The value of a formula: numbers, names, + - * /, `max`, `min`, `ceil`. Nothing times something unknown is nothing."""
    try:
        return _value(ast.parse(formula, mode="eval").body, names)
    except (SyntaxError, ArithmeticError) as error:
        raise Failed(f"{formula!r} is no formula: {error}") from error


def known(names: Names, name: str) -> Fact | None:
    """What a name stands for. Raises Failed when it stands for nothing."""
    if name not in names:
        raise Failed(f"neither the template nor meters.json says what {name} is")
    return names[name]


def _value(node: ast.expr, names: Names) -> Quantity:
    match node:
        case ast.Constant(value=int() | float() as number):
            return Quantity(Decimal(str(number)))
        case ast.Name() | ast.Attribute():
            return _named(ast.unparse(node), names)
        case ast.BinOp(left=left, op=op, right=right):
            return _combined(op, _value(left, names), _value(right, names))
        case ast.Call(func=ast.Name(id="max" | "min" | "ceil" as function), args=args) if args:
            return _called(function, [_value(each, names) for each in args])
    raise SyntaxError(f"{ast.unparse(node)} is not understood")


def _named(name: str, names: Names) -> Quantity:
    found = known(names, name)
    if found is None:
        return Quantity(None, frozenset({name}))
    if not isinstance(found, Decimal):
        raise Failed(f"{name} is {found}, not a number")
    return Quantity(found)


def _combined(op: ast.operator, left: Quantity, right: Quantity) -> Quantity:
    a, b = left.value, right.value
    if isinstance(op, ast.Mult) and (a == 0 or b == 0):
        return Quantity(Decimal(0))
    if a is None or b is None:
        return Quantity(None, left.missing | right.missing)
    match op:
        case ast.Add():
            return Quantity(a + b)
        case ast.Sub():
            return Quantity(a - b)
        case ast.Mult():
            return Quantity(a * b)
        case ast.Div():
            return Quantity(a / b)
    raise SyntaxError(f"{type(op).__name__} is not understood")


def _called(function: str, arguments: list[Quantity]) -> Quantity:
    values = [each.value for each in arguments if each.value is not None]
    if len(values) < len(arguments):
        return Quantity(None, frozenset().union(*(each.missing for each in arguments)))
    if function == "ceil":
        return Quantity(values[0].to_integral_value(ROUND_CEILING))
    return Quantity(max(values) if function == "max" else min(values))
