"""What goes into a decision and what comes out of it, as plain records."""

from dataclasses import dataclass, field
from typing import Any

from funchost.durable.protocol import Action, Event, EventType
from funchost.durable.traps import Trap


@dataclass(frozen=True, slots=True)
class Reply:
    """What the SDK gave back for one episode. `output` and `custom_status` are JSON values.

    `status_dropped`: a custom status was set that the SDK does not send because it is falsy. `broken`: the SDK raised
    without giving its state, so `error` is all there is.
    """

    done: bool
    actions: list[Action]
    output: Any = None
    error: str | None = None
    custom_status: Any = None
    status_dropped: bool = False
    broken: bool = False


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task that history does not know yet: an activity (4), a child (7) or a timer (10)."""

    kind: EventType
    task_id: int
    name: str = ""
    input: str | None = None
    instance_id: str = ""
    version: str | None = None
    fire_at: str = ""


@dataclass(slots=True)
class Outcome:
    """What the host has to write down after an episode.

    `status` is Running or Suspended while the execution goes on; Completed, Failed, Terminated or ContinuedAsNew when
    it is over. `result` is then raw text: JSON of the output, the failure, the reason, or the next input. `custom` is the custom
    status as JSON text. `carried` holds the events that a ContinuedAsNew execution hands to its successor.
    """

    status: str
    tasks: list[NewTask] = field(default_factory=list)
    result: str | None = None
    output: Any = None
    traps: list[Trap] = field(default_factory=list)
    custom: str | None = None
    carried: list[Event] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether this execution has ended."""
        return self.status not in ("Running", "Suspended")
