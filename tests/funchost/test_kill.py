"""kill -9 at random moments: every run ends as an undisturbed one, nothing is left over."""

import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from funchost.store import Store
from tests.funchost.hosting import Host, write_app

APP = """
    import os, time
    from datetime import timedelta
    RAN = os.environ["RAN"]

    def note(*words):
        with open(RAN, "a") as out:
            out.write(" ".join(map(str, words)) + "\\n")

    @app.activity_trigger(input_name="value")
    def square(value: dict):
        note(value["run"], value["n"])
        time.sleep(0.01)
        return value["n"] ** 2

    @app.activity_trigger(input_name="value")
    async def double(value: int):
        return 2 * value

    @app.orchestration_trigger(context_name="context")
    def child(context):
        n = context.get_input()
        first = yield context.call_activity("double", n)
        yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=100))
        return first + 1

    @app.orchestration_trigger(context_name="context")
    def countdown(context):
        left = context.get_input()
        yield context.call_activity("double", left)
        if left:
            context.continue_as_new(left - 1)
        return "done"

    @app.orchestration_trigger(context_name="context")
    def run(context):
        me = context.instance_id
        squares = yield context.task_all([context.call_activity("square", {"run": me, "n": n}) for n in range(50)])
        children = yield context.task_all([context.call_sub_orchestrator("child", n, f"{me}-child-{n}") for n in range(3)])
        down = yield context.call_sub_orchestrator("countdown", 4, f"{me}-down")
        deadline = context.create_timer(context.current_utc_datetime + timedelta(minutes=10))
        context.set_custom_status("waiting")
        yield context.create_timer(context.current_utc_datetime + timedelta(seconds=0.4))
        event = context.wait_for_external_event("go")
        winner = yield context.task_any([event, deadline])
        deadline.cancel()
        first = None
        for n in range(5):
            first = yield context.call_activity("double", n)
        return [sum(squares), children, down, event.result if winner == event else "late", first]
    """
EXPECTED = [sum(n * n for n in range(50)), [1, 3, 5], "done", '"on"', 8]


def survive(folder: Path, runs: int, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    sys.stdout.write(f"seed {seed}\n")
    host = Host(write_app(folder / "app", APP), folder / "home", "--quiet", env={"RAN": str(folder / "ran")}).start()
    names = [f"run{n}" for n in range(runs)]
    sent: set[str] = set()
    try:
        for name in names:
            assert host.begin("run", name) == 202
        for _ in range(kills):
            act_for(host, names, sent, chance.uniform(0.05, 0.9))
            host.kill()
            host.start()
        finish(host, names, sent)
        for name in names:
            status = host.status(name)
            assert status["runtimeStatus"] == "Completed", status
            assert status["output"] == EXPECTED
    finally:
        host.stop()
    ran = Counter((folder / "ran").read_text().splitlines())
    assert set(ran) == {f"{name} {n}" for name in names for n in range(50)}
    store = Store(folder / "home" / "hub.db")
    assert store.orphans() == 0
    assert store.activities() == []
    store.close()


def act_for(host: Host, names: list[str], sent: set[str], seconds: float) -> None:
    """Answer runs that wait, until the time is up."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer(host, names, sent)
        time.sleep(0.05)


def answer(host: Host, names: list[str], sent: set[str]) -> list[dict[str, Any]]:
    statuses = host.status("?instanceIdPrefix=run&top=1000")
    for status in statuses:
        if status["customStatus"] == "waiting" and status["instanceId"] not in sent and status["name"] == "run":
            assert host.api(f"instances/{status['instanceId']}/raiseEvent/go", "POST", '"on"')[0] == 202
            sent.add(status["instanceId"])
    return [s for s in statuses if s["instanceId"] in names]


def finish(host: Host, names: list[str], sent: set[str]) -> None:
    deadline = time.monotonic() + 90
    while any(s["runtimeStatus"] in ("Running", "Pending") for s in answer(host, names, sent)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_five_kills(tmp_path: Path) -> None:
    survive(tmp_path, runs=4, kills=5, seed=random.randrange(10**6))


@pytest.mark.slow
def test_twenty_five_kills(tmp_path: Path) -> None:
    survive(tmp_path, runs=12, kills=25, seed=random.randrange(10**6))


def test_an_orchestrator_that_kills_the_process_is_quarantined(tmp_path: Path) -> None:
    app = write_app(
        tmp_path / "app",
        """
        import os
        @app.orchestration_trigger(context_name="context")
        def poison(context):
            yield context.call_activity("nothing", 1)
            os._exit(9)
        @app.orchestration_trigger(context_name="context")
        def fine(context):
            return (yield context.call_activity("nothing", 1))
        @app.activity_trigger(input_name="x")
        def nothing(x):
            return x
        """,
    )
    host = Host(app, tmp_path / "home", "--quiet").start()
    assert host.begin("poison", "bad") == 202
    for _ in range(2):
        assert host.process.wait(timeout=20) == 9
        restart_until_it_dies(host)
    assert host.process.wait(timeout=20) == 9
    with host:
        status = host.until("bad")
        assert status["runtimeStatus"] == "Failed"
        assert "FH1303" in status["output"]
        host.begin("fine", "good")
        assert host.until("good")["output"] == 1


def test_an_innocent_one_that_was_hit_three_times_is_acquitted(tmp_path: Path) -> None:
    app = write_app(
        tmp_path / "app",
        """
        import os, time
        @app.orchestration_trigger(context_name="context")
        def victim(context):
            while os.path.exists(os.environ["SLOW"]):
                time.sleep(0.01)
            return (yield context.call_activity("nothing", 1))
        @app.activity_trigger(input_name="x")
        def nothing(x):
            return x
        """,
    )
    slow = tmp_path / "slow"
    slow.touch()
    host = Host(app, tmp_path / "home", "--quiet", env={"SLOW": str(slow)})
    for n in range(3):
        host.start()
        assert n or host.begin("victim", "hit") == 202
        until_it_runs(tmp_path / "home" / "running", b"hit")
        host.kill()
    slow.unlink()
    with host:
        assert host.until("hit")["output"] == 1
        (entry,) = host.entries("acquitted")
    assert (entry["instance"], entry["deaths"]) == ("hit", 3)


def until_it_runs(mark: Path, instance: bytes) -> None:
    deadline = time.monotonic() + 20
    while mark.read_bytes()[: 2 + len(instance)] != len(instance).to_bytes(2, "big") + instance:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def restart_until_it_dies(host: Host) -> None:
    """The process may die before it has said that it is ready."""
    try:
        host.start()
    except AssertionError:
        assert host.process.wait(timeout=20) == 9
