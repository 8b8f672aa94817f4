"""The SQL the fake understands: one SELECT with TOP, comparisons, AND, OR, ARRAY_CONTAINS and ORDER BY. Anything else is refused."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+)|(?P<text>'[^']*')|(?P<param>@\w+)|(?P<word>[A-Za-z_]\w*(?:\.\w+)*)|(?P<sign><=|>=|!=|[=<>(),*]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
_MISSING = object()
Row = dict[str, Any]
Test = Callable[[Row], bool]


class BadQuery(Exception):
    """The service would answer 400."""


@dataclass
class Query:
    """A query that was understood. `used` names the paths that need an index."""

    top: int | None = None
    fields: list[str] | None = None
    test: Test = lambda row: True
    order: list[tuple[str, bool]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def run(self, rows: list[Row]) -> list[Row]:
        """The rows that pass, in order, cut to TOP; not yet projected."""
        found = [row for row in rows if self.test(row)]
        for name, descending in reversed(self.order):
            found = sorted((row for row in found if name in row), key=lambda row: row[name], reverse=descending)
        return found if self.top is None else found[: self.top]

    def project(self, row: Row) -> Row:
        return row if self.fields is None else {name: row[name] for name in self.fields if name in row}


def parse(text: str, parameters: dict[str, Any]) -> Query:
    """Raises BadQuery for anything but the subset."""
    return _Parser(text, parameters).query()


class _Parser:
    def __init__(self, text: str, parameters: dict[str, Any]) -> None:
        self._tokens = _tokens(text)
        self._parameters = parameters
        self._made = Query()

    def query(self) -> Query:
        self._expect("SELECT")
        if self._accept("TOP"):
            self._made.top = self._count()
        self._made.fields = None if self._accept("*") else self._list(lambda: self._path(indexed=False))
        self._expect("FROM")
        self._expect("C")
        if self._accept("WHERE"):
            self._made.test = self._either()
        if self._accept("ORDER"):
            self._expect("BY")
            self._made.order = self._list(self._ordering)
        if self._tokens:
            raise BadQuery(f"unexpected {self._tokens[0]}")
        return self._made

    def _either(self) -> Test:
        tests = [self._both()]
        while self._accept("OR"):
            tests.append(self._both())
        return lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._accept("AND"):
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._accept("("):
            inner = self._either()
            self._expect(")")
            return inner
        if self._accept("ARRAY_CONTAINS"):
            self._expect("(")
            values = self._value()
            self._expect(",")
            name = self._path()
            self._expect(")")
            if not isinstance(values, list):
                raise BadQuery("ARRAY_CONTAINS needs an array")
            return lambda row: name in row and row[name] in values
        name, sign, value = self._path(), self._next(), self._value()
        if sign not in _COMPARE:
            raise BadQuery(f"no operator {sign}")
        return lambda row: _compare(sign, row.get(name, _MISSING), value)

    def _ordering(self) -> tuple[str, bool]:
        name = self._path()
        return name, bool(self._accept("DESC")) or (self._accept("ASC"), False)[1]

    def _count(self) -> int:
        value = self._value()
        if not isinstance(value, int) or value < 1:
            raise BadQuery("TOP needs a positive number")
        return value

    def _path(self, *, indexed: bool = True) -> str:
        word = self._next()
        alias, _, name = word.partition(".")
        if alias != "c" or not re.fullmatch(r"\w+", name):
            raise BadQuery(f"no path {word}")
        if indexed:
            self._made.used.add(name)
        return name

    def _value(self) -> Any:
        word = self._next()
        if word.startswith("@"):
            if word not in self._parameters:
                raise BadQuery(f"no parameter {word}")
            return self._parameters[word]
        if word.startswith("'"):
            return word[1:-1]
        if re.fullmatch(r"-?\d+", word):
            return int(word)
        raise BadQuery(f"no value {word}")

    def _list(self, read: Callable[[], Any]) -> list[Any]:
        found = [read()]
        while self._accept(","):
            found.append(read())
        return found

    def _accept(self, word: str) -> bool:
        if self._tokens and self._tokens[0].upper() == word:
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise BadQuery(f"expected {word}, found {self._tokens[:1]}")

    def _next(self) -> str:
        if not self._tokens:
            raise BadQuery("the query ends too early")
        return self._tokens.pop(0)


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise BadQuery(f"cannot read {text[place : place + 20]!r}")
        found.append(match.group().strip())
        place = match.end()
    return found


def _compare(sign: str, left: Any, right: Any) -> bool:
    """Values of different types compare as undefined, which is false."""
    if left is _MISSING or _kind(left) != _kind(right):
        return False
    return _COMPARE[sign](left, right)


def _kind(value: Any) -> type:
    return bool if isinstance(value, bool) else float if isinstance(value, int | float) else type(value)
