"""What a deployment does, one call of a tool after another; a dry run shows the same list and calls none."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cli.output import Output
from shared.model import ConfigError

LONGEST = 1800
"""Seconds that one step may take: images are built in it."""
_PAUSES = (1, 2, 4, 8)
"""Seconds between two looks at what takes its time; the last one is repeated."""
_INSTALL = {
    "docker": "Docker with its compose plugin",
    "kubectl": "kubectl, with a context for the cluster",
    "az": "the Azure CLI, signed in with `az login`",
}

Kept = Mapping[str, str]
"""What earlier steps printed, by the name under which they keep it."""


@dataclass(frozen=True)
class Step:
    """One call.

    `stdin` may make secrets: they are handed over in a pipe, and shown nowhere. With `keep`, later steps know what this one printed:
    a word of theirs that is `$NAME` stands for it. With `until`, the call is repeated until it prints that word, and one of `never` is
    a failure.
    """

    argv: Sequence[str]
    why: str
    stdin: Callable[[Kept], bytes] | None = field(default=None, repr=False)
    keep: str = ""
    until: str = ""
    never: tuple[str, ...] = ()

    def shown(self) -> str:
        """As a line that a shell would take, with what comes by pipe named."""
        line = re.sub(r"'(\$[A-Z]+)'", r'"\1"', shlex.join(self.argv))
        if self.keep:
            line = f"{self.keep}=$({line})"
        if self.until:
            line += f"  # again until it says {self.until}"
        return f"{line}  # reads its input from a pipe" if self.stdin is not None else line


def require(steps: Sequence[Step]) -> None:
    """Raise ConfigError QLF8070 for a tool that is not there, before anything has happened."""
    for tool in dict.fromkeys(step.argv[0] for step in steps):
        if shutil.which(tool) is None:
            raise ConfigError("QLF8070", f"{tool} is not on the PATH: install {_INSTALL[tool]}")


def perform(steps: Sequence[Step], folder: Path, output: Output) -> None:
    """Run the steps in `folder`, their output as talk. Raises ConfigError QLF8071 at the first that fails."""
    kept: dict[str, str] = {}
    for number, step in enumerate(steps, 1):
        output.say(f"[{number}/{len(steps)}] {step.why}")
        printed = _until(step, kept, folder, output) if step.until else _call(step, kept, folder, output)
        if step.keep:
            if not printed:
                raise ConfigError("QLF8071", f"{step.shown()}: it printed nothing")
            kept[step.keep] = printed


def _until(step: Step, kept: Kept, folder: Path, output: Output) -> str:
    """Call it again and again; bounded by LONGEST."""
    end, looks = time.monotonic() + LONGEST, 0
    while (said := _call(step, kept, folder, output)) != step.until:
        if said in step.never:
            raise ConfigError("QLF8071", f"{step.shown()}: it says {said}")
        if time.monotonic() > end:
            raise _too_long(step)
        time.sleep(_PAUSES[min(looks, len(_PAUSES) - 1)])
        looks += 1
    return said


def _call(step: Step, kept: Kept, folder: Path, output: Output) -> str:
    """What it printed on stdout; stdout and stderr become talk."""
    argv = [kept.get(word[1:], word) if word.startswith("$") else word for word in step.argv]
    given = step.stdin(kept) if step.stdin is not None else b""  # nobody is here to answer a question
    errors = subprocess.PIPE if step.keep or step.until else subprocess.STDOUT
    try:
        done = subprocess.run(argv, cwd=folder, input=given, stdout=subprocess.PIPE, stderr=errors, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired as error:
        raise _too_long(step) from error
    printed = done.stdout.decode(errors="replace").strip()
    for line in [*(done.stderr or b"").decode(errors="replace").splitlines(), *printed.splitlines()]:
        output.say(f"      {line}")
    if done.returncode:
        raise ConfigError("QLF8071", f"{step.shown()}: exit code {done.returncode}")
    return printed


def _too_long(step: Step) -> ConfigError:
    return ConfigError("QLF8071", f"{step.shown()}: no end after {LONGEST} seconds")
