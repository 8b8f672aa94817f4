"""A sandbox over a fresh folder, and programs to put into it."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.runner import Command, LocalSandbox, Outcome, Profile

PYTHON = os.path.realpath(sys.executable)
Run = Callable[..., Outcome]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def run(work: Path) -> Run:
    """Run Python source in a sandbox: `run(source, env={}, stdin=None, **limits)`."""
    sandbox = LocalSandbox(work)

    def run(source: str, *, env: dict[str, str] | None = None, stdin: bytes | None = None, **limits: object) -> Outcome:
        command = Command(argv=[PYTHON, "-c", textwrap.dedent(source)], cwd=str(work), env=env or {}, stdin=stdin)
        return sandbox.run(command, Profile.model_validate({"wall_seconds": 30, **limits}))

    return run
