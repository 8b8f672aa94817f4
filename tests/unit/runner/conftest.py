"""A sandbox over a fresh folder, on either adapter, and programs to put into it."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from session_pool import Identity, Pool, session_pool

from shared.runner import Command, LocalSandbox, Outcome, Profile, Sandbox
from shared.runner.sessions import SessionPool, SessionSandbox

PYTHON = os.path.realpath(sys.executable)
Run = Callable[..., Outcome]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    with session_pool(tmp_path / "pool") as made:
        yield made


@pytest.fixture
def sessions(pool: Pool) -> SessionPool:
    """The adapter's side of the pool."""
    return SessionPool(pool.url, Identity(), patience=2.0, insecure=True)


@pytest.fixture(params=["local", "session"])
def sandbox(request: pytest.FixtureRequest, work: Path) -> Sandbox:
    """The port, on both adapters."""
    if request.param == "local":
        return LocalSandbox(work)
    return SessionSandbox(request.getfixturevalue("sessions"), work)


@pytest.fixture
def run(work: Path, sandbox: Sandbox) -> Run:
    """Run Python source in a sandbox: `run(source, env={}, stdin=None, **limits)`."""

    def run(source: str, *, env: dict[str, str] | None = None, stdin: bytes | None = None, **limits: object) -> Outcome:
        command = Command(argv=[PYTHON, "-c", textwrap.dedent(source)], cwd=str(work), env=env or {}, stdin=stdin)
        return sandbox.run(command, Profile.model_validate({"wall_seconds": 30, **limits}))

    return run
