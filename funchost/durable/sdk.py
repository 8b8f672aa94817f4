"""The only module that touches azure-functions-durable, so that another protocol line means another module here.

`Orchestrator.replay` does what the SDK's own `handle` does, minus one round trip of the history through JSON text.
The SDK parses a date per event with dateutil, which is most of a replay's cost; `adapt_sdk` swaps in the standard
library's parser, for this process only.
"""

import importlib
import json
import sys
from collections import namedtuple
from collections.abc import Callable
from datetime import datetime
from functools import cache
from types import ModuleType
from typing import Any

from funchost.durable.outcomes import Reply
from funchost.durable.protocol import Event

_LABEL = "\n\n$OutOfProcData$:"


class _Late(ModuleType):
    """Stands in for a module until something of it is used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)


def import_sdk() -> None:
    """Import the SDK without aiohttp, which only its client needs: that is a fifth of a small host's memory and of its start."""
    if "azure.durable_functions" in sys.modules or "aiohttp" in sys.modules:
        return
    late = _Late("aiohttp")
    vars(late)["ClientSession"] = object  # named in annotations that are evaluated on import
    sys.modules["aiohttp"] = late
    try:
        import azure.durable_functions  # noqa: F401
    finally:
        del sys.modules["aiohttp"], vars(late)["ClientSession"]


def adapt_sdk() -> None:
    """Adapt the SDK for this process: read timestamps about five times faster, and take out of it what it does anew each time.

    HistoryEvent parses with `datetime.fromisoformat` instead of dateutil. The executor warns about every event that comes
    before its wait; where warnings are errors, that would fail an orchestration for nothing.
    """
    if "azure.durable_functions" not in sys.modules:
        return
    executor: Any = sys.modules["azure.durable_functions.models.TaskOrchestrationExecutor"]
    executor.warnings = _Quiet
    executor.namedtuple = _named  # it makes the same class anew for each replay
    codec: Any = sys.modules["azure.functions._durable_functions"]
    codec._is_strict_mode = cache(codec._is_strict_mode)  # it reads the environment for each value
    module: Any = sys.modules["azure.durable_functions.models.history.HistoryEvent"]
    slow = module.dt_parse

    def parse(text: str) -> datetime:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return slow(text)  # type: ignore[no-any-return]

    if slow.__module__ != __name__:
        module.dt_parse = parse


@cache
def _named(name: str, fields: tuple[str, ...]) -> type:
    return namedtuple(name, fields)


class _Quiet:
    """Stands in for the `warnings` module inside the executor."""

    @staticmethod
    def warn(_message: str) -> None:
        """Say nothing."""


async def close_client_session() -> None:
    """Close the SDK's shared HTTP session, which belongs to the loop that made it, and let the next loop make its own."""
    module: Any = sys.modules.get("azure.durable_functions.models.utils.http_utils")
    if module is None or not hasattr(module, "_client_session"):
        return
    session, module._client_session = module._client_session, None
    if session is not None and not session.closed:
        await session.close()


def trigger_input(instance: str, text: str | None, parent: str | None, history: list[Event], replaying: bool) -> dict[str, Any]:
    """The orchestrationTrigger payload; `text` is the raw JSON input. Long timers stay plain ones, as on the scheduler service."""
    return {
        "history": history,
        "input": None if text is None else json.loads(text),
        "instanceId": instance,
        "isReplaying": replaying,
        "parentInstanceId": parent,
        "upperSchemaVersion": 1,
        "upperSchemaVersionNew": 3,
        "defaultHttpAsyncRequestSleepTimeMillseconds": 30000,
    }


class Orchestrator:
    """One registered orchestrator function, as the decorator left it."""

    def __init__(self, handle: Callable[[str], str]) -> None:
        self._handle = handle
        self._function = getattr(handle, "orchestrator_function", None)

    def replay(self, payload: dict[str, Any]) -> Reply:
        """Run the user's code over the history. Never raises: what it raises becomes `Reply.error`."""
        try:
            return self._run(payload)
        except BaseException as error:
            text, label, state = str(error).partition(_LABEL)
            if label:
                return read_reply(json.loads(state))
            return Reply(done=False, actions=[], error=text or str(type(error)), broken=True)

    def _run(self, payload: dict[str, Any]) -> Reply:
        if self._function is None:
            return read_reply(json.loads(self._handle(json.dumps(payload))))
        from azure.durable_functions.models.DurableOrchestrationContext import DurableOrchestrationContext
        from azure.durable_functions.orchestrator import Orchestrator as SdkOrchestrator

        context: Any = DurableOrchestrationContext(**payload)
        context._input_expected_type = getattr(self._handle, "_df_input_type", None)
        state = json.loads(SdkOrchestrator(self._function).handle(context))
        dropped = context.custom_status is not None and not context.custom_status
        return read_reply(state, dropped)


def read_reply(state: dict[str, Any], dropped: bool = False) -> Reply:
    """An OrchestratorState as JSON -> `Reply`. Schema V1's list of lists is flattened; 1.7 sends one inner list."""
    actions = [action for inner in state.get("actions", []) for action in inner]
    return Reply(bool(state.get("isDone")), actions, state.get("output"), state.get("error"), state.get("customStatus"), dropped)
