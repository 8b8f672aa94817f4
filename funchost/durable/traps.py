"""The traps of Durable Functions 1.7, so that a strict host can say loudly what the real one answers with silence.

Each trap is a pattern that works in a quick try and hangs, loses data or fails under other timing. The codes are listed
with examples in docs/funchost.md.
"""

from dataclasses import dataclass

from funchost.errors import Trouble


@dataclass(frozen=True, slots=True)
class Trap(Trouble):
    """A pattern of the orchestrator that a strict host refuses; `fatal` ones fail without --strict too."""

    fatal: bool = False

    @classmethod
    def queued_events(cls, name: str) -> "Trap":
        """Two events of one name arrived before a wait (trap 1)."""
        return cls(
            "FH1401",
            f"Two events named '{name}' arrived before anything waited for them; the SDK hands out the last one twice.",
            "Use a fresh event name for every wait.",
        )

    @classmethod
    def event_case(cls, raised: str, wanted: str) -> "Trap":
        """Raised and awaited names differ in case (trap 2)."""
        return cls(
            "FH1402",
            f"Event '{raised}' was raised but '{wanted}' is awaited: the engine ignores case, the SDK does not.",
            "Take event names from one constant.",
        )

    @classmethod
    def timer_left_open(cls) -> "Trap":
        """The function returned while a timer runs (trap 3)."""
        return cls(
            "FH1403",
            "The orchestrator returned while a timer is still running; it stays Running until that fires.",
            "Call timer.cancel() when task_any was won by something else.",
        )

    @classmethod
    def retry_drift(cls, name: str) -> "Trap":
        """A retry was scheduled after a later action had been requested (traps 4 and 5)."""
        return cls(
            "FH1404",
            f"A retry of '{name}' starts after later work was already requested; task ids drift apart.",
            "Retry inside the activity, or wrap the retried unit in a sub-orchestration.",
        )

    @classmethod
    def event_reused(cls, name: str) -> "Trap":
        """A second wait for a name of which an event came early (trap 1)."""
        return cls(
            "FH1405",
            f"A second wait for '{name}' follows one that was served by an early event; the SDK repeats that event.",
            "Use a fresh event name for every wait.",
        )

    @classmethod
    def events_lost(cls) -> "Trap":
        """continue_as_new with unread events (trap 6)."""
        return cls(
            "FH1406",
            "continue_as_new was called with unread events; they are dropped.",
            "Keep the data in a store and use events as wake-ups only.",
        )

    @classmethod
    def unsupported(cls, kind: int) -> "Trap":
        """An action this host does not run: entities and call_http (trap 7)."""
        what = "call_http" if kind == 8 else "entities"
        return cls(
            "FH1407",
            f"The orchestrator uses {what}, which this host does not run.",
            "Call HTTP in an activity." if kind == 8 else "Keep state in a store, behind activities.",
            fatal=True,
        )

    @classmethod
    def input_not_object(cls) -> "Trap":
        """A list, number or bool as the input of a start by webhook (trap 8)."""
        return cls("FH1408", "The input is neither an object nor a string; get_input() raises TypeError.", "Start with a JSON object.")

    @classmethod
    def falsy_status(cls) -> "Trap":
        """A custom status that is falsy vanishes (trap 9)."""
        return cls("FH1409", "A falsy custom status is not sent by the SDK; the status becomes null.", "Set an object.")

    @classmethod
    def sdk_retry(cls, name: str) -> "Trap":
        """A *_with_retry call (trap 10)."""
        return cls(
            "FH1410",
            f"'{name}' is called with the SDK's retry, which has no backoff and shifts task ids.",
            "Retry inside the activity with its own backoff.",
        )

    @classmethod
    def bad_instance_id(cls) -> "Trap":
        """An instance id that the stores of the real engine do not take."""
        return cls(
            "FH1411",
            "The instance id is longer than 256 characters, starts with '@', or contains \\, #, ? or a control character.",
            "Use letters, digits, '-' and '_'.",
        )
