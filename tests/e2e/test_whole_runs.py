"""Whole verified runs through the command line: golden digest, two homes, speed of memory, and a stranger's checks of the app."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".qlf-home" / "test-cache"
GOLDEN = Path(__file__).with_name("golden_capsule.txt")
BRIEF = "Create a REST API for a notice board: a notice has a title, a text and a state (draft, posted). Editors manage notices."


def qlf(home: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    """One call of the command line; its result line."""
    env = {**os.environ, "QLF_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "cli", *arguments, "--json"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == code, done.stdout[-2000:] + done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def new_home(folder: Path) -> Path:
    """An empty data folder with the environments that other tests keep."""
    folder.mkdir(mode=0o700)
    for cache in ("envs", "gate-cache"):
        (KEPT / cache).mkdir(parents=True, exist_ok=True)
        (folder / cache).symlink_to(KEPT / cache)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """One whole run: its home and its result."""
    folder = tmp_path_factory.mktemp("whole")
    home = new_home(folder / "home")
    return home, qlf(home, "generate", BRIEF, "--output", str(folder / "app"))


@pytest.mark.slow
def test_another_home_and_another_folder_give_the_golden_capsule(made: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    first = made[1]
    other = qlf(new_home(tmp_path / "home"), "generate", BRIEF, "--output", str(tmp_path / "elsewhere" / "two"))
    assert first["capsule"]["digest"] == other["capsule"]["digest"] == GOLDEN.read_text().strip()
    assert Path(first["paths"]["capsule"]).read_bytes() == Path(other["paths"]["capsule"]).read_bytes()


@pytest.mark.slow
def test_what_is_handed_over_verifies_and_extracts(made: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    home, result = made
    capsule = result["paths"]["capsule"]
    assert qlf(home, "verify", capsule)["digest"] == result["capsule"]["digest"]
    qlf(home, "extract", capsule, str(tmp_path / "out"))
    assert (tmp_path / "out" / "manifest.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["ruff check .", "ruff format --check .", "python -m mypy", "python -m pytest -q"])
def test_the_app_passes_a_strangers_checks(made: tuple[Path, dict[str, Any]], command: str) -> None:
    app = made[1]["paths"]["output"]
    tools = next(
        place / "bin" for place in (KEPT / "envs").iterdir() if all((place / "bin" / name).exists() for name in ("alembic", "ruff"))
    )
    program, *arguments = command.split()
    done = subprocess.run(
        [str(tools / program), *arguments], cwd=app, env={**os.environ, "PYTHONPATH": "src"}, capture_output=True, text=True, check=False,
        timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.slow
def test_a_changed_byte_in_what_was_handed_over_is_exit_code_6(made: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    home, result = made
    copy = Path(shutil.copytree(Path(result["paths"]["capsule"]).parent, tmp_path / "dist")) / Path(result["paths"]["capsule"]).name
    data = bytearray(copy.read_bytes())
    data[len(data) // 2] ^= 1
    copy.write_bytes(bytes(data))
    assert qlf(home, "verify", str(copy), code=6)["exit_code"] == 6


@pytest.mark.slow
def test_an_identical_second_run_runs_no_gate_again(made: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    home, result = made
    again = qlf(home, "generate", BRIEF, "--output", str(tmp_path / "again"))
    assert again["capsule"]["digest"] == result["capsule"]["digest"]
    assert [row["gate"] for row in again["gates"] if not row["cached"]] == []
