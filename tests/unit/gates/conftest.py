"""A small real project, and the gates around it. Environments are kept between test runs, as a user's home keeps them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.gates import GateContext, run_gate
from shared.model import IR, Verdict
from shared.runner import Environments, LocalSandbox

ROOT = Path(__file__).parents[3]
SAMPLE = Path(__file__).with_name("sample")
LOCKS = ROOT / "blueprints" / "fastapi" / "locks"
collect_ignore = ["sample"]
KEPT = ROOT / ".qlf-home" / "test-cache"
Judge = Callable[..., Verdict]


@pytest.fixture(scope="session")
def environments() -> Environments:
    return Environments(KEPT / "envs", os.environ)


@pytest.fixture(scope="session")
def pristine(environments: Environments, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with the blueprint's locks and the OpenAPI document that these versions make of it."""
    tree = tmp_path_factory.mktemp("pristine") / "tree"
    shutil.copytree(SAMPLE, tree, ignore=shutil.ignore_patterns("__pycache__"))
    for lock in ("requirements.txt", "requirements-dev.txt"):
        shutil.copyfile(LOCKS / lock, tree / lock)
    python = environments.ensure((tree / "requirements-dev.txt").read_text(encoding="utf-8")) / "bin" / "python"
    source = "import json; from sample.main import create_app; print(json.dumps(create_app().openapi()))"
    env = {"PYTHONPATH": str(tree / "src"), "DATABASE_URL": "sqlite://", "PYTHONDONTWRITEBYTECODE": "1"}
    document = subprocess.run([str(python), "-c", source], env=env, capture_output=True, check=True).stdout
    (tree / "openapi.json").write_bytes(document)
    return tree


@pytest.fixture
def tree(pristine: Path, tmp_path: Path) -> Path:
    """A copy to plant faults in."""
    return Path(shutil.copytree(pristine, tmp_path / "tree"))


@pytest.fixture
def context(environments: Environments, tmp_path: Path) -> GateContext:
    return GateContext(
        ir=IR(name="Notes", slug="notes", summary="A service that keeps notes"), open_sandbox=LocalSandbox, environments=environments,
        work_root=tmp_path / "work", cache_root=KEPT / "cache",
    )  # fmt: skip


@pytest.fixture
def judge(context: GateContext) -> Judge:
    """`judge(gate, tree)`: the verdict."""

    def judge(gate: str, tree: Path, **changes: object) -> Verdict:
        from dataclasses import replace

        return run_gate(gate, tree, replace(context, **changes)).verdict  # type: ignore[arg-type]

    return judge


def plant(path: Path, old: str, new: str) -> None:
    """Change one place of a file; it must be there."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(name="plant")
def plant_fixture() -> Callable[[Path, str, str], None]:
    return plant
