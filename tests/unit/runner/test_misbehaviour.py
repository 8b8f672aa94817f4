"""Planted misbehaviour: each kind is stopped, by the limit that is there for it, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from shared.runner import MIB, Command, LocalSandbox, Outcome, Profile, Sandbox
from shared.runner.sessions import SessionSandbox

PYTHON = os.path.realpath(sys.executable)
Run = Callable[..., Outcome]
linux = pytest.mark.skipif(sys.platform != "linux", reason="measured on Linux")
ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["local", pytest.param("session", marks=pytest.mark.slow)])
def sandbox(request: pytest.FixtureRequest, work: Path) -> Sandbox:
    """The limits are the same code on both adapters; how the session's answers travel is tested with every kind in the long run."""
    return LocalSandbox(work) if request.param == "local" else SessionSandbox(request.getfixturevalue("sessions"), work)


def marked(mark: str) -> list[int]:
    """Processes whose command line holds `mark`, ourselves apart."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        words = process.info["cmdline"] or []
        if process.info["pid"] != os.getpid() and any(mark in word for word in words):
            found.append(process.info["pid"])
    return found


@pytest.fixture
def mark() -> Iterator[str]:
    """A word to recognise processes by; none of them may be left at the end."""
    word = f"mark-{uuid.uuid4().hex}"
    yield word
    assert marked(word) == []


def test_sleeping_for_ever(run: Run) -> None:
    outcome = run("import time; print('here', flush=True); time.sleep(3600)", wall_seconds=3)
    assert outcome.timed_out
    assert outcome.limits_hit == ["wall"]
    assert outcome.exit_code is None
    assert outcome.stdout == b"here\n"


def test_burning_processor_time(run: Run) -> None:
    outcome = run("while True: pass", cpu_seconds=0.5)
    assert outcome.limits_hit == ["cpu"]
    assert not outcome.ok


def test_burning_processor_time_in_many_children(run: Run) -> None:
    source = """
        import os, time
        while True:
            if os.fork() == 0:
                end = time.process_time() + 0.1
                while time.process_time() < end: pass
                os._exit(0)
            os.wait()
    """
    assert run(source, cpu_seconds=1).limits_hit == ["cpu"]


def test_a_fork_bomb(run: Run, mark: str) -> None:
    outcome = run(f"mark = {mark!r}\nimport os\nwhile True:\n    try: os.fork()\n    except OSError: pass", processes=16)
    assert "processes" in outcome.limits_hit
    assert outcome.exit_code is None


def test_hogging_memory(run: Run) -> None:
    outcome = run("hog = []\nwhile True: hog.append(bytearray(8_000_000))", memory_bytes=128 * MIB)
    assert outcome.limits_hit == ["memory"] or b"MemoryError" in outcome.stderr


@linux
def test_one_huge_allocation_is_refused(run: Run) -> None:
    outcome = run("import mmap\ntry: mmap.mmap(-1, 64 << 30)\nexcept OSError: print('refused')", memory_bytes=128 * MIB)
    assert outcome.stdout == b"refused\n"
    assert "memory" not in outcome.unenforced


def test_endless_output_is_cut_and_ended(run: Run) -> None:
    outcome = run("while True: print('x' * 1000)", output_bytes=10_000)
    assert outcome.limits_hit == ["output"]
    assert outcome.truncated
    assert len(outcome.stdout) == 10_000


def test_output_beyond_the_cap_is_dropped_and_said(run: Run) -> None:
    outcome = run("print('x' * 5000, end='')", output_bytes=4000)
    assert outcome.exit_code == 0
    assert outcome.truncated
    assert outcome.stdout == b"x" * 4000


def test_a_huge_file(run: Run, work: Path) -> None:
    outcome = run("f = open('huge', 'wb')\nwhile True: f.write(b'x' * 1_000_000)", file_bytes=3 * MIB)
    assert not outcome.ok
    assert (work / "huge").stat().st_size <= 3 * MIB


def test_too_many_open_files(run: Run) -> None:
    outcome = run("import os\nn = 0\ntry:\n    while True: os.open('/dev/null', 0); n += 1\nexcept OSError: print(n)", open_files=64)
    assert int(outcome.stdout) < 64


@linux
@pytest.mark.parametrize("network", ["none", "loopback"])
def test_connecting_out(run: Run, network: str) -> None:
    outcome = run(
        "import socket\ntry: socket.create_connection(('192.0.2.1', 80), 5)\nexcept OSError as e: print(e.strerror)", network=network
    )
    assert outcome.stdout == b"Network is unreachable\n"
    assert "network" not in outcome.unenforced


@linux
def test_the_hosts_loopback_is_another_one(run: Run) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        outcome = run(f"import socket\ntry: socket.create_connection(('127.0.0.1', {port}), 5)\nexcept OSError as e: print(e.strerror)")
    assert outcome.stdout == b"Connection refused\n"


@linux
def test_without_network_not_even_loopback_answers(run: Run) -> None:
    source = "import socket\ntry: socket.create_connection(('127.0.0.1', 9), 5)\nexcept OSError as e: print(e.strerror)"
    assert run(source, network="none").stdout == b"Network is unreachable\n"


def test_names_cannot_be_looked_up(run: Run) -> None:
    assert run("import socket\ntry: socket.getaddrinfo('example.com', 80)\nexcept OSError: print('no')", network="none").stdout == b"no\n"


def test_a_child_that_outlives_its_parent_is_ended(run: Run, mark: str) -> None:
    outcome = run(f"import subprocess; subprocess.Popen(['/bin/sh', '-c', 'sleep 600; : {mark}'])")
    assert outcome.exit_code == 0
    assert marked(mark) == []


ESCAPE = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv("/bin/sh", ["sh", "-c", "sleep 600; : MARK"])
    os._exit(0)
os.wait()
time.sleep(DELAY)
"""


@pytest.mark.parametrize("delay", [0, 600])
def test_escaping_by_a_new_session_and_a_double_fork(run: Run, mark: str, delay: int) -> None:
    outcome = run(ESCAPE.replace("MARK", mark).replace("DELAY", str(delay)), wall_seconds=1.5)
    assert outcome.timed_out == bool(delay)
    assert marked(mark) == []


@linux
def test_the_process_that_watches_is_out_of_reach(run: Run) -> None:
    """The first process inside holds the pipe on which results are reported; nothing may look into it or end it."""
    source = """
        import os
        for act in (lambda: os.listdir("/proc/1/fd"), lambda: open("/proc/1/mem", "r+b")):
            try: print(act())
            except OSError: print("no")
    """
    outcome = run(source)
    assert outcome.stdout == b"no\nno\n"
    assert run("import os\nfor n in (9, 15, 19): os.kill(1, n)\nprint('alive')").stdout == b"alive\n"


@linux
def test_setuid_programs_give_no_rights(run: Run) -> None:
    outcome = run("print([l.split()[1] for l in open('/proc/self/status') if l.startswith('NoNewPrivs')][0])")
    assert outcome.stdout == b"1\n"


HOST = """
import sys
from pathlib import Path
from shared.runner import Command, LocalSandbox, Profile
work = Path(sys.argv[1])
LocalSandbox(work).run(Command(argv=[sys.argv[2], "-c", sys.argv[3]], cwd=str(work)), Profile(wall_seconds=300))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_killed_host_by_five_seconds(work: Path, mark: str, number: int) -> None:
    source = ESCAPE.replace("MARK", mark).replace("DELAY", "600").replace("os.wait()", "os.wait(); open('started', 'w')")
    host = subprocess.Popen([sys.executable, "-c", HOST, str(work), PYTHON, source], cwd=ROOT, start_new_session=True)
    try:
        wait_until(lambda: (work / "started").exists(), 30)
        assert marked(mark)
        os.killpg(host.pid, number)
        host.wait(10)
        wait_until(lambda: not marked(mark), 5)
    finally:
        host.kill()
        host.wait()


def test_two_sandboxes_do_not_see_each_other(tmp_path: Path) -> None:
    """The second one cannot read what the first one is working on, nor end it."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        folder.chmod(0o700)
    one, two = LocalSandbox(first), LocalSandbox(second, hidden=[first])
    assert one.run(Command(argv=["/bin/sh", "-c", "echo secret > note"], cwd=str(first)), Profile()).ok
    assert not two.run(Command(argv=["/bin/cat", f"{first}/note"], cwd=str(second)), Profile()).ok


def wait_until(condition: object, seconds: float) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
