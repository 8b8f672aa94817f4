"""What a gate is, what it is given and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from shared.model import IR, Finding, Verdict
from shared.model import Outcome as Result
from shared.runner import Environments, Profile, Sandbox

if TYPE_CHECKING:
    from shared.gates.bench import Bench

Scope = Literal["component", "project"]
TestResult = Literal["passed", "failed", "skipped"]
TOOLS_LOCK = Path(__file__).with_name("requirements.txt")


class SandboxFactory(Protocol):
    """Opens a sandbox over a work folder; `LocalSandbox` is one."""

    def __call__(self, work_dir: Path, readable: Sequence[Path] = (), /) -> Sandbox:
        """A sandbox that writes to `work_dir` alone and sees `readable`."""
        ...


@dataclass(frozen=True)
class GateContext:
    """What every gate of a run shares.

    Scratch copies are made below `work_root`; `cache_root` holds what only trusted steps write. In scope `component` the
    tree is one agent's part, so gates judge only what such a part can answer for.
    """

    ir: IR
    open_sandbox: SandboxFactory
    environments: Environments
    work_root: Path
    cache_root: Path
    gates_lock: Path = TOOLS_LOCK
    scope: Scope = "project"
    profile: Profile = field(default_factory=Profile)
    pristine: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """A gate's raw answer. Without `outcome` the findings decide: none is a pass, only minor ones a warning, else a failure."""

    findings: list[Finding] = field(default_factory=list)
    metrics: dict[str, float | int | str | None] = field(default_factory=dict)
    tests: dict[str, TestResult] = field(default_factory=dict)
    report: bytes = b""
    outcome: Result | None = None
    reason: str = ""


@dataclass(frozen=True)
class Gate:
    """A registered gate. `tools` come from the gates' lock, `app_tools` from the lock of the app itself."""

    name: str
    title: str
    judge: Callable[[Bench], Judgement]
    required: bool = True
    heavy: bool = False
    scopes: tuple[Scope, ...] = ("project",)
    tools: tuple[str, ...] = ()
    app_tools: tuple[str, ...] = ()


class GateRun(NamedTuple):
    """A verdict and the raw report behind it (UTF-8 text or JSON, at most a few megabytes)."""

    verdict: Verdict
    report: bytes


class MissingToolError(Exception):
    """A tool that a gate cannot do without is not there; the gate answers `error`."""
