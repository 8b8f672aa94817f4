"""What clients of the engine may do, without HTTP: start, signal, query, purge. The management API is a thin skin over it."""

import json
import time
import uuid
from collections.abc import Callable, Collection
from typing import Any

from funchost.durable.protocol import Event, EventType, compact, event, execution_started, iso
from funchost.settings import Settings
from funchost.store import Instance, Post, Query, Start, Store

BAD_ARGUMENT = "One or more of the arguments submitted is incorrect"


class ClientError(Exception):
    """A request the engine refuses; `status` is the HTTP status of the real one, `kind` its exception type."""

    def __init__(self, status: int, message: str, detail: str | None = None, kind: str = "") -> None:
        super().__init__(detail or message)
        self.status, self.message, self.detail, self.kind = status, message, detail, kind


class Client:
    """The durable client's operations. Thread-safe; every call is one transaction. `known` holds the orchestrators' names in lower case."""

    def __init__(self, store: Store, settings: Settings, wake: Callable[[str], None], known: Collection[str] | None = None) -> None:
        self._store, self._settings, self._wake, self._known = store, settings, wake, known

    def start(self, name: str, instance: str | None, text: str | None, version: str | None = None) -> str:
        """Start an orchestration with `text` as its raw JSON input; return the instance id. A finished one is replaced."""
        (outcome,) = self.start_all([self.draft(name, instance, text, version)])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def start_all(self, drafts: list[Start]) -> list[str | Exception]:
        """Start several in one transaction; for each its id, or why it was not started."""
        any_state = self._settings.overridable.lower() == "anystate"
        try:
            found = self._store.create(drafts, any_state=any_state)
        except Exception as error:
            return [error] if len(drafts) == 1 else [outcome for draft in drafts for outcome in self.start_all([draft])]
        for draft, present in zip(drafts, found, strict=True):
            if present is None:
                self._wake(draft.row.id)
        return [draft.row.id if present is None else _conflict(draft.row.id, present) for draft, present in zip(drafts, found, strict=True)]

    def draft(self, name: str, instance: str | None, text: str | None, version: str | None = None) -> Start:
        """What `start_all` takes."""
        wanted = instance or uuid.uuid4().hex
        now = time.time()
        version = version if version is not None else self._settings.default_version
        execution = str(uuid.uuid4())
        row = Instance(wanted, execution, name, version, text, None, None, "Pending", now, now)
        started = execution_started(iso(now), name=name, text=text, version=version, instance=wanted, execution=execution)
        return Start(row, Post(wanted, execution, now, started))

    def send(self, instance: str, kind: EventType, **fields: Any) -> None:
        """Put an event into the inbox of a running instance; raises 404 or 410 otherwise."""
        self._running(instance)
        now = time.time()
        if not self._store.post(Post(instance, None, now, event(kind, iso(now), **fields))):
            raise ClientError(410, "")
        self._wake(instance)

    def raise_event(self, instance: str, name: str, value: Any) -> None:
        """Raise an external event with a JSON value."""
        self.send(instance, EventType.EVENT_RAISED, Name=name, Input=compact(value), ParentTraceContext=None)

    def suspend(self, instance: str, reason: str | None) -> None:
        """Hold back all further work of an instance."""
        if self._running(instance).status == "Suspended":
            raise self._invalid("suspend", instance, "Suspended")
        self.send(instance, EventType.EXECUTION_SUSPENDED, Reason=reason)

    def resume(self, instance: str, reason: str | None) -> None:
        """Undo `suspend`."""
        status = self._running(instance).status
        if status != "Suspended":
            raise self._invalid("resume", instance, status)
        self.send(instance, EventType.EXECUTION_RESUMED, Reason=reason)

    def terminate(self, instance: str, reason: str | None) -> None:
        """End an instance at once; its children go on."""
        self.send(instance, EventType.EXECUTION_TERMINATED, Input=reason)

    def restart(self, instance: str, with_new_id: bool) -> str:
        """Start the same function with the same input again, in the default version; return the id.

        Raises `ValueError` if there is no such instance or no such function any more.
        """
        row = self._store.instance(instance)
        if row is None:
            raise ValueError(f"No instance with ID '{instance}' was found. (Parameter 'instanceId')")
        if self._known is not None and row.name.lower() not in self._known:
            raise ValueError(unknown_orchestrator(row.name, self._known))
        try:
            return self.start(row.name, None if with_new_id else instance, "null" if row.input is None else _again(row.input))
        except ClientError as error:
            raise ClientError(
                409,
                "A non-terminal instance with this instance ID already exists.",
                error.message,
                "DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException",
            ) from error

    def rewind(self, instance: str, reason: str | None) -> None:
        """Let a failed instance, and the failed children that failed it, run on from before their failures."""
        row = self._store.instance(instance)
        if row is None:
            raise ClientError(404, f'No orchestration with instance ID "${instance}" found.')
        if row.status != "Failed":
            raise ClientError(
                412, f'This orchestration has status {row.status}, but only orchestrations in the "Failed" state can be rewound.'
            )
        self._rewind(row, reason)

    def _rewind(self, row: Instance, reason: str | None) -> None:
        history = self._store.history(row.id)
        failed = {e["TaskScheduledId"] for e in history if e["EventType"] == EventType.TASK_FAILED}
        children = {e["TaskScheduledId"] for e in history if e["EventType"] == EventType.SUB_FAILED}
        kept = [e for e in history if not _undone(e, failed)]
        now = time.time()
        row.status, row.output, row.updated = "Running", None, now
        note = event(EventType.GENERIC, iso(now), Data=f"Rewound: {reason or ''}")
        self._store.rewrite(row, kept, Post(row.id, row.execution, now, note))
        for e in history:
            if e["EventType"] == EventType.SUB_CREATED and e["EventId"] in children:
                child = self._store.instance(e["InstanceId"])
                if child is not None and child.status == "Failed":
                    self._rewind(child, reason)
        self._wake(row.id)

    def purge(self, instance: str) -> int:
        """Remove a finished instance; 404 if there is none, 412 if it still runs."""
        row = self._store.instance(instance)
        if row is None and not instance.startswith("@"):
            raise ClientError(404, "")
        if row is not None and not row.finished and not instance.startswith("@"):
            raise ClientError(
                412,
                "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID "
                f"{instance} has status {row.status}",
            )
        return self._store.purge([instance])

    def purge_by(self, query: Query) -> int:
        """Remove the finished instances that match; return how many."""
        total = 0
        while rows := [row.id for row in self._store.find(query) if row.finished]:
            total += self._store.purge(rows)
        return total

    def get(self, instance: str) -> Instance | None:
        """An instance, or None."""
        return self._store.instance(instance)

    def history(self, instance: str) -> list[Event]:
        """The events of its current execution."""
        return self._store.history(instance)

    def find(self, query: Query) -> list[Instance]:
        """Instances that match, oldest first."""
        return self._store.find(query)

    def _running(self, instance: str) -> Instance:
        row = self._store.instance(instance)
        if row is None:
            raise ClientError(404, "")
        if row.finished:
            raise ClientError(410, "")
        return row

    @staticmethod
    def _invalid(verb: str, instance: str, status: str) -> ClientError:
        return ClientError(
            500,
            "Something went wrong while processing your request",
            f"Cannot {verb} the orchestration instance {instance} because instance is in the {status} state.",
            "System.InvalidOperationException",
        )


def unknown_orchestrator(name: str, known: Collection[str]) -> str:
    """What the engine says about a name that it does not know."""
    names = "', '".join(sorted(known))
    rest = (
        f"The following are the known orchestrator functions: '{names}'."
        if known
        else "No orchestrator functions are currently registered!"
    )
    return f"The function '{name}' doesn't exist, is disabled, or is not an orchestrator function. Additional info: {rest}"


def _conflict(instance: str, present: Instance) -> ClientError:
    return ClientError(409, f"An orchestration with id '{instance}' already exists. It is in state {present.status}")


def _again(text: str) -> str:
    """An input as a restart hands it on: read and written anew, in the engine's own spacing."""
    try:
        return compact(json.loads(text))
    except ValueError:
        return text


def _undone(item: Event, failed: set[int]) -> bool:
    kind = item["EventType"]
    return kind in (EventType.TASK_FAILED, EventType.SUB_FAILED, EventType.EXECUTION_COMPLETED) or (
        kind == EventType.TASK_SCHEDULED and item["EventId"] in failed
    )
