"""The checks of `qlf doctor`: each one tries the thing itself."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cli.home import Home
from cli.links import ROOT
from shared.model import QlfError

GIB = 1 << 30
NEEDED, COMFORTABLE = 1 * GIB, 3 * GIB


@dataclass(frozen=True)
class CheckResult:
    """One line: what was tried, how it went, what to do about it."""

    name: str
    outcome: Literal["ok", "warn", "fail"]
    detail: str
    advice: str = ""


def checks(home: Home, port: int) -> Iterator[CheckResult]:
    """All checks, in the order of what they build on."""
    steps: tuple[Callable[[], CheckResult], ...] = (
        python, packages, uv, lambda: data_folder(home), lambda: token(home), lambda: disk(home), lambda: free_port(port), sandbox,
    )  # fmt: skip
    for step in steps:
        yield step()


def python() -> CheckResult:
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return CheckResult("python", "ok", f"{version}, {sys.executable}")
    return CheckResult("python", "warn", f"{version} is not tested", "Set the project up with Python 3.11, 3.12 or 3.13.")


def packages() -> CheckResult:
    """Does the environment match the lock it was made from?"""
    stamps = [(ROOT / ".venv" / f".stamp-{profile}", ROOT / f"requirements-{profile}.txt") for profile in ("local", "dev")]
    if any(stamp.is_file() and lock.is_file() and stamp.read_bytes() == lock.read_bytes() for stamp, lock in stamps):
        return CheckResult("packages", "ok", "as locked")
    return CheckResult("packages", "warn", "the environment was not made from the present lock", "Run `make setup`.")


def uv() -> CheckResult:
    """The installer of the environments in which generated code runs."""
    found = Path(sys.executable).with_name("uv")
    program = str(found) if found.exists() else shutil.which("uv")
    if program is None:
        return CheckResult("uv", "fail", "not found beside Python", "Run `make setup`.")
    try:
        version = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        return CheckResult("uv", "fail", f"{program}: {error}", "Run `make setup`.")
    return CheckResult("uv", "ok", version)


def data_folder(home: Home) -> CheckResult:
    try:
        folder = home.folder()
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"probe")
    except (QlfError, OSError) as error:
        return CheckResult("data folder", "fail", str(error), "Name a writable folder on a local disk with QLF_HOME.")
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        return CheckResult("data folder", "warn", f"{folder} can be read by others", f"chmod 700 '{folder}'")
    return CheckResult("data folder", "ok", str(folder))


def token(home: Home) -> CheckResult:
    path = home.root / "token"
    if not path.exists():
        return CheckResult("token", "ok", "made on first use")
    facts = path.stat()
    if stat.S_IMODE(facts.st_mode) & 0o077 or facts.st_uid != os.geteuid():
        return CheckResult("token", "fail", f"{path} is not yours alone", f"chmod 600 '{path}', or remove it if somebody may have read it")
    return CheckResult("token", "ok", "owner-only")


def disk(home: Home) -> CheckResult:
    place = next((path for path in (home.root, *home.root.parents) if path.exists()), Path("/"))
    free = shutil.disk_usage(place).free
    detail = f"{free / GIB:.1f} GiB free at {place}"
    if free < NEEDED:
        return CheckResult("disk", "fail", detail, "Free at least 1 GiB, or name another folder with QLF_HOME.")
    return CheckResult("disk", "ok" if free >= COMFORTABLE else "warn", detail, "" if free >= COMFORTABLE else "3 GiB are comfortable.")


def free_port(port: int) -> CheckResult:
    """Only `serve` needs a fixed port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return CheckResult("port", "warn", f"{port}: {error.strerror}", "Use `qlf serve --port N`; other commands need no fixed port.")
    return CheckResult("port", "ok", f"{port} is free")


def sandbox() -> CheckResult:
    """Run a program in the sandbox and read from its report what this machine could not enforce."""
    from shared.runner import Command, LocalSandbox, Profile

    with tempfile.TemporaryDirectory(prefix="qlf-doctor-") as folder:
        try:
            outcome = LocalSandbox(Path(folder), readable=[Path(sys.prefix)]).run(
                Command(argv=[sys.executable, "-c", "print('ok')"], cwd=folder), Profile()
            )
        except (QlfError, OSError) as error:
            return CheckResult("sandbox", "fail", str(error), "Generated code cannot be run safely here.")
    if outcome.exit_code != 0:
        return CheckResult(
            "sandbox",
            "fail",
            f"a program in it ended with {outcome.exit_code}: {outcome.stderr[-200:]!r}",
            "Generated code cannot be run here.",
        )
    if outcome.unenforced:
        told = ", ".join(outcome.unenforced)
        return CheckResult(
            "sandbox", "warn", f"not enforced here: {told}", "Allow unprivileged user namespaces; attestations will name what was missing."
        )
    return CheckResult("sandbox", "ok", "all limits enforced")
