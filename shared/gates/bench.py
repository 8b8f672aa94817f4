"""A gate's work bench: its own copy of the tree, the environments, and a sandbox around both.

Every gate works on a copy, so that gates run at the same time and nothing that generated code writes reaches the tree.
"""

from __future__ import annotations

import functools
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from shared.gates import layout
from shared.gates.records import GateContext, MissingToolError
from shared.runner import Command, Outcome, Sandbox, Service, ServiceOutcome

_NOT_FOUND, _CANNOT_RUN = 127, 126
_REPORT_BYTES = 32 * 1024 * 1024


class Bench:
    """Use as a context manager; `tree` is the copy, `root` the folder around it that commands may also write to."""

    def __init__(self, tree_dir: Path, context: GateContext) -> None:
        self.context = context
        self.root = Path(tempfile.mkdtemp(prefix="gate-", dir=context.work_root)).resolve()
        self.tree = self.root / "tree"
        shutil.copytree(
            tree_dir, self.tree, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", ".git", ".*_cache", ".venv", "dist")
        )
        self.outcomes: list[Outcome] = []
        self.app_lock = layout.DEV_LOCK

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    @functools.cached_property
    def tools(self) -> Path:
        """The gate tools' environment."""
        return self.context.environments.ensure(self.context.gates_lock.read_text(encoding="utf-8"))

    @functools.cached_property
    def app_env(self) -> Path:
        """The app's own environment, from its development lock unless a gate asks for what the app is deployed with."""
        lock = self.tree / self.app_lock
        if not lock.is_file() or lock.is_symlink():
            raise MissingToolError(f"{self.app_lock} is not in the tree")
        return self.context.environments.ensure(lock.read_text(encoding="utf-8"))

    def share(self, other: Bench) -> None:
        """Take over the environments that another bench has found."""
        self.__dict__.update({name: other.__dict__[name] for name in ("tools", "app_env") if name in other.__dict__})

    @functools.cached_property
    def sandbox(self) -> Sandbox:
        """The sandbox; it sees both environments as soon as they exist."""
        known = [self.__dict__[name] for name in ("tools", "app_env") if name in self.__dict__]
        return self.context.open_sandbox(self.root, known)

    def tool(self, name: str) -> str:
        """The path of a program of the tools' environment."""
        path = self.tools / "bin" / name
        if not self.context.environments.has(path):
            raise MissingToolError(f"{name} is not in the gates' environment")
        return str(path)

    @property
    def python(self) -> str:
        """The Python of the app's environment."""
        return str(self.app_env / "bin" / "python")

    def command(self, *argv: str, env: dict[str, str] | None = None) -> Command:
        """A command in the tree."""
        return Command(argv=list(argv), cwd=str(self.tree), env=env or {})

    def run(self, *argv: str, env: dict[str, str] | None = None, **limits: float) -> Outcome:
        """Run a command in the tree; `limits` override the profile. Raises MissingToolError when it is not there."""
        outcome = self.sandbox.run(self.command(*argv, env=env), self.context.profile.model_copy(update=limits))
        self.outcomes.append(outcome)
        if outcome.exit_code in (_NOT_FOUND, _CANNOT_RUN) and outcome.stderr.startswith(b"sandbox: "):
            raise MissingToolError(tail(outcome.stderr, 300))
        return outcome

    def serve(self, service: Service, *clients: Command, **limits: float) -> ServiceOutcome:
        """Run clients beside a server."""
        outcome = self.sandbox.run_with(service, list(clients), self.context.profile.model_copy(update=limits))
        self.outcomes.append(outcome.server)  # lasts as long as its clients
        return outcome

    def read(self, name: str) -> bytes:
        """A file that a command left in `root`, or nothing. Links are not followed and size is bounded: the writer is untrusted."""
        path = self.root / name
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _REPORT_BYTES:
            return b""
        return path.read_bytes()

    def write(self, name: str, text: str) -> str:
        """Put a helper file beside the tree; returns its path."""
        path = self.root / name
        path.write_text(text, encoding="utf-8")
        return str(path)


def tail(data: bytes, size: int = 2000) -> str:
    """The end of an output as text."""
    return data[-size:].decode(errors="replace").strip()
