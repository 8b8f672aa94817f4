"""Imports function_app.py the way the Python worker does and turns it into plain records.

`get_functions()` may be called once per app object only, so a loaded app is kept for the life of the process.
"""

import importlib.util
import inspect
import json
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from funchost.durable.sdk import import_sdk
from funchost.errors import LoadFailed
from funchost.loading.checks import check_function

SCRIPT = "function_app.py"
_MODULE = "function_app"
_HELP = (
    " Cannot find module. Please check the requirements.txt file for the missing module. For more info, please refer the "
    "troubleshooting guide: https://aka.ms/functions-modulenotfound."
)


@dataclass(frozen=True, slots=True)
class LoadedFunction:
    """One function with its bindings as the worker reports them. `binding` fields are JSON values."""

    name: str
    call: Callable[..., Any]
    trigger: dict[str, Any]
    bindings: tuple[dict[str, Any], ...]
    wants_context: bool

    @property
    def kind(self) -> str:
        """The type of the trigger, for instance `httpTrigger`."""
        return str(self.trigger["type"])

    @property
    def argument(self) -> str:
        """The name under which the trigger's value is passed."""
        return str(self.trigger["name"])

    @property
    def is_async(self) -> bool:
        """Whether a call gives a coroutine."""
        return inspect.iscoroutinefunction(self.call)

    @property
    def clients(self) -> tuple[str, ...]:
        """Parameter names of durable client bindings."""
        return tuple(str(b["name"]) for b in self.bindings if b["type"] == "durableClient")

    def listing(self) -> dict[str, dict[str, Any]]:
        """The bindings by name, as `--list` prints them."""
        return {str(b["name"]): b for b in self.bindings}


@dataclass(frozen=True, slots=True)
class LoadedApp:
    """A function app that the worker would accept."""

    directory: Path
    functions: tuple[LoadedFunction, ...]
    warnings: tuple[str, ...] = field(default=())

    def of_kind(self, kind: str) -> list[LoadedFunction]:
        """The functions with one type of trigger."""
        return [f for f in self.functions if f.kind == kind]


_loaded: dict[Path, LoadedApp] = {}


def load_app(directory: Path) -> LoadedApp:
    """Load the app in `directory`. Raises `LoadFailed` with the cause in the worker's words and the place."""
    directory = directory.resolve()
    if directory not in _loaded:
        from funchost.loading.lint import lint

        module = _import(directory / SCRIPT)
        functions = tuple(sorted(_functions(module, directory), key=lambda f: f.name))
        _loaded[directory] = LoadedApp(directory, functions, tuple(lint(directory, functions)))
    return _loaded[directory]


def _import(path: Path) -> ModuleType:
    if not path.is_file():
        raise LoadFailed(f"there is no {SCRIPT}", str(path.parent))
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    if b"durable" in path.read_bytes():
        import_sdk()
    spec = importlib.util.spec_from_file_location(_MODULE, path)
    if spec is None or spec.loader is None:
        raise LoadFailed(f"{SCRIPT} cannot be imported", str(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[_MODULE] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        sys.modules.pop(_MODULE, None)
        if isinstance(error, KeyboardInterrupt):
            raise
        raise _failure(error, path) from error
    return module


def _failure(error: BaseException, path: Path) -> LoadFailed:
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, ImportError):
        text = text.rstrip(".") + "." + _HELP
    if isinstance(error, SyntaxError) and error.filename:
        return LoadFailed(text, f"{error.filename}:{error.lineno}")
    frames = [f for f in traceback.extract_tb(error.__traceback__) if path.parent in Path(f.filename).parents]
    return LoadFailed(text, f"{frames[-1].filename}:{frames[-1].lineno}" if frames else str(path))


def _functions(module: ModuleType, directory: Path) -> list[LoadedFunction]:
    from azure.functions import FunctionRegister

    apps = [value for value in vars(module).values() if isinstance(value, FunctionRegister)]
    where = str(directory / SCRIPT)
    if not apps:
        raise LoadFailed(f"ValueError: Could not find top level function app instances in {SCRIPT}.", where)
    if len(apps) > 1:
        kind = type(apps[0]).__name__
        raise LoadFailed(f"ValueError: More than one {kind} or other top level function app instances are defined.", where)
    try:
        functions = apps[0].get_functions()
    except Exception as error:
        raise LoadFailed(f"{type(error).__name__}: {error}", where) from error
    return [_function(item) for item in functions]


def _function(item: Any) -> LoadedFunction:
    name, call = str(item.get_function_name()), item.get_user_function()
    wants_context = check_function(name, call, item.get_bindings(), item.get_settings_dict("retry_policy"))
    bindings = tuple(json.loads(item.get_function_json())["bindings"])
    trigger = bindings[item.get_bindings().index(item.get_trigger())]
    return LoadedFunction(name, call, trigger, bindings, wants_context)


def place(call: Callable[..., Any]) -> str:
    """File and line of a user function, through the decorators' wrappers."""
    for attribute in ("orchestrator_function", "client_function", "entity_function"):
        call = getattr(call, attribute, call)
    call = inspect.unwrap(call)
    code = getattr(call, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else ""
