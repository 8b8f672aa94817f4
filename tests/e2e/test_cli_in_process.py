"""`qlf` as its users run it: real processes on one data folder, the real app on the embedded host, killed where it hurts.

Runs are dry (compile and plan), so that these tests are quick; whole runs are in the slow tests.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BRIEF = "A REST API for a library: members borrow books. Librarians manage loans."
PATIENCE = 120.0


class Shell:
    """A folder to work in and a data folder; starts `qlf` processes and ends those that are left over."""

    def __init__(self, folder: Path) -> None:
        self.work, self.home = folder / "work", folder / "home"
        self.work.mkdir()
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "QLF_HOME": str(self.home), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-P", "-m", "cli", *arguments]
        process = subprocess.Popen(
            command, cwd=self.work, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        self.started.append(process)
        return process

    def qlf(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """Run to the end and return the result line."""
        process = self.start(*arguments, "--json")
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == code, out.decode()[-2000:] + err.decode()[-2000:]
        return dict(json.loads(out.splitlines()[-1]))

    def intents(self) -> list[str]:
        return [f"run_{path.stem}" for path in sorted((self.home / "intents").glob("*.json"))]

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    made = Shell(tmp_path)
    yield made
    made.end()


def until(condition: Callable[[], Any]) -> Any:
    """The first true answer of `condition`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise AssertionError("it did not come to that")


def test_a_dry_run_is_a_run_like_any_other(shell: Shell) -> None:
    made = shell.qlf("generate", BRIEF, "--dry-run")

    assert {entity["name"] for entity in made["ir"]["entities"]} >= {"Book"}
    assert [run["id"] for run in shell.qlf("runs")["runs"]] == [made["run_id"]]
    assert shell.qlf("status")["run"]["status"] == "completed"
    assert shell.qlf("events", made["run_id"], "--follow")["status"] == "completed"
    assert sorted(path.name for path in (shell.home / "hubs").iterdir()) == [made["run_id"]]
    assert list(shell.work.iterdir()) == []


@pytest.mark.slow
def test_a_run_that_was_killed_before_it_was_one_is_listed_and_resumed(shell: Shell) -> None:
    process = shell.start("generate", BRIEF, "--dry-run")
    (run_id,) = until(shell.intents)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    assert run_id in [run["id"] for run in shell.qlf("runs")["runs"]]
    assert shell.qlf("resume")["run_id"] == run_id
    assert shell.qlf("resume", code=2)["error"]["code"] == "QLF8010"


def test_a_run_that_was_killed_under_way_is_resumed(shell: Shell) -> None:
    process = shell.start("generate", BRIEF, "--dry-run", "--json")
    assert process.stdout
    assert json.loads(process.stdout.readline())["type"] == "event"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    resumed = shell.qlf("resume")

    assert resumed["status"] == "completed"
    assert [run["id"] for run in shell.qlf("runs")["runs"]] == [resumed["run_id"]]


@pytest.mark.slow
def test_a_run_that_was_killed_is_cancelled_by_taking_it_over(shell: Shell) -> None:
    process = shell.start("generate", BRIEF, "--dry-run")
    (run_id,) = until(shell.intents)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    assert shell.qlf("cancel", run_id)["status"] in ("not started", "cancelled")
    assert shell.qlf("resume", code=2)["error"]["code"] == "QLF8010"


@pytest.mark.slow
def test_a_run_in_the_background_is_followed_from_another_process(shell: Shell) -> None:
    run_id = shell.qlf("generate", BRIEF, "--dry-run", "--async")["run_id"]

    until(lambda: shell.qlf("status", run_id)["run"]["status"] == "completed")
    assert shell.qlf("events", run_id, "--follow")["status"] == "completed"
    until(lambda: json.loads((shell.home / "intents" / f"{run_id[4:]}.json").read_text())["state"] == "closed")


@pytest.mark.slow
def test_two_resumes_of_one_run_end_as_one(shell: Shell) -> None:
    process = shell.start("generate", BRIEF, "--dry-run")
    (run_id,) = until(shell.intents)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    both = [shell.start("resume", run_id, "--json") for _ in range(2)]
    ends = [json.loads(process.communicate(timeout=PATIENCE)[0].splitlines()[-1]) for process in both]

    assert [(end["exit_code"], end["run_id"], end.get("status")) for end in ends] == [(0, run_id, "completed")] * 2
    assert len(shell.qlf("runs")["runs"]) == 1


def test_several_processes_use_one_home_from_the_first_moment_on(shell: Shell) -> None:
    processes = [shell.start("generate", f"{BRIEF} Number {n}.", "--dry-run", "--json") for n in range(3)]
    ends = [json.loads(process.communicate(timeout=PATIENCE)[0].splitlines()[-1]) for process in processes]

    assert [end["exit_code"] for end in ends] == [0, 0, 0]
    assert len(shell.qlf("runs")["runs"]) == 3


def test_serve_is_an_endpoint(shell: Shell) -> None:
    server = shell.start("serve", "--port", "0", "--json")
    assert server.stdout
    url = json.loads(server.stdout.readline())["event"]["url"]

    assert shell.qlf("generate", BRIEF, "--dry-run", "--endpoint", url)["status"] == "completed"
    assert len(shell.qlf("runs", "--endpoint", url)["runs"]) == 1
    assert shell.qlf("serve", "--port", "0", code=4)["error"]["code"] == "QLF8014"
    server.send_signal(signal.SIGINT)
    assert json.loads(server.communicate(timeout=PATIENCE)[0].splitlines()[-1])["exit_code"] == 0


@pytest.mark.parametrize(
    "brief", ["Write me a snake game for the terminal.", " ", "Build the backend of a shop with Express: customers order products."]
)
def test_a_brief_that_is_not_built_is_exit_code_5(shell: Shell, brief: str) -> None:
    refused = shell.qlf("generate", brief, "--output", "x", code=5)

    assert refused["error"]["exit_code"] == 5
    assert not (shell.work / "x").exists()
    assert shell.qlf("resume", code=2)["error"]["code"] == "QLF8010"


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["task.started", "validation.passed", "capsule.built"])
def test_a_run_killed_at_a_stage_ends_on_the_digest_of_an_undisturbed_one(shell: Shell, warm_home: Path, moment: str) -> None:
    shell.home = warm_home
    process = shell.start("generate", BRIEF, "--output", "killed", "--json")
    assert process.stdout
    for line in process.stdout:
        if json.loads(line).get("event", {}).get("type") == moment:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    resumed = until_done(shell, "resume")
    undisturbed = until_done(shell, "generate", BRIEF, "--output", "whole")

    assert resumed["capsule"]["digest"] == undisturbed["capsule"]["digest"]
    assert shell.qlf("verify", resumed["paths"]["capsule"])["digest"] == resumed["capsule"]["digest"]
    assert tree(shell.work / "killed") == tree(shell.work / "whole")


def until_done(shell: Shell, *arguments: str) -> dict[str, Any]:
    """A whole run: minutes where nothing is cached yet."""
    process = shell.start(*arguments, "--json")
    out, err = process.communicate(timeout=900)
    assert process.returncode == 0, out.decode()[-2000:] + err.decode()[-2000:]
    return dict(json.loads(out.splitlines()[-1]))


def tree(folder: Path) -> dict[str, bytes]:
    """The sources of an app, without what tells of the run that made them."""
    files = (path for path in folder.rglob("*") if path.is_file() and "dist" not in path.relative_to(folder).parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
