"""Orchestration versions: who may run what, before and after an upgrade."""

from pathlib import Path

import pytest

from funchost.durable.versions import compare, may_run
from funchost.settings import Settings
from tests.funchost.hosting import Host, write_app

APP = """
    @app.orchestration_trigger(context_name="context")
    def upgraded(context):
        yield context.wait_for_external_event("go")
        if context.version == "1.0":
            return ["old", (yield context.call_activity("echo", 1))]
        return ["new", (yield context.call_activity("echo", 2)), context.version]

    @app.activity_trigger(input_name="x")
    def echo(x):
        return x
    """


def host_json(**durable: object) -> dict:
    return {"version": "2.0", "extensions": {"durableTask": durable}}


@pytest.mark.parametrize(
    ("left", "right", "sign"),
    [
        ("1.0", "1.0", 0),
        ("1.10", "1.9", 1),
        ("2.0.0", "2.0.1", -1),
        (None, "1.0", -1),
        ("1.0", None, 1),
        ("", None, 0),
        ("beta", "ALPHA", 1),
        ("a", "A", 0),
    ],
)
def test_compare(left: str | None, right: str | None, sign: int) -> None:
    assert compare(left, right) == sign


@pytest.mark.parametrize(
    ("match", "version", "allowed"),
    [
        ("None", "9.0", True),
        ("Strict", "2.0", True),
        ("Strict", "1.0", False),
        ("CurrentOrOlder", "1.0", True),
        ("CurrentOrOlder", "2.1", False),
    ],
)
def test_match_strategies(match: str, version: str, allowed: bool) -> None:
    assert may_run(version, Settings(default_version="2.0", match=match)) is allowed


def test_a_run_ends_on_the_code_path_it_was_started_on(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", APP, host_json(defaultVersion="1.0"))
    with Host(app, tmp_path / "home") as host:
        host.begin("upgraded", "before")
        host.until("before", "Running")
    write_app(tmp_path / "app", APP, host_json(defaultVersion="2.0"))
    with Host(app, tmp_path / "home") as host:
        host.begin("upgraded", "after")
        for name in ("before", "after"):
            assert host.api(f"instances/{name}/raiseEvent/go", "POST", 1)[0] == 202
        assert host.until("before")["output"] == ["old", 1]
        assert host.until("after")["output"] == ["new", 2, "2.0"]
        host.begin("upgraded", "future", query="?version=3.0")
        host.until("future", "Pending")
        assert host.api("instances/future/raiseEvent/go", "POST", 1)[0] == 202
    write_app(tmp_path / "app", APP, host_json(defaultVersion="3.0"))
    with Host(app, tmp_path / "home") as host:
        assert host.until("future")["output"] == ["new", 2, "3.0"]


def test_failure_strategy_fail(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", APP, host_json(defaultVersion="1.0", versionFailureStrategy="Fail"))
    with Host(app, tmp_path / "home") as host:
        host.begin("upgraded", "new", query="?version=2.0")
        assert host.until("new")["runtimeStatus"] == "Failed"


def test_without_a_default_every_versioned_instance_waits(tmp_path: Path) -> None:
    with Host(write_app(tmp_path / "app", APP), tmp_path / "home") as host:
        host.begin("upgraded", "versioned", query="?version=1.0")
        host.begin("upgraded", "plain")
        host.until("plain", "Running")
        assert host.status("versioned")["runtimeStatus"] == "Pending"
