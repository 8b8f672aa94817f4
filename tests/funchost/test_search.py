"""Correctness by search: random orchestrations, random order of completions, random restarts.

The SDK and the host number tasks on their own; after every episode each number the SDK gave must be the one under which
the host scheduled the same call. hypothesis prints the failing program and its seed. Left out is what the SDK itself cannot do:
a task_all inside another compound task in which a child fails before another one ends.
"""

import json
import tempfile
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import azure.durable_functions as df
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funchost.durable.client import Client
from funchost.durable.decisions import Decider
from funchost.durable.episode import Turns
from funchost.durable.protocol import EventType, event, iso
from funchost.durable.running import RunningMark
from funchost.durable.sdk import Orchestrator, adapt_sdk
from funchost.logs import to_sink
from funchost.settings import Settings
from funchost.store import Activity, Answer, Store

adapt_sdk()
PROGRAM: list[Any] = []
BUILT: list[tuple[Any, str, str]] = []

leaves = st.sampled_from(["act", "fail", "timer", "event", "sub", "failing_sub"]).map(lambda kind: [kind, None])
safe = st.sampled_from(["act", "timer", "event", "sub", "retry"]).map(lambda kind: [kind, None])
kinds = st.sampled_from(["all", "any"])
sure = st.recursive(
    st.sampled_from(["act", "timer", "event", "sub"]).map(lambda kind: [kind, None]),
    lambda inner: st.tuples(kinds, st.lists(inner, min_size=1, max_size=3)).map(list),
    max_leaves=6,
)
some = st.lists(st.one_of(leaves, sure), min_size=1, max_size=4).map(lambda children: ["any", children])
trees = st.tuples(kinds, st.lists(st.one_of(leaves, sure, some), min_size=1, max_size=4)).map(list)
steps = st.one_of(
    leaves,
    trees,
    st.just(["retry", None]),
    st.just(["exhausted", None]),
    st.lists(safe, min_size=1, max_size=4).map(lambda children: ["all", children]),
)
programs = st.lists(steps, min_size=1, max_size=5)


def numbered(program: list[Any]) -> list[Any]:
    """Give every leaf an identity of its own."""
    count = iter(range(10_000))

    def walk(node: list[Any]) -> list[Any]:
        return [node[0], [walk(c) for c in node[1]]] if isinstance(node[1], list) else [node[0], next(count)]

    return [walk(node) for node in program]


def build(context: df.DurableOrchestrationContext, node: list[Any]) -> Any:
    kind, value = node
    if kind in ("all", "any"):
        children = [build(context, child) for child in value]
        return context.task_all(children) if kind == "all" else context.task_any(children)
    if kind == "timer":
        task = context.create_timer(context.current_utc_datetime + timedelta(milliseconds=50 + value))
    elif kind == "event":
        task = context.wait_for_external_event(f"event-{value}")
    elif kind in ("sub", "failing_sub"):
        task = context.call_sub_orchestrator("child", {"n": value, "fails": kind == "failing_sub"})
        BUILT.append((task, "child", str(value)))
    elif kind in ("retry", "exhausted"):
        task = context.call_activity_with_retry("flaky", df.RetryOptions(40, 3), {"n": value, "fails": 2 if kind == "retry" else 9})
        BUILT.append((task.children[0], "flaky", str(value)))
    else:
        task = context.call_activity("echo" if kind == "act" else "fail", value)
        BUILT.append((task, "echo" if kind == "act" else "fail", str(value)))
    return task


def plain(value: Any) -> Any:
    if hasattr(value, "action_repr"):
        return plain(value.result) if not isinstance(value.result, Exception) else "failed"
    return [plain(v) for v in value] if isinstance(value, list) else value


def main(context: df.DurableOrchestrationContext) -> Any:
    BUILT.clear()
    results = []
    for node in PROGRAM:
        try:
            results.append(plain((yield build(context, node))))
        except Exception:
            results.append("failed")
    return results


def child(context: df.DurableOrchestrationContext) -> Any:
    value = context.get_input()
    got = yield context.call_activity("fail" if value["fails"] else "echo", value["n"])
    return got


def possible(node: list[Any]) -> Any:
    """A check for the value of a node: a function of the value."""
    kind, value = node
    if kind == "all":
        checks = [possible(c) for c in value]
        return lambda got: (
            (isinstance(got, list) and len(got) == len(checks) and all(c(g) for c, g in zip(checks, got, strict=True)))
            or (got == "failed" and any(c("failed") for c in checks))
        )
    if kind == "any":
        return lambda got: any(possible(c)(got) for c in value)
    if kind in ("fail", "exhausted", "failing_sub"):
        return lambda got: got == "failed"
    if kind == "timer":
        return lambda got: got is None
    if kind == "event":
        return lambda got: got == {"event": value}
    return lambda got: got == value


def events_of(nodes: list[Any]) -> list[int]:
    return [n for kind, value in nodes for n in (events_of(value) if isinstance(value, list) else [value] if kind == "event" else [])]


@dataclass
class World:
    """An engine without threads or clock: everything that happens is chosen by `chance`."""

    folder: Path
    chance: Random
    now: float = field(default_factory=lambda: time.time() + 1)
    waiting: list[Activity] = field(default_factory=list)
    wake: list[tuple[str, float]] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    attempts: dict[int, set[int]] = field(default_factory=dict)

    def open(self) -> None:
        self.store = Store(self.folder / "hub.db")
        self.client = Client(self.store, Settings(), lambda instance: self.wake.append((instance, self.now)))
        handles = {"main": Orchestrator(df.Orchestrator.create(main)), "child": Orchestrator(df.Orchestrator.create(child))}
        known = {"echo": 1, "fail": 1, "flaky": 1}
        log, mark = to_sink(None), RunningMark(self.folder / "running")
        decider = Decider(handles, known, settings=Settings(), strict=False, log=log, mark=mark)
        self.turns = Turns(self.store, decider, Settings(), log)

    def restart(self) -> None:
        self.store.close()
        self.open()
        self.waiting, self.wake, self.answers = self.store.activities(), self.store.wakeups(), {}

    def finish(self, activity: Activity) -> None:
        value = json.loads(activity.input or "null")
        ok = activity.name == "echo"
        if activity.name == "flaky":
            tried = self.attempts.setdefault(value["n"], set())
            tried.add(activity.task)
            ok, value = len(tried) > value["fails"], value["n"]
        at = iso(self.now)
        answer = (
            event(EventType.TASK_COMPLETED, at, TaskScheduledId=activity.task, Result=json.dumps(value))
            if ok
            else event(EventType.TASK_FAILED, at, TaskScheduledId=activity.task, Reason="no", Details="")
        )
        self.answers.setdefault(activity.instance, []).append(Answer(activity, self.now, answer))
        self.wake.append((activity.instance, self.now))

    def step(self, events: list[int]) -> None:
        choices = ["wake"] * bool(self.wake) + ["activity"] * bool(self.waiting) + ["event"] * bool(events) + ["restart"]
        match self.chance.choice(choices):
            case "activity":
                self.finish(self.waiting.pop(self.chance.randrange(len(self.waiting))))
            case "event":
                number = events.pop(self.chance.randrange(len(events)))
                self.client.raise_event("it", f"event-{number}", {"event": number})
            case "restart" if self.chance.random() < 0.2:
                self.restart()
            case _ if self.wake:
                chosen = [
                    self.wake.pop(self.chance.randrange(len(self.wake))) for _ in range(min(self.chance.randint(1, 3), len(self.wake)))
                ]
                self.now = max(self.now, *(due for _, due in chosen)) + 0.001
                self.turn({instance for instance, _ in chosen})

    def turn(self, instances: set[str]) -> None:
        """Decide some instances, and write them together; some of what came of activities is only put into an inbox."""
        group, loose = [], []
        for instance in sorted(instances):
            answers = self.answers.pop(instance, [])
            if answers and self.chance.random() < 0.3:
                loose += answers
                self.wake.append((instance, self.now))
                continue
            turn = self.turns.decide(instance, self.now, answers)
            if turn is None:
                loose += answers
            else:
                group.append(turn)
        if self.chance.random() < 0.05:  # the process dies before anything is written
            self.restart()
            return
        self.turns.write(group, loose)
        for turn in group:
            self.waiting += turn.activities
            self.wake += turn.wake
        if "it" in instances:
            self.compare()

    def compare(self) -> None:
        """The SDK's numbers against the host's."""
        scheduled = {e["EventId"]: e for e in self.store.history("it") if e["EventType"] in (4, 7)}
        inputs = {a.task: a.input for a in self.store.activities() if a.instance == "it"}
        for task, name, value in BUILT:
            if isinstance(task.id, int) and task.id in scheduled:
                assert scheduled[task.id]["Name"] == name
                if task.id in inputs:
                    found = json.loads(inputs[task.id] or "null")
                    assert str(found["n"] if isinstance(found, dict) else found) == value


def search(program: list[Any], seed: int) -> None:
    PROGRAM[:] = numbered(program)
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), Random(seed))
        world.open()
        world.client.start("main", "it", None)
        events = events_of(PROGRAM)
        for _ in range(3000):
            row = world.store.instance("it")
            assert row is not None
            if row.finished:
                break
            world.step(events)
        assert row.status == "Completed", (row.status, row.output)
        for node, got in zip(PROGRAM, json.loads(row.output or "null"), strict=True):
            assert possible(node)(got), (node, got)
        world.store.close()


@settings(max_examples=60, suppress_health_check=list(HealthCheck), print_blob=True)
@given(programs, st.integers(0, 2**32))
def test_random_orchestrations(program: list[Any], seed: int) -> None:
    search(program, seed)


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=list(HealthCheck), print_blob=True)
@given(programs, st.integers(0, 2**32))
def test_many_random_orchestrations(program: list[Any], seed: int) -> None:
    search(program, seed)
