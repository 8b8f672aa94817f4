"""The adapter on a session pool: what travels, what comes back, and every way in which a pool can fail."""

from __future__ import annotations

import io
import os
import socket
import sys
import tarfile
from pathlib import Path

import pytest
from session_pool import Identity, Pool
from test_environments import one_package

from shared.model import ConfigError, InputError, QlfError
from shared.runner import Command, Environments, Profile, Service
from shared.runner.sessions import SessionEnvironments, SessionPool, SessionSandbox
from shared.runner.wire import RESULT, WORK, Result, pack
from shared.settings import Settings
from shared.stores import Stores
from shared.wiring import Services, utc_now

PYTHON = os.path.realpath(sys.executable)
QUICK = Profile(wall_seconds=30)


def python(work: Path, source: str, **env: str) -> Command:
    return Command(argv=[PYTHON, "-c", source], cwd=str(work), env=env)


@pytest.fixture
def box(sessions: SessionPool, work: Path) -> SessionSandbox:
    return SessionSandbox(sessions, work)


def test_every_command_has_a_session_of_its_own_that_ends(pool: Pool, box: SessionSandbox, work: Path) -> None:
    for _ in range(2):
        assert box.run(python(work, "print(1)"), QUICK).stdout == b"1\n"
    assert len(set(pool.identifiers)) == 2
    assert all(len(identifier) == 32 for identifier in pool.identifiers)
    assert pool.wait_for_ends() == [0, 0]


def test_files_go_there_and_come_back(box: SessionSandbox, work: Path) -> None:
    (work / "src" / "deep").mkdir(parents=True)
    (work / "empty").mkdir()
    (work / "src" / "deep" / "a.py").write_text("print('a')")
    (work / "run.sh").write_text("#!/bin/sh\n")
    (work / "run.sh").chmod(0o755)
    (work / "old.txt").write_text("old")
    (work / "link").symlink_to("/etc/passwd")
    source = (
        "import os, pathlib as p; p.Path('made/x').mkdir(parents=True); p.Path('made/x/y.bin').write_bytes(bytes(range(256)));"
        "p.Path('old.txt').unlink(); p.Path('src/deep/a.py').write_text('changed'); os.symlink('/etc/passwd', 'planted');"
        "print(sorted(os.listdir('.')), os.access('run.sh', os.X_OK))"
    )
    outcome = box.run(python(work, source), QUICK)
    assert outcome.stdout == b"['empty', 'made', 'planted', 'run.sh', 'src'] True\n", outcome.stderr
    assert (work / "made" / "x" / "y.bin").read_bytes() == bytes(range(256))
    assert (work / "src" / "deep" / "a.py").read_text() == "changed"
    assert not (work / "old.txt").exists()
    assert not os.path.lexists(work / "planted")
    assert (work / "run.sh").read_text() == "#!/bin/sh\n"


def test_paths_mean_the_same_on_both_sides(box: SessionSandbox, work: Path) -> None:
    source = (
        "import sys, os, json; open(sys.argv[1], 'w').write(os.getcwd() + ' ' + os.environ['PLACE']);"
        "open('paths.bin', 'wb').write(b'\\0' + os.getcwd().encode()); print(os.getcwd(), sys.argv[1], sys.stdin.read())"
    )
    command = Command(
        argv=[PYTHON, "-c", source, str(work / "out.txt")], cwd=str(work), env={"PLACE": f"x:{work}/y"}, stdin=f'"{work}"'.encode()
    )
    outcome = box.run(command, QUICK)
    assert outcome.stdout.decode() == f'{work} {work}/out.txt "{work}"\n', outcome.stderr
    assert (work / "out.txt").read_text() == f"{work} x:{work}/y"
    assert str(work).encode() not in (work / "paths.bin").read_bytes()  # what is no text is left as it came


def test_an_environment_is_the_one_of_the_image(pool: Pool, sessions: SessionPool, work: Path, tmp_path: Path) -> None:
    """Made when the image is built; in the session nothing is installed, and the network is not needed."""
    lock = one_package()
    Environments((pool.folder / "environments").resolve(), os.environ).ensure(lock)
    here = SessionEnvironments(tmp_path / "envs").ensure(lock)
    box = SessionSandbox(sessions, work, [here])
    source = "import iniconfig, sys; print(iniconfig.__name__, sys.prefix)"
    outcome = box.run(Command(argv=[str(here / "bin" / "python"), "-c", source], cwd=str(work)), QUICK)
    assert outcome.stdout.decode() == f"iniconfig {here}\n", outcome.stderr
    assert os.listdir(here) == ["lock.txt"]


def test_an_environment_that_the_image_does_not_bring(sessions: SessionPool, work: Path, tmp_path: Path) -> None:
    here = SessionEnvironments(tmp_path / "envs").ensure(one_package("pluggy"))
    with pytest.raises(ConfigError) as caught:
        SessionSandbox(sessions, work, [here]).run(Command(argv=[str(here / "bin" / "python")], cwd=str(work)), QUICK)
    assert caught.value.code == "QLF3029"


def test_places_of_environments_are_made_once_and_checked(tmp_path: Path) -> None:
    environments = SessionEnvironments(tmp_path / "envs")
    place = environments.ensure("# nothing\n")
    assert environments.ensure("# nothing\n") == place != environments.ensure("# other\n")
    assert environments.has(place / "bin" / "ruff")
    assert not environments.has(place / "bin" / "sh")
    with pytest.raises(ConfigError, match="QLF3012"):
        environments.ensure("--index-url http://127.0.0.1\n")


def test_a_program_in_an_environment_that_is_not_there_is_told_as_locally(
    sessions: SessionPool, pool: Pool, work: Path, tmp_path: Path
) -> None:
    Environments((pool.folder / "environments").resolve(), os.environ).ensure("# nothing\n")
    here = SessionEnvironments(tmp_path / "envs").ensure("# nothing\n")
    outcome = SessionSandbox(sessions, work, [here]).run(Command(argv=[str(here / "bin" / "ruff")], cwd=str(work)), QUICK)
    assert outcome.exit_code == 127
    assert outcome.stderr.startswith(b"sandbox: ")
    assert str(here).encode() in outcome.stderr


@pytest.mark.parametrize("program", ["/bin/sh", "/usr/bin/env", "curl", "python;id"])
def test_only_programs_of_the_platform_are_started(pool: Pool, box: SessionSandbox, work: Path, program: str) -> None:
    with pytest.raises(ConfigError, match="QLF3024") as caught:
        box.run(Command(argv=[program], cwd=str(work)), QUICK)
    assert caught.value.code == "QLF3024"
    assert pool.identifiers == []


def test_the_session_holds_no_secret_of_the_runner(box: SessionSandbox, work: Path) -> None:
    assert b"FACTORY_SECRET" not in box.run(python(work, "import os; print(dict(os.environ))"), QUICK).stdout


@pytest.mark.parametrize(
    ("status", "code"), [(401, "QLF3022"), (403, "QLF3022"), (413, "QLF3023"), (400, "QLF3028"), (404, "QLF3021"), (409, "QLF3021")]
)
def test_a_refusal_has_a_code(pool: Pool, work: Path, status: int, code: str) -> None:
    pool.faults = [status] * 20
    box = SessionSandbox(SessionPool(pool.url, Identity(), patience=0.0, insecure=True), work)
    with pytest.raises(QlfError) as caught:
        box.run(python(work, "print(1)"), QUICK)
    assert caught.value.code == code


def test_a_wrong_identity_is_refused(pool: Pool, work: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        SessionSandbox(SessionPool(pool.url, Identity("stale"), insecure=True), work).run(python(work, "print(1)"), QUICK)
    assert caught.value.code == "QLF3022"


def test_a_full_pool_is_waited_for(pool: Pool, box: SessionSandbox, work: Path) -> None:
    pool.faults = [404, 429, 503]
    assert box.run(python(work, "print(1)"), QUICK).ok


def test_a_pool_that_stays_full_is_given_up(pool: Pool, work: Path) -> None:
    pool.most = 0
    with pytest.raises(InputError) as caught:
        SessionSandbox(SessionPool(pool.url, Identity(), patience=0.6, insecure=True), work).run(python(work, "print(1)"), QUICK)
    assert caught.value.code == "QLF3021"
    assert caught.value.retryable


def test_a_lost_session_is_tried_once_more(pool: Pool, box: SessionSandbox, work: Path) -> None:
    pool.lose = 1
    assert box.run(python(work, "print(1)"), QUICK).ok
    assert len(set(pool.identifiers)) == 2
    assert pool.wait_for_ends() == [0, 0]  # also the runner that came in the place of the lost one


def test_sessions_that_get_lost_again_are_given_up(pool: Pool, box: SessionSandbox, work: Path) -> None:
    pool.lose = 99
    (work / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError) as caught:
        box.run(python(work, "open('mine.txt', 'w')"), QUICK)
    assert caught.value.code == "QLF3025"
    assert (work / "mine.txt").read_text() == "mine"
    assert pool.wait_for_ends() == [0, 0]


def test_a_pool_that_is_not_there(work: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(ConfigError) as caught:
        SessionSandbox(SessionPool(url, Identity(), insecure=True), work).run(python(work, "print(1)"), QUICK)
    assert (caught.value.code, caught.value.retryable) == ("QLF3020", True)


def hostile(name: str, data: bytes = b"x", kind: bytes = tarfile.REGTYPE, target: str = "") -> bytes:
    """A result archive with one entry that should not be."""
    out = io.BytesIO(pack(RESULT, Result(paths={WORK: "/somewhere/else"}), Path("/"), []))
    entries = io.BytesIO()
    with tarfile.open(fileobj=out, mode="r:gz") as given, tarfile.open(fileobj=entries, mode="w:gz") as made:
        for entry in given:
            made.addfile(entry, given.extractfile(entry))
        planted = tarfile.TarInfo(name)
        planted.type, planted.linkname, planted.size = kind, target, len(data) if kind == tarfile.REGTYPE else 0
        made.addfile(planted, io.BytesIO(data))
    return entries.getvalue()


RUBBISH = {
    "nothing": b"",
    "no archive": b"<html>",
    "half an archive": pack(RESULT, Result(), Path("/"), [])[:-20],
    "no outcome": pack(RESULT, Result(), Path("/"), []),
    "another path": hostile("work/../../evil"),
    "absolute": hostile("/etc/evil"),
    "a link": hostile("work/link", kind=tarfile.SYMTYPE, target="/etc/passwd"),
    "a device": hostile("work/null", kind=tarfile.CHRTYPE),
    "two documents": hostile(RESULT),
    "strange paths": pack(RESULT, Result(paths={"\0other\0": "/a/b/c"}), Path("/"), []),
    "an unknown error": pack(RESULT, Result(error={"code": "QLF9999"}), Path("/"), []),
}


@pytest.mark.parametrize("answer", RUBBISH.values(), ids=RUBBISH)
def test_what_a_runner_answers_is_not_trusted(pool: Pool, box: SessionSandbox, work: Path, answer: bytes) -> None:
    pool.rubbish = answer
    (work / "mine.txt").write_text("mine")
    with pytest.raises(InputError) as caught:
        box.run(python(work, "print(1)"), QUICK)
    assert caught.value.code == "QLF3027"
    assert os.listdir(work) == ["mine.txt"]
    assert not (work.parent / "evil").exists()


def test_the_settings_choose_the_pool(pool: Pool, work: Path, house_stores: Stores, tmp_path: Path) -> None:
    here = Services(Settings(home=tmp_path), utc_now, house_stores)
    there = Services(Settings(home=tmp_path, session_pool_endpoint="https://pool.example"), utc_now, house_stores)
    assert type(here.sandbox(work)).__name__ == "LocalSandbox"
    assert isinstance(there.sandbox(work), SessionSandbox)
    assert isinstance(there.environments, SessionEnvironments)
    assert not isinstance(here.environments, SessionEnvironments)


def test_a_server_beside_its_clients_is_one_session(pool: Pool, box: SessionSandbox, work: Path) -> None:
    server = Service(command=Command(argv=[PYTHON, "-m", "http.server", "{port}", "--bind", "127.0.0.1"], cwd=str(work)))
    ask = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).status)"
    clients = [Command(argv=[PYTHON, "-c", ask, "http://127.0.0.1:{port}/"], cwd=str(work)) for _ in range(2)]
    ran = box.run_with(server, clients, Profile(wall_seconds=60))
    assert [client.stdout for client in ran.clients] == [b"200\n", b"200\n"]
    assert len(pool.identifiers) == 1


@pytest.fixture
def house_stores(tmp_path: Path) -> Stores:
    from shared.stores.embedded import open_embedded

    return open_embedded(tmp_path / "stores", utc_now)
