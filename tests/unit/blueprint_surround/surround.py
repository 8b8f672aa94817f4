"""What the tests of this folder share: the IRs of the agents' tests, the agents, and a folder with their files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from shared.agents import build_contract, generate
from shared.model import IR, AgentRequest, AgentResult, ComponentName

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "unit" / "agents"))

from irs import all_irs, entity, f, grant, ir  # noqa: E402

__all__ = ["IRS", "ROOT", "SURROUND", "application", "entity", "f", "files_of", "grant", "ir", "made", "ran", "written"]

IRS: dict[str, IR] = all_irs()
SURROUND: tuple[ComponentName, ...] = ("test", "devops", "documentation")
WHOLE: tuple[ComponentName, ...] = ("backend", "database", "api", *SURROUND)


def made(component: ComponentName, brief: IR) -> AgentResult:
    """The result of a component's agent for an IR."""
    return generate(AgentRequest(component=component, ir=brief, contract=build_contract(brief)))


def application(folder: Path, brief: IR) -> Path:
    """A whole application below `folder`."""
    return written(folder, [made(component, brief) for component in WHOLE])


def files_of(component: ComponentName, brief: IR) -> dict[str, str]:
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
