"""The image of the session pool, as far as it can be proved without building it: what it takes, what it brings, and how it starts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from shared.runner import Environments
from shared.runner.server import parser
from shared.runner.wire import PROGRAMS

ROOT = Path(__file__).resolve().parents[3]
PLACE = ROOT / "infra-bicep" / "runner"
TEXT = (PLACE / "Dockerfile").read_text()
LINES = [line for line in TEXT.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]


def instructions(word: str) -> list[str]:
    return [line.removeprefix(word).strip() for line in LINES if line.startswith(f"{word} ")]


def copied() -> dict[str, str]:
    """Source in the repository -> place in the image."""
    return dict(line.split() for line in instructions("COPY") if not line.startswith("--from"))  # type: ignore[misc]


def start() -> list[str]:
    found: list[str] = json.loads(instructions("CMD")[-1])
    return found


def test_it_takes_what_is_there_and_what_the_build_may_see() -> None:
    seen = [line.removeprefix("!") for line in (PLACE / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")]
    for source in copied():
        assert (ROOT / source).exists(), source
        assert any(source == path or source.startswith(f"{path}/") for path in seen), source


def test_it_brings_the_environment_of_every_lock() -> None:
    """The gates' own, and those that generated applications carry (tests of the agents hold them equal to the blueprints')."""
    locks = {"shared/gates/requirements.txt", *(path.relative_to(ROOT).as_posix() for path in ROOT.glob("blueprints/*/locks/*.txt"))}
    warmed = parser().parse_args(json.loads(next(line for line in instructions("RUN") if "--warm" in line))[3:]).warm
    assert {source for source, place in copied().items() if Path(place) in warmed} == locks


def test_it_serves_one_job_where_its_environments_lie() -> None:
    command = start()
    assert command[:3] == ["python", "-m", "shared.runner.server"]
    given = parser().parse_args(command[3:])
    warm = parser().parse_args(json.loads(next(line for line in instructions("RUN") if "--warm" in line))[3:])
    assert (given.host, given.port, given.once) == ("0.0.0.0", 8080, True)
    assert given.environments == warm.environments
    assert instructions("EXPOSE") == ["8080"]


def test_it_runs_as_a_user_without_rights_from_named_bases() -> None:
    assert instructions("USER") == ["10001:10001"]
    assert LINES.index("USER 10001:10001") > max(LINES.index(line) for line in LINES if line.startswith("RUN"))
    assert all(re.fullmatch(r"[a-z]+:[0-9][A-Za-z0-9.-]+( AS [a-z]+)?", base) for base in instructions("FROM"))
    assert not re.search(r"(?im)^(add|arg)\b|\b(secret|token|password)\b", "\n".join(LINES))


def test_its_lock_is_enough_and_only_hashed_wheels(tmp_path: Path) -> None:
    """The two packages that are copied, the lock's packages, and nothing else: the process starts and makes an environment."""
    python = Environments(tmp_path / "envs", os.environ).ensure((PLACE / "requirements.txt").read_text()) / "bin" / "python"
    for source, place in copied().items():
        if place.startswith("/opt/runner/app/"):
            shutil.copytree(ROOT / source, tmp_path / place.lstrip("/"), ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "lock.txt").write_text("# nothing\n")
    command = [str(python), "-m", "shared.runner.server", "--root", "jobs", "--environments", "made", "--warm", str(tmp_path / "lock.txt")]
    done = subprocess.run(command, cwd=tmp_path / "opt/runner/app", capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "opt/runner/app/made").glob("*/.qlf-complete"))) == 1


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """`link-tools.sh` over a tree as the base images leave it."""
    opt = tmp_path / "opt"
    tools = ("node/bin/node", "node/lib/node_modules/npm/bin/npm-cli.js", "go/bin/go", "java/bin/java", "maven/bin/mvn")
    for name in (*tools, "rust/1.91/bin/cargo", "rust/1.91/bin/rustc", "maven/conf/settings.xml"):
        (opt / name).parent.mkdir(parents=True, exist_ok=True)
        (opt / name).write_text("#!/bin/sh\necho $*\n")
        (opt / name).chmod(0o755)
    env = {"PATH": os.environ["PATH"], "PREFIX": str(tmp_path / "usr"), "OPT": str(opt), "CARGO_ROOT": str(tmp_path / ".cargo")}
    subprocess.run(["sh", str(PLACE / "link-tools.sh")], env=env, check=True)
    return tmp_path


def test_every_program_of_the_list_is_found_by_name(linked: Path) -> None:
    ours = {"python", "ruff", "mypy", "bandit", "detect-secrets", "st"}  # in environments
    for name in PROGRAMS - ours:
        env = {"PATH": os.defpath, "HOME": str(linked)}
        assert subprocess.run([str(linked / "usr" / "bin" / name)], env=env, check=False, capture_output=True).returncode == 0, name


def test_npm_reads_a_cache_that_it_may_not_write(linked: Path) -> None:
    """Each home gets an index of its own, once."""
    (linked / "opt/runner/cache/npm/_cacache/index-v5/aa").mkdir()
    env = {"PATH": os.defpath, "HOME": str(linked / "home")}
    for _ in range(2):
        said = subprocess.check_output([str(linked / "usr/bin/npm"), "ci"], env=env, text=True)
        assert said == f"{linked}/opt/node/lib/node_modules/npm/bin/npm-cli.js ci\n"
    mine = linked / "home/.npm/_cacache"
    assert (mine / "content-v2").resolve() == linked / "opt/runner/cache/npm/_cacache/content-v2"
    assert [path.name for path in (mine / "index-v5").iterdir()] == ["aa"]
    assert not (mine / "index-v5").is_symlink()


def test_every_toolchain_knows_that_there_is_no_network(linked: Path) -> None:
    cargo = tomllib.loads((linked / ".cargo" / "config.toml").read_text())
    assert cargo["net"] == {"offline": True}
    assert Path(cargo["source"][cargo["source"]["crates-io"]["replace-with"]]["directory"]).is_dir()
    maven = ElementTree.fromstring((linked / "opt/maven/conf/settings.xml").read_text())
    assert maven.findtext("localRepository") == str(linked / "opt/runner/cache/maven")
    assert subprocess.check_output([str(linked / "usr/bin/mvn"), "verify"], text=True) == "--offline verify\n"
    assert "offline=true" in (linked / "opt/node/lib/node_modules/npm/npmrc").read_text().splitlines()
    assert {"GOPROXY=off", "GOTOOLCHAIN=local"} <= set((linked / "opt/go/go.env").read_text().splitlines())


@pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed on this machine")
def test_cargo_reads_its_file(linked: Path) -> None:
    """The real cargo, below the folder that stands for the root."""
    (linked / "project" / "src").mkdir(parents=True)
    (linked / "project" / "src" / "main.rs").write_text("fn main() {}\n")
    (linked / "project" / "Cargo.toml").write_text(
        '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nserde = "1"\n'
    )
    done = subprocess.run(["cargo", "generate-lockfile"], cwd=linked / "project", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "opt/runner/cache/cargo" in done.stderr, done.stderr
