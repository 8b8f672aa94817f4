"""ASP.NET route templates, the language of `@app.route(route=...)`: parameters, constraints, defaults, catch-all.

See https://learn.microsoft.com/aspnet/core/fundamentals/routing#route-templates
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

_PARAMETER = re.compile(r"\{(\*{0,2})(\w[\w-]*)((?::[^{}:?=()]+(?:\((?:[^(){}]|\{[^{}]*\})*\))?)*)(\?|=[^{}]*)?\}")
_CONSTRAINT = re.compile(r":([^:(]+)(?:\(((?:[^(){}]|\{[^{}]*\})*)\))?")

_GUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")


class RouteError(ValueError):
    """The text is no route template."""


def _number(kind: Callable[[str], float]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            kind(text)
        except ValueError:
            return False
        return "_" not in text

    return check


def _integer(bits: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        return re.fullmatch(r"[+-]?[0-9]+", text) is not None and -(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1)

    return check


def _datetime(text: str) -> bool:
    from datetime import datetime

    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


_PLAIN: dict[str, Callable[[str], bool]] = {
    "int": _integer(32),
    "long": _integer(64),
    "bool": lambda t: t.lower() in ("true", "false"),
    "guid": lambda t: _GUID.fullmatch(t) is not None,
    "alpha": lambda t: re.fullmatch("[A-Za-z]*", t) is not None,
    "decimal": _number(float),
    "double": _number(float),
    "float": _number(float),
    "datetime": _datetime,
    "required": bool,
    "file": lambda t: "." in t.rpartition("/")[2],
    "nonfile": lambda t: "." not in t.rpartition("/")[2],
}


def _constraint(name: str, argument: str | None) -> Callable[[str], bool]:
    key = name.strip().lower()
    if argument is None:
        if key not in _PLAIN:
            raise RouteError(f"unknown constraint '{name}'")
        return _PLAIN[key]
    if key == "regex":
        pattern = re.compile(argument.replace("{{", "{").replace("}}", "}"), re.IGNORECASE)
        return lambda text: pattern.search(text) is not None
    try:
        numbers = [int(part) for part in argument.split(",")]
    except ValueError as error:
        raise RouteError(f"'{name}({argument})' needs numbers") from error
    checks: dict[str, Callable[[str], bool]] = {
        "length": lambda t: numbers[0] <= len(t) <= numbers[-1],
        "minlength": lambda t: len(t) >= numbers[0],
        "maxlength": lambda t: len(t) <= numbers[0],
        "min": lambda t: _integer(64)(t) and int(t) >= numbers[0],
        "max": lambda t: _integer(64)(t) and int(t) <= numbers[0],
        "range": lambda t: _integer(64)(t) and numbers[0] <= int(t) <= numbers[-1],
    }
    if key not in checks:
        raise RouteError(f"unknown constraint '{name}'")
    return checks[key]


@dataclass(slots=True)
class _Parameter:
    name: str
    checks: list[Callable[[str], bool]] = field(default_factory=list)
    default: str | None = None


class Template:
    """One compiled template. Literals match without case; `rank` sorts the most specific template first."""

    def __init__(self, text: str) -> None:
        self.text = text.strip("/")
        self.rank: list[int] = []
        self._parameters: list[_Parameter] = []
        shapes, pattern = [], ""
        segments = _split(self.text)
        for n, segment in enumerate(segments):
            piece, shape, rank, optional, catch_all = self._segment(segment)
            if catch_all and n != len(segments) - 1:
                raise RouteError("a catch-all parameter must come last")
            slash = "/" if n else ""
            pattern += f"(?:{slash}{piece})?" if optional else slash + piece
            shapes.append(shape)
            self.rank.append(rank)
        self._regex = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        self.shape = "/".join(shapes)

    def match(self, path: str) -> dict[str, str] | None:
        """Parameters of a path (percent-encoded, without the leading slash), or None."""
        found = self._regex.fullmatch(path)
        if found is None:
            return None
        values: dict[str, str] = {}
        for parameter, raw in zip(self._parameters, found.groups(), strict=True):
            value = parameter.default if raw is None or raw == "" else unquote(raw)
            if value is None:
                continue
            if not all(check(value) for check in parameter.checks):
                return None
            values[parameter.name] = value
        return values

    def _segment(self, segment: str) -> tuple[str, str, int, bool, bool]:
        pattern, shape, rank, optional, catch_all, end = "", "", 1, False, False, 0
        for found in _PARAMETER.finditer(segment):
            literal = segment[end : found.start()]
            pattern += _literal(literal)
            stars, name, constraints, tail = found.groups()
            parameter = _Parameter(name, [_constraint(m[1], m[2]) for m in _CONSTRAINT.finditer(constraints)])
            if tail and tail.startswith("="):
                parameter.default = tail[1:]
            optional = optional or bool(tail) or bool(stars)
            catch_all = catch_all or bool(stars)
            self._parameters.append(parameter)
            pattern += "(.*)" if stars else "([^/]+?)"
            shape += literal.lower() + "{" + ("*" if stars else "") + constraints.lower() + "}"
            rank = max(rank, (4 if stars else 2) + (not constraints))
            end = found.end()
        rest = segment[end:]
        if "{" in rest or "}" in rest:
            raise RouteError(f"'{segment}' has a malformed parameter")
        return pattern + _literal(rest), shape + rest.lower(), rank, optional, catch_all


def _literal(text: str) -> str:
    if "{" in text or "}" in text:
        raise RouteError(f"'{text}' has a malformed parameter")
    return re.escape(text)


def _split(text: str) -> list[str]:
    parts, depth, current = [], 0, ""
    for char in text:
        depth += (char == "{") - (char == "}")
        if char == "/" and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += char
    return [*parts, current] if text else []
