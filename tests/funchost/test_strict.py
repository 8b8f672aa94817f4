"""Traps of Durable Functions 1.7: silent on the real engine, loud and coded on a strict host; unknown names fail on any."""

from collections.abc import Iterator

import pytest

from tests.funchost.hosting import Host, write_app

APP = """
    from datetime import timedelta

    @app.activity_trigger(input_name="x")
    def echo(x):
        return x

    @app.activity_trigger(input_name="seconds")
    def nap(seconds):
        import time
        time.sleep(seconds)

    @app.activity_trigger(input_name="x")
    def fail(x):
        raise ValueError("no")

    @app.orchestration_trigger(context_name="context")
    def queued(context):
        yield context.call_activity("nap", 1)
        first = yield context.wait_for_external_event("go")
        second = yield context.wait_for_external_event("go")
        return [first, second]

    @app.orchestration_trigger(context_name="context")
    def waits(context):
        return (yield context.wait_for_external_event("go"))

    @app.orchestration_trigger(context_name="context")
    def timer_left_open(context):
        deadline = context.create_timer(context.current_utc_datetime + timedelta(seconds=2))
        yield context.task_any([context.call_activity("echo", 1), deadline])
        return "returned"

    @app.orchestration_trigger(context_name="context")
    def retries(context):
        yield context.call_activity_with_retry("echo", df.RetryOptions(100, 2), 1)

    @app.orchestration_trigger(context_name="context")
    def loses(context):
        if context.get_input() == "again":
            return "end"
        yield context.call_activity("nap", 1)
        context.continue_as_new("again")

    @app.orchestration_trigger(context_name="context")
    def http(context):
        yield context.call_http("GET", "http://127.0.0.1:9/")

    @app.orchestration_trigger(context_name="context")
    def entity(context):
        yield context.call_entity(df.EntityId("counter", "one"), "get")

    @app.orchestration_trigger(context_name="context")
    def falsy(context):
        context.set_custom_status(0)
        yield context.call_activity("echo", 1)

    @app.orchestration_trigger(context_name="context")
    def misspelt(context):
        yield context.call_activity(context.get_input(), 1)

    @app.orchestration_trigger(context_name="context")
    def misspelt_child(context):
        yield context.call_sub_orchestrator(context.get_input(), 1)

    @app.orchestration_trigger(context_name="context")
    def clean(context):
        deadline = context.create_timer(context.current_utc_datetime + timedelta(seconds=60))
        winner = yield context.task_any([context.call_activity("echo", 1), deadline])
        deadline.cancel()
        context.set_custom_status({"round": 1})
        one = context.wait_for_external_event("review-1")
        yield one
        return winner.result

    @app.orchestration_trigger(context_name="context")
    def big_status(context):
        context.set_custom_status("x" * 9000)
        yield context.call_activity("echo", 1)

    @app.orchestration_trigger(context_name="context")
    def taken(context):
        yield context.call_sub_orchestrator("waits", None, "occupied")

    @app.orchestration_trigger(context_name="context")
    def exits(context):
        raise SystemExit(2)
    """


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory):
    return write_app(tmp_path_factory.mktemp("strict") / "app", APP)


@pytest.fixture(scope="module")
def strict(app, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with Host(app, tmp_path_factory.mktemp("strict") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def lenient(app, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with Host(app, tmp_path_factory.mktemp("lenient") / "home", strict=False) as running:
        yield running


def event(host: Host, instance: str, name: str) -> None:
    assert host.api(f"instances/{instance}/raiseEvent/{name}", "POST", 1)[0] == 202


def test_queued_events_of_one_name(strict: Host) -> None:
    strict.begin("queued", "q")
    event(strict, "q", "go")
    event(strict, "q", "go")
    assert "FH1401" in strict.until("q")["output"]


def test_second_wait_after_an_early_event(strict: Host) -> None:
    strict.begin("queued", "q2")
    event(strict, "q2", "go")
    assert "FH1405" in strict.until("q2")["output"]


def test_event_name_in_another_case(strict: Host) -> None:
    strict.begin("waits", "case")
    strict.until("case", "Running")
    event(strict, "case", "GO")
    assert "FH1402" in strict.until("case")["output"]


@pytest.mark.parametrize(
    ("function", "code"),
    [("timer_left_open", "FH1403"), ("retries", "FH1410"), ("http", "FH1407"), ("entity", "FH1407"), ("falsy", "FH1409")],
)
def test_traps_without_outside_help(strict: Host, function: str, code: str) -> None:
    strict.begin(function, function)
    status = strict.until(function)
    assert status["runtimeStatus"] == "Failed"
    assert code in status["output"]
    assert "Advice:" in status["output"]


def test_events_lost_by_continue_as_new(strict: Host) -> None:
    strict.begin("loses", "l", "first")
    event(strict, "l", "unread")
    assert "FH1406" in strict.until("l")["output"]


def test_input_that_the_sdk_cannot_read(strict: Host, lenient: Host) -> None:
    status, _, body = strict.api("orchestrators/waits/list", "POST", [1])
    assert status == 400
    assert "FH1408" in body["ExceptionMessage"]
    assert lenient.api("orchestrators/waits/list", "POST", [1])[0] == 202


@pytest.mark.parametrize("instance", ["@entity", "a%23b", "x" * 257, "a%0Ab", "a%5Cb", "a%3Fb"])
def test_ids_that_stores_do_not_take(strict: Host, lenient: Host, instance: str) -> None:
    """The real extension checks ids in its .NET client only, so a lenient host takes them as well."""
    status, _, body = strict.api(f"orchestrators/waits/{instance}", "POST", "1")
    assert (status, body["Message"][:6]) == (400, "FH1411")
    assert lenient.api(f"orchestrators/waits/{instance}", "POST", "1")[0] == 202
    lenient.until(instance, "Running")
    assert lenient.api(f"instances/{instance}/terminate?reason=x", "POST")[0] == 202
    assert lenient.until(instance)["output"] == "x"
    assert lenient.api(f"instances/{instance}", "DELETE")[2] == {"instancesDeleted": 1}


def test_odd_ids_that_are_fine(strict: Host) -> None:
    assert strict.api("orchestrators/waits/%C3%BC%20+1", "POST", "1")[0] == 202
    assert strict.until("%C3%BC++1", "Running")["instanceId"] == "ü  1"


def test_a_clean_orchestrator_passes(strict: Host) -> None:
    strict.begin("clean", "c")
    while strict.status("c")["customStatus"] is None:
        pass
    event(strict, "c", "review-1")
    assert strict.until("c")["output"] == 1


@pytest.mark.parametrize("function", ["retries", "timer_left_open", "falsy"])
def test_without_strict_they_behave_as_the_real_engine_and_are_logged(lenient: Host, function: str) -> None:
    lenient.begin(function, function)
    assert lenient.until(function)["runtimeStatus"] == "Completed"
    assert any(e["instance"] == function for e in lenient.entries("trap"))


def test_unregistered_names_fail_with_the_known_ones(lenient: Host) -> None:
    lenient.begin("misspelt", "m", "ecko")
    lenient.begin("misspelt_child", "mc", "nobody")
    activity, child = lenient.until("m")["output"], lenient.until("mc")["output"]
    assert "FH1301" in activity
    assert "echo, fail, nap" in activity
    assert "FH1302" in child
    assert "clean" in child


def test_names_are_found_in_any_case(lenient: Host) -> None:
    lenient.begin("misspelt", "upper", "ECHO")
    assert lenient.until("upper")["runtimeStatus"] == "Completed"


def test_a_custom_status_above_16_kb_fails(lenient: Host) -> None:
    lenient.begin("big_status", "big")
    assert "must not exceed 16 KB" in lenient.until("big")["output"]


def test_a_child_id_in_use_fails_the_child_call(lenient: Host) -> None:
    lenient.begin("waits", "occupied")
    lenient.begin("taken", "t")
    assert "already exists" in lenient.until("t")["output"]


def test_an_orchestrator_that_exits_fails_alone(lenient: Host) -> None:
    lenient.begin("exits", "x")
    assert lenient.until("x")["runtimeStatus"] == "Failed"
