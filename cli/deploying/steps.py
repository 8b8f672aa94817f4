"""What a deployment does, one call of a tool after another; a dry run shows the same list and calls none."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cli.output import Output
from shared.model import ConfigError

LONGEST = 1800
"""Seconds that one step may take: images are built in it."""
_INSTALL = {
    "docker": "Docker with its compose plugin",
    "kubectl": "kubectl, with a context for the cluster",
    "az": "the Azure CLI, signed in with `az login`",
}


@dataclass(frozen=True)
class Step:
    """One call. `stdin` may hold secrets: it is handed over in a pipe, and shown nowhere."""

    argv: Sequence[str]
    why: str
    stdin: bytes | None = field(default=None, repr=False)

    def shown(self) -> str:
        """As a line that a shell would take, with what comes by pipe named."""
        return shlex.join(self.argv) + ("  # reads its input from a pipe" if self.stdin is not None else "")


def require(steps: Sequence[Step]) -> None:
    """Raise ConfigError QLF8070 for a tool that is not there, before anything has happened."""
    for tool in dict.fromkeys(step.argv[0] for step in steps):
        if shutil.which(tool) is None:
            raise ConfigError("QLF8070", f"{tool} is not on the PATH: install {_INSTALL[tool]}")


def perform(steps: Sequence[Step], folder: Path, output: Output) -> None:
    """Run the steps in `folder`, their output as talk. Raises ConfigError QLF8071 at the first that fails."""
    for number, step in enumerate(steps, 1):
        output.say(f"[{number}/{len(steps)}] {step.why}")
        try:
            done = subprocess.run(
                list(step.argv),
                cwd=folder,
                input=step.stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=LONGEST,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ConfigError("QLF8071", f"{step.shown()}: no end after {LONGEST} seconds") from error
        text = done.stdout.decode(errors="replace").strip()
        for line in text.splitlines():
            output.say(f"      {line}")
        if done.returncode:
            raise ConfigError("QLF8071", f"{step.shown()}: exit code {done.returncode}")
