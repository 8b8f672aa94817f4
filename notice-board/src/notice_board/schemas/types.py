"""Types on the wire. Each accepts exactly what its JSON schema says, and nothing that only looks like it."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import (
    BeforeValidator,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema

PRINTABLE: Final = r"^[^\x00]*$"
EMAIL: Final = (
    r"^[A-Za-z0-9_%+-]{1,32}(\.[A-Za-z0-9_%+-]{1,31})?"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?\.){1,3}[A-Za-z]{2,24}$"
)
PHONE: Final = r"^\+?[0-9][0-9 ()./-]{3,28}[0-9]$"
URL: Final = (
    r"^https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,200}[A-Za-z0-9])?(:[0-9]{1,5})?"
    r"(/[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]{0,1500})?$"
)
INSTANT: Final = (
    r"^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
CLOCK: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
DAY: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
UUID_TEXT: Final = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
AMOUNT: Final = r"^-?[0-9]+(\.[0-9]+)?$"
WHOLE: Final = r"^-?(0|[1-9][0-9]{0,17})$"


class Wire:
    """Reads text of one pattern, and says so in the JSON schema."""

    def __init__(self, pattern: str, read: Callable[[str], Any], schema: dict[str, Any], what: str) -> None:
        self.pattern = re.compile(pattern)
        self.read = read
        self.schema = schema
        self.what = what

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], CoreSchema]) -> CoreSchema:
        """Check and read before pydantic's own validation."""
        return handler(Annotated[source, BeforeValidator(self._before)])

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema that is published."""
        return dict(self.schema)

    def _before(self, value: Any) -> Any:
        if not isinstance(value, str) or not self.pattern.search(value) or value.endswith("\n"):
            raise ValueError(f"must be {self.what}")
        return self.read(value)


def text(shortest: int, longest: int, pattern: str = PRINTABLE) -> StringConstraints:
    """A string of so many characters without NUL."""
    return StringConstraints(strict=True, min_length=shortest, max_length=longest, pattern=pattern)


def _formatted(shortest: int, longest: int, pattern: str, form: str | None = None) -> Wire:
    schema: dict[str, Any] = {
        "type": "string",
        "minLength": shortest,
        "maxLength": longest,
        "pattern": pattern,
    }
    if form is not None:
        schema["format"] = form

    def read(value: str) -> str:
        if not shortest <= len(value) <= longest:
            raise ValueError(f"must have {shortest} to {longest} characters")
        return value

    return Wire(pattern, read, schema, form or "well formed")


def mail() -> Wire:
    """An e-mail address."""
    return _formatted(3, 254, EMAIL, "email")


def phone() -> Wire:
    """A telephone number."""
    return _formatted(5, 32, PHONE)


def link() -> Wire:
    """An http or https URL."""
    return _formatted(8, 2000, URL)


def instant() -> Wire:
    """A moment with its offset from UTC (RFC 3339), from the year 1000 to 2999."""
    schema = {"type": "string", "format": "date-time", "pattern": INSTANT}
    return Wire(INSTANT, lambda value: datetime.fromisoformat(value).astimezone(UTC), schema, "a moment with an offset")


def day() -> Wire:
    """A date, `YYYY-MM-DD`."""
    return Wire(DAY, date.fromisoformat, {"type": "string", "format": "date"}, "a date, YYYY-MM-DD")


def clock() -> Wire:
    """A time of day, `HH:MM:SS`."""
    return Wire(CLOCK, time.fromisoformat, {"type": "string", "pattern": CLOCK}, "a time of day, HH:MM:SS")


def reference() -> Wire:
    """An id: a UUID in its usual form."""
    return Wire(UUID_TEXT, UUID, {"type": "string", "format": "uuid"}, "a UUID")


def amount(pattern: str) -> Wire:
    """An exact decimal as text. The pattern holds its digits and its bounds."""
    return Wire(pattern, Decimal, {"type": "string", "pattern": pattern}, "a decimal number as text, within its bounds")


class Whole:
    """A whole number within bounds, in a body or, as text, in a query."""

    def __init__(self, lowest: int, highest: int, as_text: bool) -> None:
        self.lowest = lowest
        self.highest = highest
        self.as_text = as_text

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], CoreSchema]) -> CoreSchema:
        """Check before pydantic's own validation."""
        return handler(Annotated[source, BeforeValidator(self._before)])

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema that is published."""
        return {"type": "integer", "minimum": self.lowest, "maximum": self.highest}

    def _before(self, value: Any) -> Any:
        if self.as_text and isinstance(value, str) and re.fullmatch(WHOLE, value):
            value = int(value)
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not is_whole or not self.lowest <= value <= self.highest:
            raise ValueError(f"must be a whole number from {self.lowest} to {self.highest}")
        return int(value)


def whole(lowest: int, highest: int) -> Whole:
    """A whole number in a body."""
    return Whole(lowest, highest, as_text=False)


def number(lowest: int, highest: int) -> Whole:
    """A whole number in a query."""
    return Whole(lowest, highest, as_text=True)


class Truth:
    """True or false; in a query the words `true` and `false`."""

    def __init__(self, as_text: bool) -> None:
        self.as_text = as_text

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], CoreSchema]) -> CoreSchema:
        """Check before pydantic's own validation."""
        return handler(Annotated[source, BeforeValidator(self._before)])

    def _before(self, value: Any) -> Any:
        known = {"true": True, "false": False}
        if self.as_text and isinstance(value, str) and value in known:
            return known[value]
        if not isinstance(value, bool):
            raise ValueError("must be true or false")
        return value


def boolean() -> Truth:
    """True or false in a body."""
    return Truth(as_text=False)


def flag() -> Truth:
    """True or false in a query."""
    return Truth(as_text=True)


class Document:
    """A JSON object of any content that can be stored and given back unchanged."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], CoreSchema]) -> CoreSchema:
        """Check before pydantic's own validation."""
        return handler(Annotated[source, BeforeValidator(self._before)])

    def _before(self, value: Any) -> Any:
        stack = [(value, 0)]
        while stack:
            node, depth = stack.pop()
            if depth > 50:
                raise ValueError("must not be nested deeper than 50 levels")
            if isinstance(node, dict):
                stack += [(item, depth + 1) for pair in node.items() for item in pair]
            elif isinstance(node, list):
                stack += [(item, depth + 1) for item in node]
            elif isinstance(node, str):
                node.encode()
            elif isinstance(node, float) and (node != node or abs(node) == float("inf")):
                raise ValueError("must hold finite numbers only")
        return value


def document() -> Document:
    """A JSON object."""
    return Document()


def absent() -> Any:
    """The value of a field that the client left out; `model_dump(exclude_unset=True)` leaves it out too."""
    return None


Amount = Annotated[
    Decimal,
    PlainSerializer(lambda value: f"{value:f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": AMOUNT}),
]
Clock = Annotated[
    time,
    PlainSerializer(lambda value: value.isoformat("seconds"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": CLOCK}),
]
