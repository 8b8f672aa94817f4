"""Holds a request body against the SDK's own models, and against what the service asks for and the models leave open.

By the models: a name that is unknown or only ever answered, a plain value of a wrong kind, a word that its enumeration does not hold,
a required field that is missing. By `WANTED`: what makes no sense to send without, although every field of the model is optional.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from enum import Enum
from types import NoneType
from typing import Any, ForwardRef, Literal, get_args, get_origin

_PLAIN: dict[Any, tuple[type, ...]] = {str: (str,), bool: (bool,), int: (int,), float: (int, float)}

WANTED = {
    # https://learn.microsoft.com/rest/api/containerapps/container-apps/create-or-update
    "ContainerApp": (
        "properties/environmentId",
        "properties/template/containers/*/name",
        "properties/template/containers/*/image",
        "properties/template/containers/*/env?/*/name",
        "properties/template/containers/*/env?/*/value|secretRef",
        "properties/template/containers/*/probes?/*/type",
        "properties/template/containers/*/probes?/*/httpGet|tcpSocket",
        "properties/configuration?/registries?/*/server",
        "properties/configuration?/registries?/*/identity|username",
        "properties/configuration?/secrets?/*/name",
        "properties/configuration?/secrets?/*/value|keyVaultUrl",
    ),
    # https://learn.microsoft.com/rest/api/containerregistry/registries/schedule-run
    "DockerBuildRequest": ("sourceLocation", "imageNames/*"),
}
"""Model -> paths that must lead to a value: `*` is every item of a list that has one or more, `a|b` one of both, `a?` may be absent."""


def faults(model: type, body: Any, models: Any, at: str = "") -> list[str]:
    """What is wrong with `body` as a `model`, by JSON path; `models` is the package's models module."""
    if not isinstance(body, dict):
        return [f"{at or '/'}: not an object"]
    fields = _fields(model, models)
    found = [f"{at}/{name}: unknown" for name in body if name not in fields]
    for name, (kind, only_answered) in fields.items():
        if name not in body:
            found += [f"{at}/{name}: missing"] if _is_required(kind) and not only_answered else []
        elif only_answered:
            found.append(f"{at}/{name}: read only")
        else:
            found += _value(kind, body[name], models, f"{at}/{name}")
    return found


def wanting(model: type, body: Any) -> list[str]:
    """The paths of `WANTED` that lead nowhere in `body`."""
    return sorted({fault for path in WANTED.get(model.__name__, ()) for fault in _absent(path.split("/"), body, "")})


def _absent(path: list[str], body: Any, at: str) -> Iterator[str]:
    if not path:
        return
    step, rest = path[0].removesuffix("?"), path[1:]
    if step == "*":
        if not isinstance(body, list) or not body:
            yield f"{at}: empty"
            return
        for number, item in enumerate(body):
            yield from _absent(rest, item, f"{at}/{number}")
        return
    there = [name for name in step.split("|") if isinstance(body, dict) and body.get(name) is not None]
    if there:
        yield from _absent(rest, body[there[0]], f"{at}/{there[0]}")
    elif not path[0].endswith("?"):
        yield f"{at}/{step}: missing"


def _fields(model: type, models: Any) -> dict[str, tuple[Any, bool]]:
    """JSON name -> (type, whether only answers hold it), over the whole family of the model."""
    found: dict[str, tuple[Any, bool]] = {}
    for base in reversed(model.__mro__):
        for name, hint in vars(base).get("__annotations__", {}).items():
            field = vars(base).get(name)
            if hasattr(field, "_type"):
                found[getattr(field, "_rest_name_input", None) or name] = (_resolved(hint, models), field._visibility == ["read"])
    return found


def _is_required(kind: Any) -> bool:
    """The SDK writes a field that the service requires without `Optional`."""
    return NoneType not in get_args(kind)


def _value(kind: Any, value: Any, models: Any, at: str) -> list[str]:
    kind = _resolved(kind, models)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is typing.Union:
        return _one_of([_resolved(one, models) for one in arguments], value, models, at)
    if origin is Literal:
        return [] if value in arguments else [f"{at}: not {' or '.join(arguments)}"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{at}: not a list"]
        return [fault for i, one in enumerate(value) for fault in _value(arguments[0], one, models, f"{at}/{i}")]
    if origin is dict:
        if not isinstance(value, dict):
            return [f"{at}: not an object"]
        return [fault for key, one in value.items() for fault in _value(arguments[1], one, models, f"{at}/{key}")]
    if isinstance(kind, type) and hasattr(kind, "_deserialize") and not issubclass(kind, str):
        return faults(kind, value, models, at)
    allowed = _PLAIN.get(kind)
    if allowed and (not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool)):
        return [f"{at}: not {kind.__name__}"]
    return []


def _one_of(kinds: list[Any], value: Any, models: Any, at: str) -> list[str]:
    """The SDK types a word as `Union[str, Enumeration]`: here only what the enumeration holds will do."""
    if value is None:
        return [] if NoneType in kinds else [f"{at}: null"]
    words = [str(member.value) for kind in kinds if isinstance(kind, type) and issubclass(kind, Enum) for member in kind]
    if words:
        return [] if value in words else [f"{at}: not one of {', '.join(sorted(words))}"]
    return min((_value(kind, value, models, at) for kind in kinds if kind is not NoneType), key=len)


def _resolved(kind: Any, models: Any) -> Any:
    """A type for what the generated code wrote as text."""
    text = kind.__forward_arg__ if isinstance(kind, ForwardRef) else kind
    if not isinstance(text, str):
        return text
    names = {**vars(typing), **vars(models), "_models": models, "_enums": models, "datetime": __import__("datetime")}
    return eval(text, names)
