"""The runner's image, as far as a machine without a container engine has it: the machine's own toolchains in the places of the image's,
the caches filled and the tools linked by the image's own scripts, and programs run in the sandbox that its server uses."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.runner import MIB, Command, LocalSandbox, Outcome, Profile

PLACE = Path(__file__).resolve().parents[3] / "infra-bicep" / "runner"
PROGRAMS = Path(__file__).resolve().parent / "programs"
TOOLS = {"node": ("node", "npm"), "go": ("go",), "rust": ("cargo", "rustc"), "maven": ("java", "mvn")}
_FILL_SECONDS = 600


def why_not(language: str) -> str | None:
    """Why a language cannot be tried here, in words for whoever reads the skipped test; None when it can."""
    missing = [tool for tool in TOOLS[language] if shutil.which(tool) is None]
    return f"{' and '.join(missing)}: not installed on this machine; the runner's image brings its own" if missing else None


class Image:
    """The tree of the image below `root`, with one language in it."""

    def __init__(self, root: Path, language: str) -> None:
        self.root, self.language, self.opt = root, language, root / "opt"
        self.cache = self.opt / "runner" / "cache"
        for folder in ("node/lib/node_modules/npm", "go", "rust", "maven/conf"):
            (self.opt / folder).mkdir(parents=True)
        self.toolchains = _LAID_OUT[language](self.opt)
        self.script("fill-caches.sh", language)
        self.script("link-tools.sh")

    def script(self, name: str, *arguments: str) -> None:
        """Run one of the image's scripts over this tree."""
        own = {"OPT": str(self.opt), "PREFIX": str(self.root / "usr"), "CARGO_ROOT": str(self.root / ".cargo")}
        done = subprocess.run(
            ["sh", str(PLACE / name), *arguments], env=os.environ | own, capture_output=True, text=True, check=False, timeout=_FILL_SECONDS
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]

    def program(self, name: str, *locks: str) -> Path:
        """A folder with the tiny program, and with these files from the cache's manifest as a blueprint would take them."""
        work = self.root / name
        shutil.copytree(PROGRAMS / self.language, work)
        for lock in locks:
            shutil.copy(PLACE / "caches" / self.language / lock, work)
        return work

    def run(self, work: Path, *argv: str, **env: str) -> Outcome:
        """Run a command as the image does, with no network: the tools by name, the tree only to read, another user."""
        seen = {"PATH": f"{self.root / 'usr' / 'bin'}:/usr/bin:/bin", **env}
        limits = Profile(wall_seconds=900, cpu_seconds=900, memory_bytes=3072 * MIB, file_bytes=256 * MIB)
        sandbox = LocalSandbox(work, readable=[self.opt, self.root / "usr", self.root / ".cargo", *self.toolchains])
        return sandbox.run(Command(argv=["/bin/sh", "-c", 'exec "$@"', "sh", *argv], cwd=str(work), env=seen), limits)

    def holdings(self) -> dict[str, tuple[int, int]]:
        """Size and time of every file of the caches."""
        facts = {path.relative_to(self.cache).as_posix(): path.lstat() for path in self.cache.rglob("*")}
        return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in facts.items()}


@contextmanager
def image(root: Path, language: str) -> Iterator[Image]:
    """An image, gone after use: its caches are hundreds of megabytes."""
    try:
        yield Image(root, language)
    finally:
        subprocess.run(["chmod", "-R", "u+w", str(root)], check=False)
        shutil.rmtree(root)


def said(outcome: Outcome) -> str:
    """All that a command printed."""
    return (outcome.stdout + outcome.stderr).decode(errors="replace")


def _node(opt: Path) -> list[Path]:
    node = _path(_answer("node", "-p", "process.execPath"))
    (opt / "node" / "bin").mkdir()
    (opt / "node" / "bin" / "node").symlink_to(node)
    shutil.copytree(_path(shutil.which("npm") or "").parents[1], opt / "node" / "lib" / "node_modules" / "npm", dirs_exist_ok=True)
    return [node]


def _go(opt: Path) -> list[Path]:
    """Links to everything but what the image's scripts change, and the program, which takes its own place for its root."""
    root = _path(_answer("go", "env", "GOROOT"))
    for path in root.iterdir():
        if path.name not in ("bin", "go.env"):
            (opt / "go" / path.name).symlink_to(path)
    shutil.copytree(root / "bin", opt / "go" / "bin")
    shutil.copy(root / "go.env", opt / "go")
    return [root]


def _rust(opt: Path) -> list[Path]:
    root = _path(_answer("rustc", "--print", "sysroot"))
    (opt / "rust" / "machine").symlink_to(root)
    return [root]


def _maven(opt: Path) -> list[Path]:
    text = _answer("mvn", "--batch-mode", "--version")
    home, java = (_path(match[1]) for match in re.finditer(r"(?:Maven home|runtime): (.+)", text))
    (opt / "java").symlink_to(java)
    shutil.copytree(home, opt / "maven", dirs_exist_ok=True)
    return [java]


_LAID_OUT = {"node": _node, "go": _go, "rust": _rust, "maven": _maven}


def _path(text: str) -> Path:
    return Path(text.strip()).resolve()


def _answer(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
