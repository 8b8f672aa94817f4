"""`--reload`: a change of the app is served by the same address; a broken app waits for its repair."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from funchost.reload import snapshot
from tests.funchost.hosting import Host, call, write_app

SAYS = """
    @app.route(route="says")
    def says(req: func.HttpRequest) -> str:
        return "{}"
    @app.orchestration_trigger(context_name="context")
    def waits(context):
        return (yield context.wait_for_external_event("go"))
    """


def until(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def says(host: Host, text: str) -> Callable[[], bool]:
    def check() -> bool:
        try:
            return call(f"{host.url}/api/says")[2] == text.encode()
        except OSError:
            return False

    return check


needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="child processes are looked up in /proc, which this system lacks")


@needs_proc
def test_a_change_is_served_by_the_same_address_and_instances_go_on(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", SAYS.format("one"))
    with Host(app, tmp_path / "home", "--reload", "--quiet") as host:
        until(says(host, "one"))
        host.begin("waits", "kept")
        host.until("kept", "Running")
        write_app(tmp_path / "app", SAYS.format("two or more"))
        until(says(host, "two or more"))
        host.api("instances/kept/raiseEvent/go", "POST", b"5")
        assert host.until("kept")["output"] == 5
        (app / "function_app.py").write_text("def broken(:")
        until(lambda: "FH1001" in host.log.read_text())
        write_app(tmp_path / "app", SAYS.format("mended"))
        until(says(host, "mended"))
        child = _child(host)
        assert host.stop() == 0
    until(lambda: not _alive(child))


@needs_proc
def test_the_child_ends_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    host = Host(write_app(tmp_path / "app", SAYS.format("one")), tmp_path / "home", "--reload").start()
    child = _child(host)
    host.process.send_signal(signal.SIGKILL)
    host.process.wait()
    until(lambda: not _alive(child))
    host.process.stdout.close()


def test_hidden_and_foreign_folders_are_not_watched(tmp_path: Path) -> None:
    for name in (".venv", "node_modules", "__pycache__", "package"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "module.py").write_text("")
    (tmp_path / "host.json").write_text("{}")
    (tmp_path / "data.db").write_text("")
    assert sorted(Path(path).relative_to(tmp_path).as_posix() for path in snapshot(tmp_path)) == ["host.json", "package/module.py"]


def _child(host: Host) -> int:
    children = Path(f"/proc/{host.process.pid}/task/{host.process.pid}/children")
    return int(children.read_text().split()[0])


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:1]
