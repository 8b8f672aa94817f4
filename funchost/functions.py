"""Calls user functions with the arguments the worker would give them: decoded trigger, client binding, invocation context."""

import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import azure.functions as func
from azure.functions import meta
from azure.functions.durable_functions import ActivityTriggerConverter

from funchost.loading import LoadedApp, LoadedFunction

_LOCAL = threading.local


class Context(func.Context):
    """What a function gets as `context: func.Context`."""

    def __init__(self, function: str, directory: Path) -> None:
        self._invocation_id = str(uuid.uuid4())
        self._function, self._directory = function, directory

    @property
    def invocation_id(self) -> str:
        return self._invocation_id

    @property
    def thread_local_storage(self) -> Any:
        return _LOCAL

    @property
    def function_name(self) -> str:
        return self._function

    @property
    def function_directory(self) -> str:
        return str(self._directory)

    @property
    def trace_context(self) -> Any:
        return _TraceContext()

    @property
    def retry_context(self) -> Any:
        return None


class _TraceContext(func.TraceContext if hasattr(func, "TraceContext") else object):  # type: ignore[misc]
    """No distributed trace reaches a local host."""

    trace_state = ""
    trace_parent = ""

    @property
    def attributes(self) -> dict[str, str]:
        return {}


@dataclass(slots=True)
class Caller:
    """Prepares the arguments of one function. `binding` is the durable client binding as JSON."""

    function: LoadedFunction
    directory: Path
    binding: str = ""

    def arguments(self, value: Any) -> dict[str, Any]:
        """Keyword arguments for a call with `value` from the trigger."""
        arguments: dict[str, Any] = {self.function.argument: value}
        for name in self.function.clients:
            arguments[name] = self.binding
        if self.function.wants_context:
            arguments["context"] = Context(self.function.name, self.directory)
        return arguments

    def __call__(self, value: Any) -> Any:
        """Call the function; an async one gives a coroutine."""
        return self.function.call(**self.arguments(value))


class Activity:
    """An activity function behind the SDK's own converters."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.name = caller.function.name
        self.is_async = caller.function.is_async

    def call(self, text: str | None) -> Any:
        """Call it with raw JSON input."""
        datum = meta.Datum("null" if text is None else text, "json")
        return self._caller(ActivityTriggerConverter.decode(datum, trigger_metadata=None))

    def encode(self, value: Any) -> str:
        """Its result as JSON; raises ValueError if it is none."""
        return str(ActivityTriggerConverter.encode(value, expected_type=None).value)


def activities(app: LoadedApp, binding: str) -> dict[str, Activity]:
    """The activities of an app by lower-case name."""
    return {f.name.lower(): Activity(Caller(f, app.directory, binding)) for f in app.of_kind("activityTrigger")}
