"""Runs activities: `def` ones in threads, `async def` ones on the loop. What comes of them is the engine's to write down.

The threads are daemons of our own because the standard pool makes the interpreter wait for its threads at exit, and an
activity that hangs must not keep a stopped host alive.
"""

import asyncio
import json
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from funchost.durable.protocol import Event, EventType, event, first_line, iso
from funchost.logs import Log
from funchost.store import Activity, Answer


class Threads:
    """Daemon threads, started as work comes, at most `limit` of them."""

    def __init__(self, limit: int, name: str) -> None:
        self._limit, self._name = limit, name
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = self._waiting = 0

    def submit(self, work: Callable[[], None]) -> None:
        """Run `work` on some thread, first come first served."""
        with self._lock:
            self._work.put(work)
            if self._waiting < self._work.qsize() and self._threads < self._limit:
                self._threads += 1
                threading.Thread(target=self._run, name=f"{self._name}-{self._threads}", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                self._waiting += 1
            work = self._work.get()
            with self._lock:
                self._waiting -= 1
            try:
                work()
            except BaseException:
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))


class ActivityFunction(Protocol):
    """A registered activity."""

    name: str
    is_async: bool

    def call(self, text: str | None) -> Any:
        """Call it with raw JSON input; an async one gives a coroutine."""

    def encode(self, value: Any) -> str:
        """Its result as JSON text."""


class Runner:
    """Takes activities from the engine and tells it through `answered` what came of each."""

    def __init__(self, functions: Mapping[str, ActivityFunction], log: Log, threads: int, limit: int | None) -> None:
        self._functions, self._log = functions, log
        self._threads = Threads(min(threads, limit) if limit else threads, "activity")
        self._limit, self._gate = limit, None  # type: int | None, asyncio.Semaphore | None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._pending: list[Activity] = []
        self._pending_lock = threading.Lock()
        self._stopped = threading.Event()
        self.running = 0
        self._count_lock = threading.Lock()
        self.answered: Callable[[Answer], None] = lambda _answer: None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use `loop` for `async def` activities. Call before the first `submit`."""
        self._loop = loop

    def submit(self, activities: list[Activity]) -> None:
        """Run activities; does not block."""
        waiting = []
        for activity in activities:
            function = self._functions.get(activity.name.lower())
            if function is not None and function.is_async:
                waiting.append(activity)
            else:
                self._threads.submit(lambda activity=activity: self._run(activity))  # type: ignore[misc]
        if waiting and self._loop is not None:
            with self._pending_lock:
                wake = not self._pending
                self._pending.extend(waiting)
            if wake:
                self._loop.call_soon_threadsafe(self._start_pending)

    def stop(self, timeout: float) -> None:
        """Wait up to `timeout` seconds for what is running, then drop everything else; it runs again at the next start."""
        deadline = time.monotonic() + timeout
        while self.running and time.monotonic() < deadline:
            time.sleep(0.01)
        self._stopped.set()

    def _start_pending(self) -> None:
        with self._pending_lock:
            waiting, self._pending = self._pending, []
        for activity in waiting:
            task = asyncio.ensure_future(self._run_async(activity))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _count(self, by: int) -> None:
        with self._count_lock:
            self.running += by

    def _run(self, activity: Activity) -> None:
        if self._stopped.is_set():
            return
        self._count(1)
        began = time.perf_counter()
        try:
            function = self._functions.get(activity.name.lower())
            if function is None:
                raise LookupError(f"the activity is not registered; known: {', '.join(sorted(self._functions)) or 'none'}")
            answer = _completed(activity, function.encode(function.call(activity.input)))
        except BaseException as error:
            answer = _failed(activity, error)
        self._report(activity, answer, began)

    async def _run_async(self, activity: Activity) -> None:
        if self._limit:
            self._gate = self._gate or asyncio.Semaphore(self._limit)
            async with self._gate:
                await self._await(activity)
        else:
            await self._await(activity)

    async def _await(self, activity: Activity) -> None:
        if self._stopped.is_set():
            return
        self._count(1)
        began = time.perf_counter()
        try:
            function = self._functions[activity.name.lower()]
            call: Coroutine[Any, Any, Any] = function.call(activity.input)
            answer = _completed(activity, function.encode(await call))
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                self._count(-1)
                raise
            answer = _failed(activity, error)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            answer = _failed(activity, error)
        self._report(activity, answer, began)

    def _report(self, activity: Activity, answer: Event, began: float) -> None:
        at, ok = time.time(), answer["EventType"] == EventType.TASK_COMPLETED
        try:
            self._log(
                "info" if ok else "warning",
                "activity",
                function=activity.name,
                instance=activity.instance,
                task=activity.task,
                ok=ok,
                ms=round((time.perf_counter() - began) * 1000, 2),
                **({} if ok else {"error": first_line(answer["Reason"])}),
            )
        finally:
            self.answered(Answer(activity, at, answer))
            self._count(-1)


def _completed(activity: Activity, result: str) -> Event:
    return event(EventType.TASK_COMPLETED, iso(time.time()), TaskScheduledId=activity.task, Result=result)


def _failed(activity: Activity, error: BaseException) -> Event:
    text = f" {type(error).__name__}: {error}"
    stack = "".join(traceback.format_exception(error))
    details = json.dumps(
        {"$type": "System.Exception, System.Private.CoreLib", "ClassName": "System.Exception", "Message": text, "StackTraceString": stack},
        ensure_ascii=False,
    )
    return event(
        EventType.TASK_FAILED,
        iso(time.time()),
        TaskScheduledId=activity.task,
        Reason=f"Activity function '{activity.name}' failed: {text}",
        Details=details,
        FailureDetails=None,
    )
