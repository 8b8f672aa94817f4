"""What of the management API the recordings do not reach: rewind, pages, filters, suspension, late completions."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

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
    def fails(context):
        raise ValueError("on purpose")

    @app.orchestration_trigger(context_name="context")
    def rests(context):
        return (yield context.call_activity("nap", 0.8))

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


def test_an_input_is_kept_as_it_was_sent_and_written_anew_by_a_restart(host: Host) -> None:
    def shown() -> str:
        host.until("spaced")
        return str(host.status("spaced", "?showHistory=true")["historyEvents"][0]["Input"])

    assert host.api("orchestrators/quick/spaced", "POST", b'\xef\xbb\xbf{"a" : 1.0,  "b": "\xc3\xbc"}\n')[0] == 202
    assert shown() == '{"a" : 1.0,  "b": "ü"}\n'
    host.api("instances/spaced/restart?restartWithNewInstanceId=false", "POST")
    assert shown() == '{"a":1.0,"b":"ü"}'


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


def test_an_endless_id_is_refused(host: Host) -> None:
    assert host.api(f"orchestrators/quick/{'x' * 3000}", "POST", "1")[0] == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "orchestrators", 404),
        ("POST", "orchestrators/quick/a/b", 404),
        ("POST", "orchestrators/quick/a%2Fb", 404),
        ("GET", "orchestrators/quick", 404),
        ("POST", "instances", 404),
        ("GET", "instances/x/terminate", 404),
        ("POST", "instances/x/dance", 404),
        ("POST", "instances/x/raiseEvent", 404),
        ("GET", "instances/x/raiseEvent/go", 404),
        ("DELETE", "instances/@none", 200),
        ("GET", "INSTANCES/none", 404),
        ("GET", "", 404),
        ("PATCH", "instances", 404),
        ("GET", "entities", 200),
        ("GET", "entities/counter", 200),
        ("GET", "entities/counter/one", 404),
        ("POST", "entities/counter/one?op=add", 400),
        ("PUT", "entities/counter/one", 404),
    ],
)
def test_routes_of_the_api(host: Host, method: str, path: str, status: int) -> None:
    assert host.api(path, method, b"1" if method == "POST" else None)[0] == status


def test_literals_of_a_route_match_in_any_case(host: Host) -> None:
    assert host.api("ORCHESTRATORS/quick/cased", "POST", "1")[0] == 202
    host.until("cased")
    assert host.api("Instances/cased")[0] == 200
    host.begin("two_waits", "cased-events")
    host.until("cased-events", "Running")
    assert host.api("instances/cased-events/RAISEEVENT/one", "POST", "1")[0] == 202
    assert host.api("instances/cased-events/Terminate?REASON=why", "POST")[0] == 202
    assert host.until("cased-events")["output"] == "why"


def test_an_entity_cannot_be_signalled(host: Host) -> None:
    answer = host.api("entities/Counter/one?op=add", "POST", b"1")[2]
    assert answer["Message"].startswith("The function 'counter' doesn't exist, is disabled, or is not an entity function.")
    assert answer["Code"] == "FH1407"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", ["filter-done", "filter-failed", "filter-waits"]),
        ("&runtimeStatus=Completed", ["filter-done"]),
        ("&runtimeStatus=Completed,Failed", ["filter-done", "filter-failed"]),
        ("&runtimeStatus=Completed&runtimeStatus=Running", ["filter-done", "filter-waits"]),
        ("&runtimeStatus=Running,Nonsense", ["filter-waits"]),
        ("&runtimeStatus=nonsense", ["filter-done", "filter-failed", "filter-waits"]),
        ("&runtimeStatus=3", ["filter-failed"]),
        ("&runtimeStatus=", ["filter-done", "filter-failed", "filter-waits"]),
        ("&createdTimeFrom=2001-01-01T00:00:00Z", ["filter-done", "filter-failed", "filter-waits"]),
        ("&createdTimeFrom=2101-01-01", []),
        ("&createdTimeTo=2101-01-01T00:00:00.000000Z", ["filter-done", "filter-failed", "filter-waits"]),
        ("&createdTimeTo=yesterday", ["filter-done", "filter-failed", "filter-waits"]),
        ("&top=1", ["filter-done"]),
        ("&top=0", ["filter-done", "filter-failed", "filter-waits"]),
        ("&TOP=2", ["filter-done", "filter-failed"]),
        ("&top=-1", ["filter-done", "filter-failed", "filter-waits"]),
    ],
)
def test_filters_read_as_dotnet_reads_them(host: Host, query: str, wanted: list[str]) -> None:
    if host.api("instances/filter-waits")[0] == 404:
        for name, function in (("filter-done", "quick"), ("filter-failed", "fails"), ("filter-waits", "two_waits")):
            host.begin(function, name)
            host.until(name, "Completed", "Failed", "Running")
    assert [s["instanceId"] for s in host.status(f"?instanceIdPrefix=filter-{query}")] == wanted


def test_input_can_be_left_out(host: Host) -> None:
    host.begin("rests", "no-input", 1)
    host.until("no-input")
    shown = host.status("no-input", "?showInput=FALSE&showHistory=True&showHistoryOutput=true")
    assert shown["input"] is None
    assert all("Input" not in event for event in shown["historyEvents"])
    assert [e.get("Result") for e in shown["historyEvents"]] == [None, "rested", "rested"]
    shown = host.status("no-input", "?showInput=1&showHistory=true")
    assert shown["input"] == "1"
    assert all("Result" not in event for event in shown["historyEvents"])
    assert "historyEvents" not in host.status("no-input", "?showHistory=yes")
    assert [s["input"] for s in host.status("?instanceIdPrefix=no-input&showInput=false")] == [None]


def test_waiting_for_the_end_of_a_start(host: Host) -> None:
    too_long = host.api("orchestrators/quick/wait-1?timeout=1&pollingInterval=2.5", "POST", "1")
    assert (too_long[0], too_long[2]) == (400, {"Message": "Total timeout 1 should be bigger than retry timeout 2.5"})
    assert host.until("wait-1")["output"] == 1
    failed = host.api("orchestrators/fails/wait-2?timeout=20&pollingInterval=0.1&returnInternalServerErrorOnFailure=true", "POST", "1")
    assert (failed[0], failed[2]["runtimeStatus"]) == (200, "Failed")
    assert host.api("orchestrators/quick/wait-3?timeout=20&pollingInterval=0.1", "POST")[2] is None
    assert host.api("orchestrators/quick/wait-4?timeout=soon&pollingInterval=1", "POST")[0] == 202


def test_restarts_that_cannot_be(host: Host) -> None:
    host.begin("two_waits", "busy")
    host.until("busy", "Running")
    status, _, body = host.api("instances/busy/restart?restartWithNewInstanceId=false", "POST")
    assert (status, body["Message"]) == (409, "A non-terminal instance with this instance ID already exists.")
    assert body["ExceptionMessage"] == "An orchestration with id 'busy' already exists. It is in state Running"
    host.begin("nobody", "no-function")
    host.until("no-function")
    status, _, body = host.api("instances/no-function/restart", "POST")
    assert (status, body["Message"]) == (400, "InstanceId does not match a valid orchestration instance.")
    assert body["ExceptionMessage"].startswith("The function 'nobody' doesn't exist")
    status, _, body = host.api("instances/no-function/restart?timeout=1&pollingInterval=3", "POST")
    assert status == 400
    fresh = host.api("instances/busy/restart", "POST")[2]["id"]
    assert fresh != "busy"
    assert host.until(fresh, "Running")["name"] == "two_waits"


@pytest.mark.parametrize(("query", "output"), [("", None), ("?reason=", ""), ("?reason=a%20b+c", "a b c"), ("?reason=%5B1%5D", [1])])
def test_the_reason_of_a_termination_is_its_output(host: Host, query: str, output: object) -> None:
    instance = f"ended-{len(query)}"
    host.begin("two_waits", instance)
    host.until(instance, "Running")
    assert host.api(f"instances/{instance}/terminate{query}", "POST")[0] == 202
    assert host.until(instance)["output"] == output


@pytest.mark.parametrize("operation", ["terminate", "suspend", "resume", "raiseEvent/one"])
@pytest.mark.parametrize("function", ["quick", "fails"])
def test_what_has_ended_is_gone(host: Host, operation: str, function: str) -> None:
    host.begin(function, f"gone-{function}")
    host.until(f"gone-{function}")
    assert host.api(f"instances/gone-{function}/{operation}", "POST", "1")[::2] == (410, None)


def test_a_suspended_instance_takes_events_and_termination_and_no_second_suspension(host: Host) -> None:
    host.begin("two_waits", "paused")
    host.until("paused", "Running")
    status, _, body = host.api("instances/paused/resume", "POST")
    assert (status, body["ExceptionType"]) == (500, "System.InvalidOperationException")
    host.api("instances/paused/suspend", "POST")
    host.until("paused", "Suspended")
    status, _, body = host.api("instances/paused/suspend", "POST")
    assert body["ExceptionMessage"] == "Cannot suspend the orchestration instance paused because instance is in the Suspended state."
    assert host.api("instances/paused/rewind", "POST")[2] == (
        'This orchestration has status Suspended, but only orchestrations in the "Failed" state can be rewound.'
    )
    assert host.api("instances/paused", "DELETE")[0] == 412
    assert host.api("instances/paused/raiseEvent/one", "POST", "1")[0] == 202
    assert host.api("instances/paused/terminate?reason=so", "POST")[0] == 202
    assert host.until("paused")["output"] == "so"


@pytest.mark.parametrize("body", [b"{not json", b"", b"[1,", b"\xff\xfe", b"[" * 100_000])
def test_an_event_that_is_no_json(host: Host, body: bytes) -> None:
    if host.api("instances/listens")[0] == 404:
        host.begin("two_waits", "listens")
        host.until("listens", "Running")
    status, _, answer = host.api("instances/listens/raiseEvent/one", "POST", body)
    assert (status, answer["Message"]) == (400, "Invalid JSON content")


@pytest.mark.parametrize("value", ["ü€😀\u2028", "x" * 2_000_000, {"deep": [[[[]]]]}, [None, True, 0.1, 10**30], ""])
def test_odd_inputs_come_back_whole(host: Host, value: object) -> None:
    instance = f"odd-{len(str(value))}"
    host.begin("quick", instance, value)
    assert host.until(instance)["output"] == value


def test_an_event_must_be_json(host: Host) -> None:
    host.begin("two_waits", "typed")
    host.until("typed", "Running")
    status, _, body = call(f"{host.url}{WEBHOOK}/instances/typed/raiseEvent/one", "POST", b"1", {"Content-Type": "text/plain"})
    assert (status, body["Message"]) == (400, "Only application/json request content is supported")


def test_of_many_starts_with_one_id_one_is_taken(host: Host) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _n: host.begin("two_waits", "contended"), range(16)))
    assert sorted(answers) == [202, *[409] * 15]
