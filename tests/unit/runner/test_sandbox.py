"""What sandboxed code gets: its work, a clean environment, a private loopback, and nothing else."""

from __future__ import annotations

import json
import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.model import InternalError
from shared.runner import Command, LocalSandbox, Outcome, Profile, Sandbox, Service

PYTHON = os.path.realpath(sys.executable)
Run = Callable[..., Outcome]
linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are a thing of Linux")


def test_a_program_runs_and_its_streams_come_back(run: Run) -> None:
    outcome = run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (3, b"out\n", b"err\n")
    assert not outcome.ok
    assert not outcome.timed_out
    assert outcome.limits_hit == []


def test_success_is_exit_code_0(run: Run) -> None:
    assert run("print(1)").ok


def test_a_signal_is_a_negative_exit_code(run: Run) -> None:
    assert run("import os; os.kill(os.getpid(), 15)").exit_code == -15


def test_standard_input_arrives(run: Run) -> None:
    data = bytes(range(256)) * 500
    outcome = run("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())", stdin=data)
    assert outcome.stdout == data


def test_without_standard_input_it_is_empty(run: Run) -> None:
    assert run("import sys; print(repr(sys.stdin.read()))").stdout == b"''\n"


def test_the_hosts_environment_is_not_inherited(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD_KEY", "very secret")
    outcome = run("import os, json; print(json.dumps(dict(os.environ)))", env={"GIVEN": "1"})
    env = json.loads(outcome.stdout)
    assert env.pop("GIVEN") == "1"
    env.pop("LC_CTYPE", None)
    assert set(env) == {"PATH", "LANG", "HOME", "TMPDIR"}
    assert env["LANG"] == "C.UTF-8"


def test_the_hosts_files_and_pipes_are_not_inherited(run: Run) -> None:
    read, write = os.pipe()
    os.set_inheritable(write, True)
    try:
        outcome = run("import os\nfor fd in range(3, 256):\n    try: os.fstat(fd); print(fd)\n    except OSError: pass")
    finally:
        os.close(read)
        os.close(write)
    assert outcome.stdout == b""


@linux
def test_processes_of_the_host_are_out_of_sight(run: Run) -> None:
    outcome = run("import os; print(sorted(int(n) for n in os.listdir('/proc') if n.isdigit()))")
    assert "escape" not in outcome.unenforced
    assert len(json.loads(outcome.stdout)) <= 3


def test_the_work_folder_can_be_written(run: Run, work: Path) -> None:
    (work / "given.txt").write_text("given")
    assert run("open('made.txt', 'w').write(open('given.txt').read() + ' and made'); open('given.txt', 'a').write('!')").ok
    assert (work / "made.txt").read_text() == "given and made"
    assert (work / "given.txt").read_text() == "given!"


def test_home_is_a_folder_that_is_gone_afterwards(run: Run) -> None:
    source = """
        from pathlib import Path
        import tempfile
        (Path.home() / "x").write_text("x")
        print(Path.home() == Path(tempfile.gettempdir()))
        print(Path.home())
    """
    outcome = run(source)
    same, home = outcome.stdout.decode().splitlines()
    assert same == "True"
    assert not Path(home).exists()


@linux
def test_nothing_outside_the_work_folder_can_be_written(run: Run, tmp_path: Path) -> None:
    beside = tmp_path / "beside.txt"
    beside.write_text("mine")
    outcome = run(f"open({str(beside)!r}, 'w')")
    assert outcome.exit_code == 1
    assert beside.read_text() == "mine"
    assert "filesystem" not in outcome.unenforced


@linux
def test_the_users_home_is_out_of_sight(run: Run, work: Path) -> None:
    home = Path(pwd.getpwuid(os.geteuid()).pw_dir).resolve()
    needed = {Path(path).relative_to(home).parts[0] for path in (PYTHON, work) if Path(path).is_relative_to(home)}
    outcome = run(f"import os; print(*os.listdir({str(home)!r}))")
    assert set(outcome.stdout.decode().split()) <= needed


@linux
def test_a_hidden_folder_is_empty_and_a_readable_one_in_it_is_there(work: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "keys").mkdir(parents=True)
    (home / "keys" / "signing.pem").write_text("secret")
    (home / "envs").mkdir()
    (home / "envs" / "tool.txt").write_text("tool")
    sandbox = LocalSandbox(work, readable=[home / "envs"], hidden=[home])
    source = f"import os; print(sorted(os.listdir({str(home)!r})), open({str(home / 'envs' / 'tool.txt')!r}).read())"
    outcome = sandbox.run(Command(argv=[PYTHON, "-c", source], cwd=str(work)), Profile())
    assert outcome.stdout == b"['envs'] tool\n"


@linux
def test_readable_is_not_writable(work: Path, tmp_path: Path) -> None:
    env = tmp_path / "env"
    env.mkdir()
    env.chmod(0o777)
    sandbox = LocalSandbox(work, readable=[env], hidden=[tmp_path])
    outcome = sandbox.run(Command(argv=["/bin/sh", "-c", f"touch {env}/planted"], cwd=str(work)), Profile())
    assert outcome.exit_code == 1
    assert list(env.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to drop")
def test_root_becomes_somebody_without_rights(run: Run) -> None:
    outcome = run("import os; print(os.getuid(), os.geteuid(), os.getgroups()); os.setuid(0)")
    uid, euid, _ = outcome.stdout.decode().split(maxsplit=2)
    assert uid == euid
    assert int(uid) > 1000
    assert b"PermissionError" in outcome.stderr
    assert "privileges" not in outcome.unenforced


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_second_name_of_a_foreign_file_is_not_given_away(run: Run, work: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.txt"
    foreign.write_text("root's")
    (work / "link").symlink_to(foreign)
    os.link(foreign, work / "second-name")
    assert run("print(1)").ok
    assert foreign.stat().st_uid == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user is tested by every other test")
@linux
def test_an_ordinary_user_gets_the_same_isolation_by_a_user_namespace(work: Path) -> None:
    """The sandbox inside the sandbox: its user has no rights, as a person who runs the program has none."""
    (work / "inner.py").write_text(
        "import sys\nfrom pathlib import Path\nfrom shared.runner import Command, LocalSandbox, Profile\n"
        "work = Path('inner').resolve(); work.mkdir()\n"
        "source = \"open('ok', 'w').close(); import socket; socket.create_server(('127.0.0.1', 0)); open('/var/planted', 'w')\"\n"
        f"outcome = LocalSandbox(work).run(Command(argv=[{PYTHON!r}, '-c', source], cwd=str(work)), Profile(wall_seconds=30))\n"
        "print(outcome.unenforced, outcome.exit_code, (work / 'ok').exists(), b'Read-only' in outcome.stderr)\n"
    )
    root = Path(__file__).parents[3]
    sandbox = LocalSandbox(work, readable=[Path(sys.prefix), root])
    outcome = sandbox.run(
        Command(argv=[sys.executable, "inner.py"], cwd=str(work), env={"PYTHONPATH": str(root)}), Profile(wall_seconds=60)
    )
    assert outcome.stdout == b"[] 1 True True\n", outcome.stderr


def test_a_command_outside_the_work_folder_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(InternalError, match="QLF3002"):
        sandbox.run(Command(argv=["/bin/true"], cwd="/"), Profile())


def test_a_program_that_is_not_there(work: Path) -> None:
    outcome = LocalSandbox(work).run(Command(argv=["/no/such/program"], cwd=str(work)), Profile())
    assert outcome.exit_code == 127
    assert outcome.stderr.startswith(b"sandbox: ")


def test_a_file_that_is_no_program(work: Path) -> None:
    (work / "text").write_text("text")
    assert LocalSandbox(work).run(Command(argv=[str(work / "text")], cwd=str(work)), Profile()).exit_code == 126


@pytest.mark.parametrize("change", [{"network": "open"}, {"cpu_seconds": 0}, {"memory_bytes": -1}, {"wall_seconds": 0}, {"unknown": 1}])
def test_a_senseless_profile_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Profile.model_validate(change)


def test_a_server_and_its_clients_share_one_loopback(work: Path, sandbox: Sandbox) -> None:
    (work / "page.txt").write_text("hello")
    server = Service(command=Command(argv=[PYTHON, "-m", "http.server", "{port}", "--bind", "127.0.0.1"], cwd=str(work)), path="/page.txt")
    ask = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())"
    clients = [Command(argv=[PYTHON, "-c", ask, "http://127.0.0.1:{port}/page.txt"], cwd=str(work)) for _ in range(2)]
    ran = sandbox.run_with(server, clients, Profile(wall_seconds=60))
    assert ran.ready
    assert ran.ready_after is not None
    assert [client.stdout for client in ran.clients] == [b"hello\n", b"hello\n"]
    assert ran.server.exit_code == -15
    assert ran.server.limits_hit == []
    assert b"GET /page.txt" in ran.server.stderr


def test_a_server_that_dies_has_no_clients(work: Path, sandbox: Sandbox) -> None:
    server = Service(command=Command(argv=[PYTHON, "-c", "raise SystemExit('no database')"], cwd=str(work)))
    ran = sandbox.run_with(server, [Command(argv=[PYTHON, "-c", "print(1)"], cwd=str(work))], Profile(wall_seconds=60))
    assert not ran.ready
    assert ran.clients == []
    assert ran.server.exit_code == 1
    assert b"no database" in ran.server.stderr


def test_a_server_that_never_answers_is_given_up(work: Path) -> None:
    server = Service(command=Command(argv=["/bin/sleep", "60"], cwd=str(work)), ready_seconds=0.3)
    ran = LocalSandbox(work).run_with(server, [Command(argv=["/bin/true"], cwd=str(work))], Profile(wall_seconds=30))
    assert not ran.ready
    assert ran.ready_after is None
    assert ran.clients == []


def test_a_server_that_ignores_the_request_to_end_is_killed(work: Path) -> None:
    source = (
        "import signal, sys, http.server as h; signal.signal(15, signal.SIG_IGN)\n"
        "h.test(h.SimpleHTTPRequestHandler, port=int(sys.argv[1]), bind='127.0.0.1')"
    )
    server = Service(command=Command(argv=[PYTHON, "-c", source, "{port}"], cwd=str(work)))
    ran = LocalSandbox(work).run_with(server, [Command(argv=["/bin/true"], cwd=str(work))], Profile(wall_seconds=60))
    assert ran.ready
    assert ran.server.exit_code == -9
