"""Following a run: a long poll for events until the run rests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from cli import interrupt
from cli.client import LONG_POLL, Api
from shared.model import TERMINAL, InternalError

Run = dict[str, Any]
Event = dict[str, Any]
OnEvent = Callable[[Event], None]


def follow(
    api: Api, run_id: str, on_event: OnEvent, *, after: int = 0, wait: int = LONG_POLL, wanted: Callable[[], bool] = lambda: True
) -> Run:
    """Hand every event after `after` to `on_event`, in order; returns the run document once the run rests (or nobody wants more)."""
    run = api.run(run_id)
    while True:
        interrupt.check()
        resting = rests(run)
        after, events = page(api, run_id, after, 0 if resting else wait, on_event)
        if (resting and not events) or not wanted():
            return run
        if not events or any(tells_rest(event) for event in events):
            run = api.run(run_id)


def page(api: Api, run_id: str, after: int, wait: int, on_event: OnEvent) -> tuple[int, list[Event]]:
    """One page of events, each handed to `on_event`; returns where the next one starts, and the events."""
    body = api.get(f"/runs/{quote(run_id, safe='')}/events", after=after, wait=wait)
    events, following = body.get("items"), body.get("next")
    if not isinstance(events, list) or not isinstance(following, int) or following < after or (events and following == after):
        raise InternalError("QLF8013", "the list of events has no items, or does not move on")
    for event in events:
        on_event(event)
    return following, events


def tells_rest(event: Event) -> bool:
    """True for the event of a run that comes to rest."""
    data = event.get("data")
    return event.get("type") == "run.status_changed" and isinstance(data, dict) and rests({"status": data.get("to")})


def rests(run: Run) -> bool:
    """True when the run will not move on by itself: it ended, or it is blocked."""
    return run.get("status") in TERMINAL or run.get("status") == "blocked"


def exit_code(run: Run) -> int:
    """The exit code of a run that rests: its error decides."""
    if run.get("status") == "completed":
        return 0
    if run.get("status") == "cancelled":
        return 130
    error = run.get("error")
    code = error.get("exit_code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 1 <= code <= 6 else 1
