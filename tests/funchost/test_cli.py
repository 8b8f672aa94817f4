"""The command line and the life of a host process."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.funchost.hosting import ROOT, Host, call, write_app

APP = """
    import time
    @app.orchestration_trigger(context_name="context")
    def slow(context):
        return (yield context.call_activity("nap", context.get_input()))
    @app.activity_trigger(input_name="seconds")
    def nap(seconds):
        time.sleep(seconds)
        return "rested"
    @app.route(route="hang")
    def hang(req: func.HttpRequest) -> str:
        time.sleep(60)
        return "late"
    """


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_app(tmp_path_factory.mktemp("cli") / "app", APP)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "funchost", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


def test_help() -> None:
    shown = command("--help")
    assert shown.returncode == 0
    for word in ("--port", "--host", "--strict", "--list", "FUNCHOST_HOME"):
        assert word in shown.stdout


def test_no_app_is_a_coded_error(tmp_path: Path) -> None:
    result = command(str(tmp_path))
    assert result.returncode == 1
    assert "FH1001" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_broken_host_json_is_a_coded_error(app: Path, tmp_path: Path) -> None:
    folder = write_app(tmp_path / "app", APP)
    (folder / "host.json").write_text("{")
    assert "FH1001: host.json is not valid JSON" in command(str(folder)).stderr


def test_a_taken_port_is_a_coded_error(app: Path, tmp_path: Path) -> None:
    with Host(app, tmp_path / "one") as host:
        port = host.url.rpartition(":")[2]
        result = subprocess.run(
            [sys.executable, "-m", "funchost", str(app), "--port", port],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env={**os.environ, "FUNCHOST_HOME": str(tmp_path / "two")},
        )
        assert result.returncode == 1
        assert "FH1501" in result.stderr
    assert not (tmp_path / "two" / "endpoint.json").exists()


def test_two_hosts_of_one_app_in_two_homes(app: Path, tmp_path: Path) -> None:
    with Host(app, tmp_path / "one") as one, Host(app, tmp_path / "two") as two:
        one.begin("slow", "same", 0)
        assert one.until("same")["output"] == "rested"
        assert two.api("instances/same")[0] == 404


def test_invocations_are_logged_with_duration_and_instance(app: Path, tmp_path: Path) -> None:
    with Host(app, tmp_path / "home") as host:
        host.begin("slow", "logged", 0.01)
        host.until("logged")
        call(f"{host.url}/api/none")
        (activity,) = host.entries("activity")
        assert activity["function"] == "nap"
        assert activity["instance"] == "logged"
        assert activity["ms"] >= 10
        assert [e["status"] for e in host.entries("orchestrator")] == ["Running", "Completed"]
        assert "slow" in "".join(host.greeting)
        assert "/api/hang" in "".join(host.greeting)


def test_ctrl_c_drains_and_what_did_not_end_runs_again(app: Path, tmp_path: Path) -> None:
    host = Host(app, tmp_path / "home").start()
    host.begin("slow", "short", 0.5)
    host.begin("slow", "long", 4)
    host.until("short", "Running")
    host.until("long", "Running")
    began = time.monotonic()
    assert host.stop() == 0
    assert time.monotonic() - began < 3.5
    with host:
        assert host.status("short")["runtimeStatus"] in ("Running", "Completed")
        assert host.until("short")["output"] == "rested"
        assert host.until("long")["output"] == "rested"


def test_a_second_ctrl_c_ends_at_once(app: Path, tmp_path: Path) -> None:
    host = Host(app, tmp_path / "home").start()
    host.begin("slow", "long", 60)
    host.until("long", "Running")
    host.process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    host.process.send_signal(signal.SIGINT)
    assert host.process.wait(timeout=5) in (0, 130)
    host.process.stdout.close()


def test_without_a_home_the_state_directory_is_used(app: Path, tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k != "FUNCHOST_HOME"}
    with subprocess.Popen(
        [sys.executable, "-m", "funchost", str(app), "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
        env={**env, "XDG_STATE_HOME": str(tmp_path)},
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("ready"):
                break
        (endpoint,) = tmp_path.glob("funchost/app-*/endpoint.json")
        assert json.loads(endpoint.read_text())["pid"] == process.pid
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_only_loopback_is_listened_on_unless_told_otherwise(app: Path, tmp_path: Path) -> None:
    def reach(host: Host, address: str) -> bool:
        with socket.socket() as client:
            return client.connect_ex((address, int(host.url.rpartition(":")[2]))) == 0

    with Host(app, tmp_path / "home") as host:
        assert (reach(host, "127.0.0.1"), reach(host, "127.0.0.2")) == (True, False)
    with Host(app, tmp_path / "home", "--host", "0.0.0.0") as host:
        assert host.url.startswith("http://0.0.0.0:")
        assert reach(host, "127.0.0.2")


def test_the_docs_list_every_code_and_no_other() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "funchost").rglob("*.py"))
    listed = "".join(line for line in (ROOT / "docs" / "funchost.md").read_text("utf-8").splitlines() if line.startswith("| FH"))
    families = {"FH1000", "FH1200"}
    assert set(re.findall(r"FH1\d{3}", listed)) == set(re.findall(r"FH1\d{3}", sources)) - families
