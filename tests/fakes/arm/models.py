"""Holds a request body against the SDK's own models: a name that the model does not know, or a plain value of a wrong kind, is a fault."""

from __future__ import annotations

import typing
from typing import Any, ForwardRef, get_args, get_origin

_PLAIN: dict[Any, tuple[type, ...]] = {str: (str,), bool: (bool,), int: (int,), float: (int, float)}


def faults(model: type, body: Any, models: Any, at: str = "") -> list[str]:
    """What is wrong with `body` as a `model`, by JSON path; `models` is the package's models module."""
    if not isinstance(body, dict):
        return [f"{at or '/'}: not an object"]
    fields = _fields(model, models)
    found = [f"{at}/{name}: unknown" for name in body if name not in fields]
    for name, kind in fields.items():
        if name in body:
            found += _value(kind, body[name], models, f"{at}/{name}")
    return found


def _fields(model: type, models: Any) -> dict[str, Any]:
    """JSON name -> type, over the whole family of the model."""
    found: dict[str, Any] = {}
    for base in reversed(model.__mro__):
        for name, hint in vars(base).get("__annotations__", {}).items():
            field = vars(base).get(name)
            if hasattr(field, "_type"):
                found[getattr(field, "_rest_name_input", None) or name] = hint
    return found


def _value(kind: Any, value: Any, models: Any, at: str) -> list[str]:
    kind = _resolved(kind, models)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is typing.Union:
        tries = [_value(one, value, models, at) for one in arguments if one is not type(None)]
        return [] if value is None else min(tries, key=len)
    if origin in (list, typing.List):  # noqa: UP006
        if not isinstance(value, list):
            return [f"{at}: not a list"]
        return [fault for i, one in enumerate(value) for fault in _value(arguments[0], one, models, f"{at}/{i}")]
    if origin in (dict, typing.Dict):  # noqa: UP006
        return [fault for key, one in value.items() for fault in _value(arguments[1], one, models, f"{at}/{key}")]
    if isinstance(kind, type) and hasattr(kind, "_deserialize") and not issubclass(kind, str):
        return faults(kind, value, models, at)
    allowed = _PLAIN.get(kind)
    if allowed and (not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool)):
        return [f"{at}: not {kind.__name__}"]
    return []


def _resolved(kind: Any, models: Any) -> Any:
    """A type for what the generated code wrote as text."""
    text = kind.__forward_arg__ if isinstance(kind, ForwardRef) else kind
    if not isinstance(text, str):
        return text
    names = {**vars(typing), **vars(models), "_models": models, "_enums": models, "datetime": __import__("datetime")}
    return eval(text, names)
