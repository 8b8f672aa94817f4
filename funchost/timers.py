"""Timer triggers: sleeps until the next one is due, and catches up once on a run that fell into the host's absence."""

import asyncio
import json
import time
from datetime import UTC, datetime

import azure.functions as func

from funchost.durable.activities import Threads
from funchost.errors import StoreError
from funchost.functions import Caller
from funchost.loading import LoadedApp
from funchost.logs import Log
from funchost.ncrontab import BadSchedule, Schedule
from funchost.settings import resolve
from funchost.store import Store
from funchost.web.http_functions import in_thread

_LONGEST_SLEEP = 60.0


class Timers:
    """All timer functions of an app, one task each."""

    def __init__(self, app: LoadedApp, binding: str, store: Store, threads: Threads, log: Log) -> None:
        self._store, self._threads, self._log = store, threads, log
        self._timers: list[tuple[Caller, Schedule]] = []
        for function in app.of_kind("timerTrigger"):
            try:
                schedule = Schedule.parse(resolve(str(function.trigger.get("schedule", ""))))
            except BadSchedule as error:
                log("warning", "timer", function=function.name, error=f"{error}; it never runs")
                continue
            self._timers.append((Caller(function, app.directory, binding), schedule))
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin; call on the loop."""
        for caller, schedule in self._timers:
            self._tasks.add(asyncio.ensure_future(self._keep(caller, schedule)))

    def stop(self) -> None:
        """End all of them; call on the loop."""
        for task in self._tasks:
            task.cancel()

    async def _keep(self, caller: Caller, schedule: Schedule) -> None:
        name, now = caller.function.name, time.time()
        last = self._store.last_run(name)
        missed = _next(schedule, last) if last is not None else None
        if missed is not None and missed <= now:
            await self._fire(caller, past_due=True)
        elif caller.function.trigger.get("runOnStartup"):
            await self._fire(caller, past_due=False)
        elif last is None:
            self._note(name, now)
        due = _next(schedule, time.time())
        while due is not None:
            while (left := due - time.time()) > 0:
                await asyncio.sleep(min(left, _LONGEST_SLEEP))
            await self._fire(caller, past_due=False)
            due = _next(schedule, max(due, time.time()))

    async def _fire(self, caller: Caller, past_due: bool) -> None:
        began = time.perf_counter()
        name, error = caller.function.name, None
        self._note(name, time.time())
        request = _request(past_due)
        try:
            if caller.function.is_async:
                await caller(request)
            else:
                await in_thread(self._threads, lambda: caller(request))
        except (Exception, SystemExit, KeyboardInterrupt) as caught:
            error = f"{type(caught).__name__}: {caught}"
        self._log(
            "error" if error else "info",
            "timer",
            function=name,
            past_due=past_due,
            ms=round((time.perf_counter() - began) * 1000, 2),
            **({"error": error} if error else {}),
        )

    def _note(self, name: str, at: float) -> None:
        try:
            self._store.note_run(name, at)
        except StoreError as error:
            self._log("error", "store", code=error.code, message=error.message, advice=error.advice, function=name)


def _next(schedule: Schedule, after: float) -> float | None:
    found = schedule.next(datetime.fromtimestamp(after, UTC).replace(tzinfo=None))
    return None if found is None else found.replace(tzinfo=UTC).timestamp()


def _request(past_due: bool) -> func.TimerRequest:
    from azure.functions import meta
    from azure.functions.timer import TimerRequestConverter

    text = json.dumps({"IsPastDue": past_due, "Schedule": {"AdjustForDST": False}, "ScheduleStatus": {}})
    request: func.TimerRequest = TimerRequestConverter.decode(meta.Datum(text, "json"), trigger_metadata=None)
    return request
