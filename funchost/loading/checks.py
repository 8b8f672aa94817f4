"""The checks by which the Python worker refuses a function when it loads it, with the worker's own words.

After azure-functions-python-worker's `functions.Registry.add_indexed_function` (worker 4.34).
"""

import inspect
import typing
from collections.abc import Callable
from typing import Any

from funchost.errors import LoadFailed

_UNCHECKED = {"activityTrigger", "entityTrigger", "generic"}


def check_signature(name: str, call: Callable[..., Any], bindings: tuple[dict[str, Any], ...]) -> bool:
    """Compare parameters with bindings; raise `LoadFailed` on the first difference; say whether a context is wanted."""
    parameters = dict(inspect.signature(call).parameters)
    bound = {str(b["name"]): b for b in bindings}
    if bound.get("$return", {}).get("direction") not in (None, "OUT"):
        raise _refuse(name, call, '"$return" binding must have direction set to "out"')
    bound.pop("$return", None)
    hints = _hints(call)
    wants_context = _check_context(name, call, parameters, bound, hints)
    extra, missing = set(parameters) - set(bound), set(bound) - set(parameters)
    if extra:
        raise _refuse(name, call, f"the following parameters are declared in Python but not in function.json: {extra!r}")
    if missing:
        raise _refuse(name, call, f"the following parameters are declared in function.json but not in Python: {missing!r}")
    for parameter in parameters:
        _check_annotation(name, call, parameter, bound[parameter], hints)
    return wants_context


def _refuse(name: str, call: Callable[..., Any], why: str) -> LoadFailed:
    from funchost.loading.app import place

    return LoadFailed(f"FunctionLoadError: cannot load the {name} function: {why}", place(call))


def _hints(call: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(call)
    except Exception:
        return dict(getattr(call, "__annotations__", {}))


def _check_context(
    name: str, call: Callable[..., Any], parameters: dict[str, inspect.Parameter], bound: dict[str, dict[str, Any]], hints: dict[str, Any]
) -> bool:
    import azure.functions as func

    if "context" not in parameters or "context" in bound:
        return False
    parameters.pop("context")
    hint = hints.get("context")
    if hint is None and any(b["type"] == "orchestrationTrigger" for b in bound.values()):
        hint = func.OrchestrationContext
    if hint is not None and isinstance(hint, type) and not issubclass(hint, func.Context):
        raise _refuse(name, call, f'the "context" parameter is expected to be of type azure.functions.Context, got {hint!r}')
    return True


def _check_annotation(name: str, call: Callable[..., Any], parameter: str, binding: dict[str, Any], hints: dict[str, Any]) -> None:
    import azure.functions as func
    from azure.functions import meta

    hint = hints.get(parameter)
    is_out = binding["direction"] == "OUT"
    if typing.get_origin(hint) is func.Out or hint is func.Out:
        if not is_out:
            raise _refuse(name, call, f'binding {parameter} is declared to have the "in" direction, but its annotation in Python is Out')
        return
    if is_out:
        raise _refuse(name, call, f'binding {parameter} has direction "out" in function.json, but its annotation in Python is not Out')
    if hint is None or hint is inspect.Parameter.empty or binding["type"] in _UNCHECKED:
        return
    registry: Any = meta._ConverterMeta
    converter = registry.get(binding["type"])
    if converter is None or not isinstance(hint, type):
        return
    if not converter.check_input_type_annotation(hint):
        raise _refuse(
            name,
            call,
            f'\'{parameter}\' binding type "{binding["type"]}" and dataType "{binding.get("dataType")}" in '
            "function.json do not match the corresponding function parameter's Python type annotation "
            f'"{hint.__name__}"',
        )
