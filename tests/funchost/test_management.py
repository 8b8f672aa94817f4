"""What of the management API the recordings do not reach: rewind, pages, filters, suspension, late completions."""

import json
from collections.abc import Iterator

import pytest

from tests.funchost.hosting import WEBHOOK, Host, call, write_app

APP = """
    from collections import Counter
    tries = Counter()

    @app.activity_trigger(input_name="key")
    def flaky(key):
        tries[key] += 1
        if tries[key] < 2:
            raise ValueError("first time")
        return f"{key} at last"

    @app.activity_trigger(input_name="x")
    def echo(x):
        return x

    @app.activity_trigger(input_name="seconds")
    def nap(seconds):
        import time
        time.sleep(seconds)
        return "rested"

    @app.orchestration_trigger(context_name="context")
    def parent(context):
        first = yield context.call_activity("echo", 1)
        second = yield context.call_sub_orchestrator("child", context.instance_id)
        return [first, second]

    @app.orchestration_trigger(context_name="context")
    def child(context):
        return (yield context.call_activity("flaky", context.get_input()))

    @app.orchestration_trigger(context_name="context")
    def quick(context):
        return context.get_input()

    @app.orchestration_trigger(context_name="context")
    def rests(context):
        return (yield context.call_activity("nap", 1))

    @app.orchestration_trigger(context_name="context")
    def two_waits(context):
        one = yield context.wait_for_external_event("one")
        two = yield context.wait_for_external_event("two")
        return [one, two]
    """


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    base = tmp_path_factory.mktemp("management")
    with Host(write_app(base / "app", APP), base / "home", "--quiet") as running:
        yield running


def test_rewind_takes_up_before_the_failure_also_in_children(host: Host) -> None:
    host.begin("parent", "rewound")
    assert "first time" in host.until("rewound")["output"]
    assert host.api("instances/rewound/rewind?reason=mended", "POST")[0] == 202
    assert host.until("rewound")["output"] == [1, "rewound at last"]


def test_pages_and_filters(host: Host) -> None:
    for n in range(5):
        host.begin("quick", f"page-{n}", n)
        host.until(f"page-{n}")
    base = f"{host.url}{WEBHOOK}/instances?instanceIdPrefix=page-&top=2"
    names, token = [], ""
    while True:
        _, headers, body = call(base, headers={"x-ms-continuation-token": token} if token else {})
        names += [s["instanceId"] for s in body]
        token = headers.get("x-ms-continuation-token")
        if not token:
            break
    assert names == [f"page-{n}" for n in range(5)]
    assert host.status("?runtimeStatus=Failed&instanceIdPrefix=page-") == []
    assert len(host.status("?runtimeStatus=Failed,Completed&instanceIdPrefix=page-")) == 5
    assert host.status("?createdTimeTo=2001-01-01T00:00:00Z") == []
    assert host.status("page-1", "?showInput=false")["input"] is None
    assert call(base, headers={"x-ms-continuation-token": "rubbish"})[0] == 400


def test_a_restart_with_the_same_id_runs_again(host: Host) -> None:
    host.begin("quick", "again", {"a": 1})
    created = host.until("again")
    assert host.api("instances/again/restart?restartWithNewInstanceId=false", "POST")[2]["id"] == "again"
    assert host.until("again")["output"] == created["output"]


def test_completions_wait_while_suspended(host: Host) -> None:
    host.begin("two_waits", "held")
    host.until("held", "Running")
    assert host.api("instances/held/suspend?reason=x", "POST")[0] == 202
    host.until("held", "Suspended")
    for name in ("one", "two"):
        assert host.api(f"instances/held/raiseEvent/{name}", "POST", name)[0] == 202
    assert host.status("held")["runtimeStatus"] == "Suspended"
    assert host.api("instances/held/resume", "POST")[0] == 202
    assert host.until("held")["output"] == ["one", "two"]


def test_a_late_completion_does_not_reach_a_new_execution(host: Host) -> None:
    host.begin("rests", "late")
    host.until("late", "Running")
    assert host.api("instances/late/terminate?reason=x", "POST")[0] == 202
    assert host.until("late")["output"] == "x"
    host.begin("two_waits", "late")
    host.until("late", "Running")
    host.begin("rests", "marker")
    host.until("marker")
    kinds = [e["EventType"] for e in host.status("late", "?showHistory=true")["historyEvents"]]
    assert kinds == ["ExecutionStarted"]


@pytest.mark.parametrize("instance", ["@entity", "a%23b", "x" * 257, "a%0Ab"])
def test_ids_that_are_none(host: Host, instance: str) -> None:
    assert host.api(f"orchestrators/quick/{instance}", "POST", json.dumps(1))[0] == 400


def test_an_event_must_be_json(host: Host) -> None:
    host.begin("two_waits", "typed")
    host.until("typed", "Running")
    status, _, body = call(f"{host.url}{WEBHOOK}/instances/typed/raiseEvent/one", "POST", b"1", {"Content-Type": "text/plain"})
    assert (status, body["Message"]) == (400, "Only application/json request content is supported")
