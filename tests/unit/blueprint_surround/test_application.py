"""Whole applications: generated, installed from their locks, and held to everything that they promise."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from surround import IRS, ROOT, application, made, ran

pytestmark = pytest.mark.slow

UV = Path(sys.executable).parent / "uv"
LOCK = ROOT / "blueprints" / "fastapi" / "locks" / "requirements-dev.txt"


def environment(place: Path, lock: Path) -> Path:
    """An interpreter with the packages of a lock and nothing else."""
    ran(place, sys.executable, "-m", "venv", "--without-pip", "env")
    python = place / "env" / "bin" / "python"
    ran(place, UV, "pip", "sync", "--quiet", "--require-hashes", "--only-binary", ":all:", "--python", python, lock)
    return python


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an application is developed with."""
    return environment(tmp_path_factory.mktemp("development"), LOCK)


@pytest.fixture(scope="module")
def gates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the factory judges with."""
    return environment(tmp_path_factory.mktemp("gates"), ROOT / "shared" / "gates" / "requirements.txt")


@pytest.fixture(scope="module", params=IRS)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated application."""
    return application(tmp_path_factory.mktemp(request.param), IRS[request.param])


def test_linter_formatter_and_type_checker_find_nothing(app: Path, python: Path) -> None:
    tools = python.parent
    ran(app, tools / "ruff", "check", "--no-cache", ".")
    ran(app, tools / "ruff", "format", "--check", "--no-cache", ".")
    ran(app, tools / "mypy")


def test_security_linter_finds_nothing(app: Path, gates: Path) -> None:
    ran(app, gates, "-m", "bandit", "--quiet", "--recursive", "src", "migrations")


def test_own_tests_pass_and_cover_the_package(app: Path, python: Path) -> None:
    output = ran(app, python, "-m", "pytest", "-q", "--cov", "-p", "no:cacheprovider")
    assert re.search(r"\d+ passed", output)
    assert not re.search(r"\d+ (failed|error|skipped|warning)", output)
    assert "Required test coverage of 95" in output


def test_cited_test_ids_are_collected(python: Path, app: Path, request: pytest.FixtureRequest) -> None:
    brief = IRS[request.node.callspec.params["app"]]
    collected = set(ran(app, python, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider").split("\n"))
    cited = {test for trace in made("test", brief).traces for test in trace.tests}
    assert cited <= collected, sorted(cited - collected)[:10]


def first_stage(app: Path, context: Path) -> list[str]:
    """What the Dockerfile's first stage has: the files that it copies, in `context`. Answers the command that it runs on them."""
    stage = (app / "Dockerfile").read_text().split("\nFROM ")[1]
    for line in re.findall(r"^COPY (.+)$", stage, re.M):
        *sources, place = line.split()
        for source in sources:
            target = context / place / (source if place == "./" else "")
            (shutil.copytree if (app / source).is_dir() else shutil.copy)(app / source, target)
    (command,) = re.findall(r"^RUN (.+)$", stage, re.M)
    return str(command).split()


def test_build_script_makes_what_runs_out_of_what_the_image_copies(app: Path, tmp_path: Path) -> None:
    target, context = tmp_path / "a target", tmp_path / "context"
    context.mkdir()
    shell, script, place = first_stage(app, context)
    assert (shell, script, place) == ("sh", "build.sh", "/opt/service")
    ran(context, shell, script, target, PYTHON=sys.executable)
    python = target / "venv" / "bin" / "python"
    assert not list((target / "app").rglob("test_*.py"))
    assert list((target / "app" / "src").rglob("*.pyc"))
    ran(target / "app", python, "-m", "alembic", "upgrade", "head", DATABASE_URL=f"sqlite:///{tmp_path / 'made.db'}")
    assert (tmp_path / "made.db").stat().st_size > 0
    package = next(p.name for p in (target / "app" / "src").iterdir() if p.is_dir())
    environment = {"ENVIRONMENT": "production", "PYTHONPATH": str(target / "app" / "src")}
    start = [python, "-c", f"from {package}.main import create_app; create_app()"]
    refused = subprocess.run(start, cwd=target / "app", env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "SECRET_KEY must be set" in refused.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A fresh copy of one application, as a stranger gets it."""
    return application(tmp_path / "project", IRS["helpdesk"])


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    return number


def test_three_commands_of_the_readme_install_prove_and_start_it(copy: Path, port: int) -> None:
    block = re.search(r"```sh\n(.*?)```", (copy / "README.md").read_text(), re.S)
    assert block is not None
    install, prove, start = block.group(1).strip().split("\n")
    bin_folder = copy.parent / "bin"
    bin_folder.mkdir()
    (bin_folder / "python3").symlink_to(sys.executable)
    path = f"{bin_folder}:/usr/bin:/bin"
    ran(copy, "sh", "-c", install, PATH=path)
    assert " passed" in ran(copy, "sh", "-c", prove, PATH=path)
    with (copy.parent / "log").open("w") as log:
        server = subprocess.Popen(
            ["sh", "-c", start.replace("&& ", "&& exec ")], cwd=copy, env={"PATH": path, "UVICORN_PORT": str(port)}, stdout=log, stderr=log
        )
    try:
        assert answered(f"http://127.0.0.1:{port}/readyz", server), (copy.parent / "log").read_text()
    finally:
        server.terminate()
        server.wait(20)
    shutil.rmtree(copy)


def answered(url: str, server: subprocess.Popen[bytes]) -> bool:
    """True when the server says that it is ready, within a minute."""
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False
