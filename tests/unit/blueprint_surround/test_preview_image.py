"""The platform's image of a preview without a container engine: each line of its Dockerfile is done on a generated application."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from surround import IRS, ROOT, application, ran
from test_application import answered

from shared.capsule import SourceFile
from shared.model import Preview
from shared.preview.azure import Place
from shared.preview.azure.envelope import PASSWORD, PORT, SECRET, envelope
from shared.preview.azure.images import DOCKERFILE, build_context
from shared.preview.azure.place import Resource
from shared.preview.launch import SCRIPT, package_of

GROUP = "/subscriptions/s/resourceGroups/g/providers"
MAKES_THE_USER = re.compile(r"groupadd .* useradd .* install --directory --owner 10001 --group 10001 (/\S+)$")


@dataclass
class Image:
    """What a Dockerfile makes of a context. Paths of the image lie below `root`, for both stages: an environment cannot be moved."""

    root: Path
    context: Path
    arguments: dict[str, str]
    python: Path
    folder: str = "/"
    environment: dict[str, str] = field(default_factory=dict)
    health: list[str] = field(default_factory=list)
    start: list[str] = field(default_factory=list)

    def place(self, text: str) -> str:
        """The text with each path of the image below the root."""
        return re.sub(r"(?<![\w.$}])/(?=(?:opt|app|build|data)\b)", f"{self.root}/", text)

    def read(self, dockerfile: str) -> None:
        """Do every instruction in turn; one that this reader does not know is a failure."""
        for line in re.sub(r"\\\n\s*", "", dockerfile).splitlines():
            if line and not line.startswith("#"):
                word, _, rest = line.partition(" ")
                getattr(self, f"do_{word.lower()}")(rest.strip())

    def do_from(self, rest: str) -> None:
        assert rest in ("python:3.13-slim AS build", "python:3.13-slim")
        self.folder, self.environment = "/", {"PATH": f"{self.python}:/usr/bin:/bin"}

    def do_workdir(self, rest: str) -> None:
        self.folder = rest
        Path(self.place(rest)).mkdir(parents=True, exist_ok=True)

    def do_copy(self, rest: str) -> None:
        *sources, place = rest.split()
        if sources[0] == "--from=build":
            assert Path(self.place(place)).is_dir()
            assert sources[1] == place
            return
        target = Path(self.place(place if place.startswith("/") else self.folder))
        for source in sources:
            found = self.context / source
            shutil.copytree(found, target, dirs_exist_ok=True) if found.is_dir() else shutil.copy(found, target)

    def do_run(self, rest: str) -> None:
        if made := MAKES_THE_USER.match(rest):
            Path(self.place(made[1])).mkdir()
            return
        ran(Path(self.place(self.folder)), *self.place(rest).split(), **self.environment)

    def do_arg(self, rest: str) -> None:
        self.arguments = {rest: self.arguments[rest]}

    def do_env(self, rest: str) -> None:
        known = self.environment | self.arguments
        for part in rest.split():
            name, _, value = part.partition("=")
            self.environment[name] = re.sub(r"\$\{?(\w+)\}?", lambda m: known[m[1]], self.place(value))

    def do_user(self, rest: str) -> None:
        assert rest == "10001:10001"

    def do_expose(self, rest: str) -> None:
        assert rest == str(PORT)

    def do_healthcheck(self, rest: str) -> None:
        self.health = json.loads(rest.partition("CMD ")[2])

    def do_cmd(self, rest: str) -> None:
        self.start = json.loads(rest)


def variables() -> dict[str, str]:
    """What the Container App hands to the app, its secrets among them."""
    place = Place(Resource.of(f"{GROUP}/a/b/c"), Resource.of(f"{GROUP}/a/b/c"), "reg", f"{GROUP}/a/b/c", "x")
    preview = Preview(id="prv_1", run_id="run_1", capsule_id="cap_1", created_at="2026", expires_at="2026")
    secrets = {SECRET: "s" * 48, PASSWORD: "a long password"}
    container = envelope(place, preview, "image", f"sha256:{'0' * 64}", secrets).properties.template.containers[0]
    return {variable.name: variable.value or secrets[variable.secret_ref] for variable in container.env}


@pytest.fixture(scope="module", params=["helpdesk"])
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image of a generated application, from the context that is sent to the registry."""
    place = tmp_path_factory.mktemp("image")
    app = application(place / "capsule", IRS[request.param])
    files = {path.relative_to(app).as_posix(): SourceFile(path.read_bytes()) for path in app.rglob("*") if path.is_file()}
    with tarfile.open(fileobj=io.BytesIO(build_context(files))) as archive:
        archive.extractall(place / "context", filter="data")
    (place / "bin").mkdir()
    (place / "bin" / "python").symlink_to(sys.executable)
    made = Image(place / "root", place / "context", {"PACKAGE": package_of(files)}, place / "bin")
    made.read((place / "context" / DOCKERFILE).read_text())
    return made


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    return number


@pytest.fixture
def server(image: Image, port: int, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The app as the image starts it, on a port that is free here."""
    environment = {name: image.place(value) for name, value in variables().items()}
    command = [word.replace(str(PORT), str(port)) for word in image.start]
    with (tmp_path / "log").open("wb") as log:
        app = subprocess.Popen(command, cwd=image.place(image.folder), env=image.environment | environment, stdout=log, stderr=log)
    yield app
    app.terminate()
    app.wait(20)


@pytest.mark.slow
def test_the_image_migrates_and_serves_a_generated_app(image: Image, server: subprocess.Popen[bytes], port: int, tmp_path: Path) -> None:
    assert answered(f"http://127.0.0.1:{port}/readyz", server), (tmp_path / "log").read_text()
    assert Path(image.place("/data/app.db")).stat().st_size > 0
    health = [word.replace(str(PORT), str(port)) for word in image.health]
    assert subprocess.run(health, env=image.environment, timeout=60, check=False).returncode == 0
    assert Path(shutil.which("python", path=image.environment["PATH"]) or "").is_relative_to(image.root / "opt" / "venv")
    server.terminate()
    server.wait(20)
    assert subprocess.run(health, env=image.environment, timeout=60, check=False, capture_output=True).returncode != 0


@pytest.mark.slow
def test_the_image_holds_no_package_that_the_lock_does_not_name(image: Image) -> None:
    lock = set(re.findall(r"^([a-z0-9-]+)(?:\[.*\])?==", (image.context / "requirements.txt").read_text(), re.M))
    python = image.root / "opt" / "venv" / "bin" / "python"
    held = {
        str(entry["name"]).lower().replace("_", "-")
        for entry in json.loads(ran(image.root, python, "-m", "pip", "list", "--format", "json"))
    }
    assert held <= lock | {"pip", "setuptools"}


def started(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The script with a Python that prints what it is asked and fails where `FAILS` says."""
    python = folder / "python"
    python.write_text('#!/bin/sh\necho "$@"\ncase "$*" in $FAILS) exit 7 ;; esac\n')
    python.chmod(0o755)
    told = {"PATH": os.defpath, "FAILS": "", **environment}
    return subprocess.run(["sh", str(SCRIPT), *words], cwd=folder, env=told, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("fails", "code", "said"), [
    ("", 0, ["-m alembic upgrade head", "-m uvicorn shop.main:app --port 80"]),
    ("*alembic*", 3, ["-m alembic upgrade head"]), ("*uvicorn*", 7, ["-m alembic upgrade head", "-m uvicorn shop.main:app --port 80"]),
])  # fmt: skip
def test_the_script_starts_nothing_whose_migrations_failed(tmp_path: Path, fails: str, code: int, said: list[str]) -> None:
    (tmp_path / "alembic.ini").touch()
    done = started(tmp_path, "start", "./python", "--port", "80", PACKAGE="shop", FAILS=fails)
    assert (done.returncode, done.stdout.splitlines()) == (code, said)


def test_an_app_without_migrations_is_started_alone(tmp_path: Path) -> None:
    done = started(tmp_path, "start", "./python", PACKAGE="shop")
    assert (done.returncode, done.stdout) == (0, "-m uvicorn shop.main:app\n")


@pytest.mark.parametrize("words", [["start", "./python"], ["stop"], []])
def test_the_script_refuses_what_it_does_not_know(tmp_path: Path, words: list[str]) -> None:
    assert started(tmp_path, *words).returncode != 0


def test_the_registry_is_sent_the_script_that_starts_previews_here(tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(build_context({}))) as archive:
        archive.extractall(tmp_path, filter="data")
    assert (tmp_path / "platform.sh").read_bytes() == SCRIPT.read_bytes() == (ROOT / "shared" / "preview" / "app.sh").read_bytes()
