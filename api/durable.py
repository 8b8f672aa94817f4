"""The durable client that the host injects into each request, and the few things the API asks of it.

The function that receives the HTTP trigger gets the client as a binding; it sets `durable` for the time of the request.
Routes depend on `client`, so a door without a durable host answers 503 and nothing is half-done.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Annotated, Any, Protocol

from fastapi import Depends

from shared.model import InternalError

Input = dict[str, Any]
ENDED = frozenset({"Completed", "Failed", "Terminated", "Canceled"})


class DurableClient(Protocol):
    """What `azure.durable_functions.DurableOrchestrationClient` offers and the API uses."""

    async def start_new(self, orchestration_function_name: str, instance_id: str | None = None, client_input: Any = None) -> str:
        """Start an instance. A finished one of the same id is replaced in silence, a running one is an error."""
        ...

    async def get_status(self, instance_id: str) -> Any:
        """The instance's status; falsy when there is no such instance."""
        ...

    async def raise_event(self, instance_id: str, event_name: str, event_data: Any = None) -> None:
        """Send an external event; raises when the instance is unknown or has ended."""
        ...

    async def terminate(self, instance_id: str, reason: str) -> None:
        """End the instance at once."""
        ...


durable: ContextVar[DurableClient | None] = ContextVar("durable", default=None)
"""The client of the request that is being served."""


def client() -> DurableClient:
    """The injected client. Raises InternalError QLF7112 where the app is served without a durable host."""
    found = durable.get()
    if found is None:
        raise InternalError("QLF7112")
    return found


Client = Annotated[DurableClient, Depends(client)]


async def state_of(client: DurableClient, instance_id: str) -> str | None:
    """The runtime status (`Pending`, `Running`, `Completed`, …) or None when there is no such instance."""
    status = await _reach(client.get_status(instance_id))
    if not status or status.runtime_status is None:
        return None
    return str(getattr(status.runtime_status, "value", status.runtime_status))


async def start_once(client: DurableClient, name: str, instance_id: str, payload: Input, *, again: bool = False) -> bool:
    """Start `name` where no instance of this id exists (`again`: or where it has ended); True when this call started it.

    Of two callers at once one is told that the instance runs already: that is what both wanted.
    """
    free = {None, *ENDED} if again else {None}
    if await state_of(client, instance_id) not in free:
        return False
    try:
        await client.start_new(name, instance_id, payload)
    except Exception as error:
        if await state_of(client, instance_id) in free:
            raise InternalError("QLF7112", f"the durable host did not start {name}: {type(error).__name__}") from error
        return False
    return True


async def tell(client: DurableClient, instance_id: str, event: str, payload: Input) -> None:
    """Send an external event. Raises InternalError QLF7112 when the host or the instance does not take it."""
    await _reach(client.raise_event(instance_id, event, payload))


async def _reach(call: Any) -> Any:
    try:
        return await call
    except Exception as error:
        raise InternalError("QLF7112", f"the durable host does not answer: {type(error).__name__}") from error
