"""Rules of the engine that no recording shows, read in its sources: what is handed on, shown, and said."""

import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.funchost.hosting import WEBHOOK, Host, write_app

APP = """
    from datetime import timedelta

    @app.activity_trigger(input_name="x")
    def echo(x):
        return x

    @app.activity_trigger(input_name="x")
    def odd(x):
        return {1, 2}

    @app.activity_trigger(input_name="x")
    def fail(x):
        raise ValueError(x)

    @app.orchestration_trigger(context_name="context")
    def generations(context):
        seen = context.get_input() or []
        if not seen:
            context.set_custom_status("from the first")
            context.continue_as_new([1])
            return
        if seen == [1]:
            yield context.wait_for_external_event("go")
            yield context.call_activity("echo", 1)
        return seen

    @app.orchestration_trigger(context_name="context")
    def at_once(context):
        left = context.get_input()
        if left:
            context.set_custom_status(f"left {left}")
            context.continue_as_new(left - 1)
        return "done"

    @app.orchestration_trigger(context_name="context")
    def grandparent(context):
        return (yield context.call_sub_orchestrator("parent", None, f"{context.instance_id}:parent"))

    @app.orchestration_trigger(context_name="context")
    def parent(context):
        return (yield context.call_sub_orchestrator("failing", "deep down", f"{context.instance_id}:child"))

    @app.orchestration_trigger(context_name="context")
    def failing(context):
        return (yield context.call_activity("fail", context.get_input()))

    @app.orchestration_trigger(context_name="context")
    def catches(context):
        name = context.get_input()
        try:
            yield context.call_activity(name, "line one\\nline two") if name in ("fail", "odd") else context.call_sub_orchestrator(name)
        except Exception as error:
            return str(error).splitlines()[0].strip()

    @app.orchestration_trigger(context_name="context")
    def empty_error(context):
        yield context.call_activity("echo", 1)
        raise RuntimeError()

    @app.orchestration_trigger(context_name="context")
    def waits(context):
        return (yield context.wait_for_external_event("go"))

    @app.orchestration_trigger(context_name="context")
    def waits_for_child(context):
        return (yield context.call_sub_orchestrator("waits", None, f"{context.instance_id}-child"))

    @app.orchestration_trigger(context_name="context")
    def unnamed_child(context):
        return (yield context.call_sub_orchestrator("waits", instance_id="  "))

    @app.orchestration_trigger(context_name="context")
    def shifty(context):
        import builtins
        builtins.shifts = getattr(builtins, "shifts", {})
        turn = builtins.shifts[context.instance_id] = builtins.shifts.get(context.instance_id, 0) + 1
        kind = context.get_input()
        if turn == 1:
            yield context.call_activity("echo", 1)
        elif kind == "other":
            yield context.call_activity("odd", 1)
        elif kind == "timer":
            yield context.create_timer(context.current_utc_datetime + timedelta(hours=1))
        elif kind == "child":
            yield context.call_sub_orchestrator("waits")
        return "shifted"

    @app.orchestration_trigger(context_name="context")
    def any_of(context):
        tasks = [context.wait_for_external_event(name) for name in ("a", "b", "c")]
        winner = yield context.task_any(tasks)
        rest = yield context.task_all([t for t in tasks if t is not winner])
        return [winner.result, rest]

    @app.orchestration_trigger(context_name="context")
    def leaves_a_wait_open(context):
        quick = context.call_activity("echo", 1)
        event = context.wait_for_external_event("never")
        winner = yield context.task_any([quick, event])
        return winner == quick

    @app.orchestration_trigger(context_name="context")
    def no_numbers(context):
        echoed = yield context.call_activity("echo", float("-inf"))
        return [float("nan"), {"up": float("inf")}, echoed, 0.5]

    @app.orchestration_trigger(context_name="context")
    def long_ago(context):
        import datetime
        yield context.create_timer(datetime.datetime(1, 1, 1))
        return "at once"

    @app.orchestration_trigger(context_name="context")
    def odd_child(context):
        return (yield context.call_sub_orchestrator("long_ago", None, f"{context.instance_id}-\\ud800", "1\\udc00"))

    @app.orchestration_trigger(context_name="context")
    def half_a_pair(context):
        context.set_custom_status("a\\ud800")
        echoed = yield context.call_activity("echo", "\\udc00b")
        if context.get_input():
            raise ValueError(echoed)
        return [echoed, "\\ud83d\\ude00", "é"]

    @app.orchestration_trigger(context_name="context")
    def big_status(context):
        context.set_custom_status("x" * context.get_input())
        yield context.call_activity("echo", 1)
        return "fits"
    """


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    base = tmp_path_factory.mktemp("rules")
    with Host(write_app(base / "app", APP), base / "home", "--quiet") as running:
        yield running


def play(host: Host, function: str, instance: str, value: Any = None) -> Any:
    """Start and wait for the end."""
    assert host.begin(function, instance, value) == 202
    return host.until(instance)


def test_the_first_episode_of_a_generation_shows_the_status_of_the_last(host: Host) -> None:
    host.begin("generations", "carried")
    host.until("carried", "Running")
    while host.status("carried")["input"] != "[1]":
        pass
    assert host.status("carried")["customStatus"] == "from the first"
    host.api("instances/carried/raiseEvent/go", "POST", "1")
    ended = host.until("carried")
    assert (ended["output"], ended["customStatus"]) == ([1], None)


def test_continue_as_new_without_a_yield(host: Host) -> None:
    ended = play(host, "at_once", "no-yield", 3)
    assert (ended["output"], ended["customStatus"], ended["input"]) == ("done", "left 1", "0")


def test_a_failure_deep_down_names_every_level(host: Host) -> None:
    text = "Orchestrator function 'grandparent' failed: Orchestrator function 'parent' failed: Orchestrator function 'failing' failed: "
    ended = play(host, "grandparent", "top")
    assert ended["output"].splitlines()[0].strip() == text + "Activity function 'fail' failed:  ValueError: deep down"
    assert host.status("top:parent:child")["runtimeStatus"] == "Failed"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fail", "Activity function 'fail' failed:  ValueError: line one"),
        ("odd", "Activity function 'odd' failed:  ValueError: activity trigger output must be json serializable ({1, 2})"),
        ("empty_error", "Orchestrator function 'empty_error' failed: <class 'RuntimeError'>"),
    ],
)
def test_texts_of_failures(host: Host, name: str, text: str) -> None:
    assert play(host, "catches", f"text-{name}", name)["output"] == text


def test_a_terminated_child_fails_its_parent_with_the_reason(host: Host) -> None:
    host.begin("waits_for_child", "orphaned")
    host.until("orphaned-child", "Running")
    host.api("instances/orphaned-child/terminate?reason=no+more", "POST")
    assert host.until("orphaned")["output"].splitlines()[0].strip() == "Orchestrator function 'waits_for_child' failed: no more"


def test_a_terminated_parent_leaves_its_child_alone(host: Host) -> None:
    host.begin("waits_for_child", "left")
    host.until("left-child", "Running")
    host.api("instances/left/terminate?reason=x", "POST")
    host.until("left")
    assert host.status("left-child")["runtimeStatus"] == "Running"
    host.api("instances/left-child/raiseEvent/go", "POST", b"7")
    assert host.until("left-child")["output"] == 7
    assert host.status("left")["runtimeStatus"] == "Terminated"


def test_the_history_of_a_running_parent_shows_what_is_open(host: Host) -> None:
    host.begin("waits_for_child", "open")
    host.until("open-child", "Running")
    _, created = host.status("open", "?showHistory=true&showHistoryOutput=true")["historyEvents"]
    created.pop("Timestamp")
    assert created == {
        "EventType": "SubOrchestrationInstanceCreated",
        "Name": "waits",
        "InstanceId": "open-child",
        "Input": None,
        "ClientSpanId": None,
        "Tags": None,
    }


def test_a_blank_child_id_is_none(host: Host) -> None:
    host.begin("unnamed_child", "blank")
    host.until("blank", "Running")
    (child,) = [e["InstanceId"] for e in host.status("blank", "?showHistory=true")["historyEvents"] if "InstanceId" in e]
    assert child.endswith(":0")
    assert host.until(child, "Running")["name"] == "waits"


@pytest.mark.parametrize(
    ("kind", "said", "shown"),
    [
        ("other", "scheduled an activity task named 'odd' with this sequence number", 400),
        ("timer", "produced a CreateTimerOrchestratorAction action with this sequence number", 200),
        ("child", "produced a CreateSubOrchestrationAction action with this sequence number", 200),
        ("none", "hasn't (yet?) scheduled this task", 200),
    ],
)
def test_what_is_said_about_code_that_changes_its_mind(host: Host, kind: str, said: str, shown: int) -> None:
    ended = play(host, "shifty", f"shifty-{kind}", kind)
    assert ended["runtimeStatus"] == "Failed"
    assert ended["output"].startswith(
        "Non-Deterministic workflow detected: A previous execution of this orchestration scheduled an activity task with sequence ID 0"
    )
    assert said in ended["output"]
    status, _, body = host.api(f"instances/shifty-{kind}?showHistory=true")
    assert status == shown
    if shown == 400:
        assert body["ExceptionMessage"] == "An item with the same key has already been added. Key: TaskScheduled_0"


def test_the_losers_of_task_any_can_be_awaited_later(host: Host) -> None:
    host.begin("any_of", "any")
    host.until("any", "Running")
    for n, name in enumerate("bca"):
        host.api(f"instances/any/raiseEvent/{name}", "POST", str(n).encode())
    assert host.until("any")["output"] == [0, [2, 1]]


def test_an_open_wait_does_not_keep_an_instance_running(host: Host) -> None:
    assert play(host, "leaves_a_wait_open", "unfinished")["output"] is True


@pytest.mark.parametrize(("characters", "fits"), [(8_000, True), (8_600, True), (8_710, False), (9_000, False)])
def test_a_custom_status_may_have_16_kb(host: Host, characters: int, fits: bool) -> None:
    ended = play(host, "big_status", f"status-{characters}", characters)
    if fits:
        assert ended["output"] == "fits"
    else:
        assert ended["output"] == (
            "Orchestrator function 'big_status' failed: The UTF-16 size of the JSON-serialized payload must not exceed 16 KB. The current "
            "payload size is 17 KB."
        )


def test_what_is_no_number_is_shown_as_a_word(host: Host) -> None:
    assert play(host, "no_numbers", "nan")["output"] == ["NaN", {"up": "Infinity"}, "-Infinity", 0.5]
    results = [e["Result"] for e in host.status("nan", "?showHistory=true&showHistoryOutput=true")["historyEvents"] if "Result" in e]
    assert results[0] == "-Infinity"


def test_a_timer_of_the_year_one_fires_at_once(host: Host) -> None:
    assert play(host, "long_ago", "long-ago")["output"] == "at once"


def test_a_child_id_that_no_store_can_keep_is_mended(host: Host) -> None:
    assert host.begin("odd_child", "odd") == 202
    (created,) = [e for e in until_history(host, "odd") if e["EventType"] == "SubOrchestrationInstanceCreated"]
    assert created["InstanceId"] == "odd-\ufffd"
    assert host.until("odd-%EF%BF%BD", "Pending")["name"] == "long_ago"  # its version is newer than the host's


def until_history(host: Host, instance: str) -> list[dict[str, Any]]:
    host.until(instance, "Running")
    while len(events := host.status(instance, "?showHistory=true")["historyEvents"]) < 2:
        pass
    return list(events)


def test_a_number_that_no_json_can_carry_is_shown_as_a_word(host: Host) -> None:
    assert host.api("orchestrators/waits/infinite", "POST", b'{"a":1e999}')[0] == 202
    host.until("infinite", "Running")
    with urllib.request.urlopen(f"{host.url}{WEBHOOK}/instances/infinite") as answer:
        assert b'"input":{"a":"Infinity"}' in answer.read()


def test_half_a_surrogate_pair_becomes_the_replacement_character(host: Host) -> None:
    ended = play(host, "half_a_pair", "half")
    assert (ended["output"], ended["customStatus"]) == (["\ufffdb", "\U0001f600", "é"], "a\ufffd")
    ended = play(host, "half_a_pair", "half-failed", 1)
    assert ended["output"] == "Orchestrator function 'half_a_pair' failed: \ufffdb"
    assert host.status("half-failed", "?showHistory=true&showHistoryOutput=true")["historyEvents"]
