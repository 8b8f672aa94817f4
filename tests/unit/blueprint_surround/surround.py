"""What the tests of this folder share: the IRs of the agents' tests, the agents, and a folder with their files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from shared.agents import devops, documentation, testing
from shared.model import IR, AgentRequest, AgentResult, Component, Contract

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "unit" / "agents"))

from irs import all_irs, entity, f, grant, ir  # noqa: E402

__all__ = ["AGENTS", "IRS", "ROOT", "entity", "f", "files_of", "grant", "ir", "made", "ran", "written"]

IRS: dict[str, IR] = all_irs()
AGENTS: dict[str, Callable[[AgentRequest], AgentResult]] = {
    "test": testing.generate,
    "devops": devops.generate,
    "documentation": documentation.generate,
}


def made(component: str, brief: IR, agent: Callable[[AgentRequest], AgentResult] | None = None) -> AgentResult:
    """The result of an agent for an IR."""
    part = Component.model_validate({"name": component, "agent": component}).name
    return (agent or AGENTS[component])(AgentRequest(component=part, ir=brief, contract=Contract(openapi={})))


def files_of(component: str, brief: IR) -> dict[str, str]:
    """Path -> content of what an agent makes."""
    return {file.path: file.content for file in made(component, brief).files}


def written(folder: Path, results: Iterable[AgentResult]) -> Path:
    """Every file of the results below `folder`."""
    for file in (file for result in results for file in result.files):
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content.encode())
        target.chmod(int(file.mode, 8))
    return folder


def ran(folder: Path, *command: str | Path, timeout: float = 280, **environment: str) -> str:
    """The output of a command that succeeds in `folder`, without this process's own Python settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST", "COV", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    return done.stdout
