"""Whatever an IR calls things: the code compiles, is clean and formatted, and the same IR gives the same bytes."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from shared.agents import build_contract, generate
from shared.model import IR, AgentRequest, ComponentName, GeneratedFile
from tests.unit.agents import irs, random_irs

RULES = "E,W,F,I,B,C4,UP,ARG,T20,S"
PROJECT = (
    '[tool.ruff]\nline-length = 120\ntarget-version = "py311"\n\n[tool.ruff.lint]\nselect = ["'
    + '", "'.join(RULES.split(","))
    + '"]\n'
    + '[tool.ruff.lint.isort]\nknown-local-folder = ["tests"]\n\n'
    + '[tool.ruff.lint.per-file-ignores]\n"**/tests/**" = ["S101", "S105", "S106", "S311"]\n'
)


def application(ir: IR) -> list[GeneratedFile]:
    """The Python of an application, its tests included, and its description."""
    contract = build_contract(ir)
    parts: tuple[ComponentName, ...] = ("backend", "database", "api", "test")
    return [f for part in parts for f in generate(AgentRequest(component=part, ir=ir, contract=contract)).files]


def write(files: list[GeneratedFile], folder: Path) -> None:
    """Write a tree with the project settings of a generated app."""
    for file in [*files, GeneratedFile(path="pyproject.toml", content=PROJECT)]:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.content, encoding="utf-8", newline="\n")


def ruff(*arguments: str | Path) -> str:
    """What ruff says about some folders; nothing when all is well."""
    command = [sys.executable, "-m", "ruff", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@settings(max_examples=40, suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink], derandomize=True)
@given(random_irs.irs())
def test_every_module_compiles_and_every_path_is_plain(ir: IR) -> None:
    files = application(ir)
    assert len({f.path.lower() for f in files}) == len(files)
    for file in files:
        assert file.content.endswith("\n") or not file.content
        assert "\r" not in file.content
        assert file.content.isascii()
        if file.path.endswith(".py"):
            ast.parse(file.content, file.path)


def random_trees(folder: Path, count: int) -> None:
    """Many random applications below `folder`, always the same ones."""
    made = 0

    @settings(max_examples=count, suppress_health_check=list(HealthCheck), phases=[Phase.generate], derandomize=True, database=None)
    @given(random_irs.irs())
    def fill(ir: IR) -> None:
        nonlocal made
        made += 1
        write(application(ir), folder / f"app{made}")

    fill()


def test_random_applications_are_clean_and_formatted(tmp_path: Path) -> None:
    random_trees(tmp_path, 12)
    assert ruff("check", "--no-cache", "--output-format", "concise", tmp_path) == ""
    assert ruff("format", "--no-cache", "--diff", tmp_path) == ""


@pytest.mark.slow
def test_many_random_applications_are_clean_and_formatted(tmp_path: Path) -> None:
    random_trees(tmp_path, 80)
    assert ruff("check", "--no-cache", "--output-format", "concise", tmp_path) == ""
    assert ruff("format", "--no-cache", "--diff", tmp_path) == ""


def test_known_applications_are_clean_and_formatted(tmp_path: Path) -> None:
    for name, ir in irs.all_irs().items():
        write(application(ir), tmp_path / name)
    assert ruff("check", "--no-cache", "--output-format", "concise", tmp_path) == ""
    assert ruff("format", "--no-cache", "--diff", tmp_path) == ""


@pytest.mark.parametrize("name", irs.all_irs())
def test_the_same_ir_gives_the_same_bytes(name: str) -> None:
    first = application(irs.all_irs()[name])
    again = application(IR.model_validate(irs.all_irs()[name].to_json()))
    assert first == again


@pytest.mark.parametrize("seed", ["0", "1", str(random.Random(7).randrange(2**31))])
def test_the_hash_seed_changes_nothing(seed: str, tmp_path: Path) -> None:
    script = (
        "from tests.unit.agents import irs; from tests.unit.agents.test_any_ir import application; from shared.model import sha256;"
        "print(sha256(repr(application(irs.nasty())).encode()))"
    )
    root = Path(__file__).resolve().parents[3]
    environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(root), "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], cwd=root, env=environment, capture_output=True, text=True, check=True)
    from shared.model import sha256

    assert done.stdout.strip() == sha256(repr(application(irs.nasty())).encode())
