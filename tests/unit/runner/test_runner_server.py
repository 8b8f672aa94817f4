"""The runner as a process: one job at a time, the same job twice, and requests that are none."""

from __future__ import annotations

import http.client
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from session_pool import start_runner

from shared.runner import Environments, Profile
from shared.runner.server import Runner, Running, main
from shared.runner.wire import JOB, PROGRAMS, RESULT, WORK, Job, Result, Task, pack, unpack
from shared.runner.work import Workplace

NAME, OTHER = "/jobs/first-job", "/jobs/second-job"


class Client:
    """One connection per request."""

    def __init__(self, port: int) -> None:
        self.port = port

    def __call__(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def done(self, name: str) -> dict[str, Any]:
        for _ in range(20):
            answer: dict[str, Any] = json.loads(self("GET", f"{name}?wait=20")[1])
            if answer["state"] == "done":
                break
        return answer


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    place = tmp_path_factory.mktemp("runner")
    process, port = start_runner(place / "work", place / "environments")
    yield Client(port)
    process.kill()
    process.communicate()


def job(source: str, folder: Path, program: str = "python", environment: int | None = None) -> bytes:
    task = Task(program=program, environment=environment, arguments=["-c", source], cwd=WORK)
    return pack(JOB, Job(tasks=[task], profile=Profile(wall_seconds=60)), folder, [])


def result(runner: Client, name: str, folder: Path) -> Result:
    status, body = runner("GET", f"{name}/result")
    assert status == 200
    return unpack(RESULT, Result, body, folder)


def test_a_job_is_taken_done_and_forgotten(runner: Client, tmp_path: Path) -> None:
    assert runner("PUT", NAME, job("print('hello')", tmp_path))[0] == 202
    assert runner.done(NAME) == {"state": "done"}
    assert result(runner, NAME, tmp_path).outcomes[0].stdout == b"hello\n"
    assert runner("DELETE", NAME) == (204, b"")
    assert runner("GET", NAME)[0] == 404


def test_the_same_job_twice_is_done_once(runner: Client, tmp_path: Path) -> None:
    source = "import os, time; print(os.getpid(), time.time_ns())"
    archive = job(source, tmp_path)
    assert [runner("PUT", NAME, archive)[0] for _ in range(3)] == [202] * 3
    runner.done(NAME)
    first = result(runner, NAME, tmp_path)
    assert runner("PUT", NAME, archive)[0] == 202
    assert result(runner, NAME, tmp_path) == first
    runner("DELETE", NAME)


def test_another_job_waits_its_turn(runner: Client, tmp_path: Path) -> None:
    assert runner("PUT", NAME, job("import time; time.sleep(4)", tmp_path))[0] == 202
    assert runner("PUT", OTHER, job("print(2)", tmp_path))[0] == 409
    assert runner("GET", OTHER)[0] == 404
    assert runner("GET", f"{NAME}/result")[0] == 409
    runner.done(NAME)
    assert runner("PUT", OTHER, job("print(2)", tmp_path))[0] == 202
    assert runner.done(OTHER) == {"state": "done"}
    runner("DELETE", OTHER)


@pytest.mark.parametrize(
    ("archive", "code"),
    [(b"", "QLF3027"), (b"rubbish", "QLF3027"), ("program", "QLF3024"), ("number", "QLF3028"), ("program of the image", "QLF3024")],
)
def test_a_job_that_cannot_be_done_says_why(runner: Client, tmp_path: Path, archive: bytes | str, code: str) -> None:
    absent = next(name for name in sorted(PROGRAMS) if shutil.which(name) is None)
    made = {"program": job("", tmp_path, "sh"), "number": job("", tmp_path, "python", 3), "program of the image": job("", tmp_path, absent)}
    body = made[archive] if isinstance(archive, str) else archive
    assert runner("PUT", NAME, body, {"Content-Length": str(len(body))})[0] == 202
    runner.done(NAME)
    error = result(runner, NAME, tmp_path).error
    assert error is not None
    assert error["code"] == code
    runner("DELETE", NAME)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("PUT", "/jobs/short", {}, 404),
        ("PUT", "/elsewhere", {}, 404),
        ("PUT", f"{NAME}/result", {}, 404),
        ("PUT", NAME, {"Transfer-Encoding": "chunked"}, 411),
        ("PUT", NAME, {"Content-Length": str(10**9)}, 413),
        ("PUT", NAME, {"Content-Length": "-1"}, 411),
        ("GET", "/jobs/../../etc/passwd", {}, 404),
        ("GET", f"{NAME}?wait=soon", {}, 404),
        ("DELETE", "/", {}, 404),
        ("POST", NAME, {}, 501),
    ],
)
def test_requests_that_are_none(runner: Client, method: str, path: str, headers: dict[str, str], status: int) -> None:
    assert runner(method, path, None, headers)[0] == status


def test_it_says_that_it_is_well(runner: Client) -> None:
    assert runner("GET", "/health") == (200, b'{"state": "ok"}')


def test_nothing_of_a_job_stays(runner: Client, tmp_path: Path) -> None:
    runner("PUT", NAME, job("import os; open('left.txt', 'w'); print(os.getcwd())", tmp_path))
    runner.done(NAME)
    place = Path(result(runner, NAME, tmp_path).outcomes[0].stdout.decode().strip())
    runner("DELETE", NAME)
    assert not place.parent.exists()


def test_a_runner_for_one_job_ends_after_it(tmp_path: Path) -> None:
    process, port = start_runner(tmp_path / "work", tmp_path / "environments", "--once")
    client = Client(port)
    client("PUT", NAME, job("print(1)", tmp_path))
    client.done(NAME)
    assert client("DELETE", NAME)[0] == 204
    assert process.wait(30) == 0
    process.communicate()


def test_a_runner_whose_job_nobody_asks_about_ends(tmp_path: Path) -> None:
    process, port = start_runner(tmp_path / "work", tmp_path / "environments", "--once", "--idle", "0.5")
    assert Client(port)("PUT", NAME, job("import time; time.sleep(50)", tmp_path))[0] == 202
    assert process.wait(40) == 0
    process.communicate()


@pytest.mark.parametrize("what", ["/jobs/another-job", "/jobs/another-job/result"])
def test_a_runner_that_is_asked_about_a_job_it_never_got_ends(tmp_path: Path, what: str) -> None:
    """It was started in the place of a lost one: nobody will bring it a job."""
    process, port = start_runner(tmp_path / "work", tmp_path / "environments", "--once")
    assert Client(port)("GET", what)[0] == 404
    assert process.wait(30) == 0
    process.communicate()


def test_a_runner_that_works_does_not_end_for_a_stranger(tmp_path: Path) -> None:
    process, port = start_runner(tmp_path / "work", tmp_path / "environments", "--once")
    client = Client(port)
    client("PUT", NAME, job("import time; time.sleep(0.5)", tmp_path))
    assert client("GET", "/jobs/another-job")[0] == 404
    client.done(NAME)
    assert client("DELETE", NAME)[0] == 204
    assert process.wait(30) == 0
    process.communicate()


def test_a_runner_leaves_only_a_job_and_only_when_it_is_for_one(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path, Environments(tmp_path / "environments", {}))
    with Runner(("127.0.0.1", 0), workplace, once=True, idle=-1) as waiting, Runner(("127.0.0.1", 0), workplace, idle=-1) as serving:
        waiting.service_actions()
        serving.job = Running("some-job")
        serving.service_actions()
        assert (waiting.leaving, serving.leaving) == (False, False)


@pytest.mark.parametrize(("path", "heard"), [("/health", False), ("/jobs/some-job", True)])
def test_a_probe_is_nobody_who_asks(tmp_path: Path, path: str, heard: bool) -> None:
    workplace = Workplace(tmp_path, Environments(tmp_path / "environments", {}))
    with Runner(("127.0.0.1", 0), workplace, once=True) as runner:
        runner.heard = 0.0
        thread = threading.Thread(target=runner.serve_forever)
        thread.start()
        Client(runner.server_port)("GET", path)
        runner.shutdown()
        thread.join()
        assert bool(runner.heard) is heard


def test_an_image_is_warmed_with_locks(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("# nothing\n")
    arguments = ["--root", str(tmp_path / "work"), "--environments", str(tmp_path / "environments"), "--warm", str(lock)]
    assert main(arguments) == 0
    made = [path for path in (tmp_path / "environments").iterdir() if (path / "bin" / "python").exists()]
    assert len(made) == 1
