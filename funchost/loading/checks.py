"""The checks by which the Python worker refuses a function when it loads it, with the worker's own words.

After `functions.Registry.add_indexed_function` and `loader.process_indexed_function` of azure-functions-python-worker 4.34,
rule for rule and in the same order, because the first broken rule is the one that is told.
"""

import inspect
import time
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from funchost.errors import LoadFailed

_GENERIC_ALIASES = tuple(getattr(typing, name) for name in ("_GenericAlias", "_SpecialGenericAlias"))
_NOT_GENERIC = (typing.Union, tuple, typing.ClassVar, Callable)


class Refused(Exception):
    """A rule of the worker is broken; the text is its own."""


class Bound(typing.Protocol):
    """A binding as the SDK's decorators leave it."""

    name: str
    type: str
    direction: int
    data_type: int | None


_OUT, _INOUT = 1, 2


def check_function(name: str, call: Callable[..., Any], bindings: typing.Sequence[Bound], retry: Mapping[str, Any] | None) -> bool:
    """Compare parameters with bindings; raise `LoadFailed` on the first difference; say whether a context is wanted."""
    try:
        parameters = dict(inspect.signature(call).parameters)
        hints = typing.get_type_hints(call)
        inspect.getfile(call)
        bound, result = _sort(bindings)
        wants_context = _wants_context(parameters, bound, hints)
        _compare(parameters, bound)
        for parameter in parameters:
            _check_parameter(parameter, bound[parameter], hints)
        if result is not None and "return" in hints:
            _check_return(result.type, hints["return"])
        _check_retry(retry)
    except Refused as error:
        raise LoadFailed(f"FunctionLoadError: cannot load the {name} function: {error}", _place(call)) from error
    except Exception as error:
        raise LoadFailed(f"{type(error).__name__}: {error}", _place(call)) from error
    return wants_context


def _place(call: Callable[..., Any]) -> str:
    from funchost.loading.app import place

    return place(call)


def _sort(bindings: typing.Sequence[Bound]) -> tuple[dict[str, Bound], Bound | None]:
    """Bindings by parameter name, and the one of the return value."""
    bound: dict[str, Bound] = {}
    result = None
    for binding in bindings:
        if binding.direction == _INOUT:
            raise Refused('"inout" bindings are not supported')
        if binding.name == "$return":
            if binding.direction != _OUT:
                raise Refused('"$return" binding must have direction set to "out"')
            result = result or binding
        else:
            bound[binding.name] = binding
    return bound, result


def _wants_context(parameters: dict[str, inspect.Parameter], bound: dict[str, Bound], hints: dict[str, Any]) -> bool:
    if "context" not in parameters or "context" in bound:
        return False
    parameters.pop("context")
    hint = hints.get("context")
    if "context" in hints and (not isinstance(hint, type) or hint.__name__ != "Context"):
        raise Refused(f'the "context" parameter is expected to be of type azure.functions.Context, got {hint!r}')
    return True


def _compare(parameters: dict[str, inspect.Parameter], bound: dict[str, Bound]) -> None:
    extra, missing = set(parameters) - set(bound), set(bound) - set(parameters)
    if extra:
        raise Refused(f"the following parameters are declared in Python but not in function.json: {extra!r}")
    if missing:
        raise Refused(f"the following parameters are declared in function.json but not in Python: {missing!r}")


def _check_parameter(name: str, binding: Bound, hints: dict[str, Any]) -> None:
    if name not in hints:
        return
    hint = hints[name]
    is_out = _is_out(hint)
    kind = hint
    if is_out:
        arguments = typing.get_args(hint)
        if len(arguments) != 1:
            raise Refused(f"binding {name} has invalid Out annotation {hint!r}")
        kind = arguments[0]
    if not isinstance(kind, type) and not _is_generic(kind):
        raise Refused(f"binding {name} has invalid non-type annotation {hint!r}")
    if binding.direction == _OUT and not is_out:
        raise Refused(
            f'binding {name} is declared to have the "out" direction, but its annotation in Python is not a subclass of azure.functions.Out'
        )
    if binding.direction != _OUT and is_out:
        raise Refused(
            f'binding {name} is declared to have the "in" direction in function.json, but its annotation is azure.functions.Out in Python'
        )
    _check_kind(name, binding, kind, is_out)


def _check_kind(name: str, binding: Bound, kind: Any, is_out: bool) -> None:
    plain = kind in (str, bytes) and not _has_implicit_output(binding.type)
    converter = None if plain else _converter(binding.type)
    if converter is None:
        fits = issubclass(kind, (str, bytes, bytearray) if is_out else (str, bytes))
    elif is_out:
        fits = converter.check_output_type_annotation(kind)
    else:
        fits = converter.check_input_type_annotation(kind)
    if fits:
        return
    if binding.data_type == 0:
        raise Refused(f'type of {name} binding in function.json "{binding.type}" does not match its Python annotation "{kind.__name__}"')
    raise Refused(
        f'{name!r} binding type "{binding.type}" and dataType "{binding.data_type}" in function.json do not match the corresponding '
        f'function parameter\'s Python type annotation "{kind.__name__}"'
    )


def _check_return(binding: str, hint: Any) -> None:
    if _is_generic(hint) and getattr(typing.get_origin(hint), "__name__", "") == "Out":
        raise Refused("return annotation should not be azure.functions.Out")
    if not isinstance(hint, type):
        raise Refused(f"has invalid non-type return annotation {hint!r}")
    converter = _converter(binding)
    fits = issubclass(hint, (str, bytes, bytearray)) if converter is None else converter.check_output_type_annotation(hint)
    if not fits:
        raise Refused(f'Python return annotation "{hint.__name__}" does not match binding type "{binding}"')


def _check_retry(retry: Mapping[str, Any] | None) -> None:
    if not retry:
        return
    int(retry.get("max_retry_count"))  # type: ignore[arg-type]  # what int() says of None is what the worker says
    strategy = retry.get("strategy")
    for field in ("delay_interval",) if strategy == "fixed_delay" else ("minimum_interval", "maximum_interval"):
        time.strptime(retry.get(field), "%H:%M:%S")  # type: ignore[arg-type]
    if strategy not in ("fixed_delay", "exponential_backoff"):
        raise ValueError(f'unknown enum label "{strategy}"')


def _is_out(hint: Any) -> bool:
    origin = typing.get_origin(hint) if isinstance(hint, _GENERIC_ALIASES) and _is_generic(hint) else hint
    return isinstance(origin, type) and not isinstance(origin, types.GenericAlias) and origin.__name__ == "Out"


def _is_generic(hint: Any) -> bool:
    """Whether typing counts it as a generic type; Union, Tuple, Callable and ClassVar are none."""
    if isinstance(hint, type) and not isinstance(hint, types.GenericAlias):
        return issubclass(hint, typing.Generic)
    return isinstance(hint, _GENERIC_ALIASES) and typing.get_origin(hint) not in _NOT_GENERIC


def _converter(binding: str) -> Any:
    """The SDK's converter for a type of binding, or None for one it does not know."""
    from azure.functions import meta

    registry: Any = meta._ConverterMeta
    return registry.get(binding)


def _has_implicit_output(binding: str) -> bool:
    converter = _converter(binding)
    return binding != "durableClient" if converter is None else bool(getattr(converter, "has_implicit_output", lambda: False)())
