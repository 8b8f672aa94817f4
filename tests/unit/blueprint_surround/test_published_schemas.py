"""Compose files, workflows and update rules, generated and our own, held against the schemas that are published for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from surround import IRS, ROOT, files_of

CHECKER = Path(sys.executable).parent / "check-jsonschema"
GENERATED = {"compose-spec": "compose.yaml", "github-workflows": ".github/workflows/ci.yml", "dependabot": ".github/dependabot.yml"}
FAULTS = {
    "compose-spec": ("restart: unless-stopped", "restarts: unless-stopped"),
    "github-workflows": ("runs-on:", "run-on:"),
    "dependabot": ("interval: ", "intervall: "),
}


def checked(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    command = [str(CHECKER), "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def generated(name: str, folder: Path) -> list[Path]:
    """The file of every app that the tests know, for both databases."""
    made = []
    for key, brief in IRS.items():
        for database in ("sqlite", "postgresql"):
            place = folder / f"{key}-{database}.yml"
            place.write_text(
                files_of("devops", brief.model_copy(update={"stack": brief.stack.model_copy(update={"database": database})}))[name]
            )
            made.append(place)
    return made


@pytest.mark.parametrize("schema", GENERATED)
def test_what_is_generated_fits_its_published_schema(tmp_path: Path, schema: str) -> None:
    files = generated(GENERATED[schema], tmp_path)
    assert len(files) >= 6
    done = checked(schema, *files)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("schema", GENERATED)
def test_a_planted_fault_does_not_fit(tmp_path: Path, schema: str) -> None:
    old, new = FAULTS[schema]
    file = generated(GENERATED[schema], tmp_path)[1]
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    done = checked(schema, file)
    assert done.returncode == 1, done.stdout + done.stderr


@pytest.mark.parametrize(("schema", "pattern"), [("github-workflows", "workflows/*.yml"), ("dependabot", "dependabot.yml")])
def test_our_own_fit_too(schema: str, pattern: str) -> None:
    files = sorted((ROOT / ".github").glob(pattern))
    assert files
    done = checked(schema, *files)
    assert done.returncode == 0, done.stdout + done.stderr
