"""Virtual environments for generated code and for the tools that judge it: one per lock and Python version, made once.

Nothing of a package runs while it is installed: only wheels are taken, each checked against its hash.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from shared.model import ConfigError, digest

_LAYOUT = "1"
_INSTALL_SECONDS = 900
_PASSED_ON = (
    "UV_",
    "PIP_",
    "HTTP",
    "HTTPS",
    "ALL_PROXY",
    "NO_PROXY",
    "http",
    "https",
    "all_proxy",
    "no_proxy",
    "SSL_CERT",
    "REQUESTS_CA",
    "HOME",
    "XDG_",
    "PATH",
)
_LOCK_CHARS = 2_000_000
_CONTINUED = re.compile(r"[ \t]*\\[ \t]*\r?\n[ \t]*")
_LOCKED = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[A-Za-z0-9,._-]+\])?==[A-Za-z0-9.!+_-]+(?:\s*;[^\\#@]*?)?(?:\s+--hash=sha256:[0-9a-f]{64})+$"
)
_STAMP = ".qlf-complete"


class Environments:
    """A cache of virtual environments under `root`. `env` is the environment of the caller; index and proxy settings are taken from it."""

    def __init__(self, root: Path, env: Mapping[str, str] | None = None) -> None:
        self._root = root
        self._env = {name: value for name, value in (env or {}).items() if name.startswith(_PASSED_ON)}

    def ensure(self, lock_text: str, python: Path | str | None = None) -> Path:
        """The environment of a hashed lock; `python` is the interpreter it is made for (default: the running one).

        Raises ConfigError: QLF3010 (retryable) when a package cannot be had, QLF3011 without uv, QLF3012 for a lock that cannot
        be used, QLF3013 when somebody else builds it for too long.
        """
        found = self.find(lock_text, python)
        if found is not None:
            return found
        base = Path(python) if python else Path(sys.executable)
        place = self._place(lock_text, base)
        self._root.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(f"{place}.lock", timeout=_INSTALL_SECONDS):
                if not (place / _STAMP).is_file():
                    self._build(place, lock_text, base)
        except Timeout as error:
            raise ConfigError("QLF3013") from error
        return place

    def find(self, lock_text: str, python: Path | str | None = None) -> Path | None:
        """The environment of a lock if it has been made. Raises ConfigError QLF3012 for a lock that cannot be used."""
        check_lock(lock_text)
        place = self._place(lock_text, Path(python) if python else Path(sys.executable))
        return place if (place / _STAMP).is_file() else None

    def _place(self, lock_text: str, base: Path) -> Path:
        return self._root / environment_key(lock_text, _identity(base))[:32]

    def has(self, program: Path) -> bool:
        """Whether an environment that `ensure` gave out holds this program."""
        return program.exists()

    def _build(self, place: Path, lock_text: str, base: Path) -> None:
        """Make it under its own name (an environment cannot be moved) and write the stamp last: without it, it does not exist."""
        shutil.rmtree(place, ignore_errors=True)
        uv, lock = find_uv(), place.with_suffix(".txt")
        lock.write_text(lock_text, encoding="utf-8")
        try:
            self._uv(uv, "venv", "--quiet", "--no-project", "--python", str(base), str(place))
            self._uv(
                uv, "pip", "sync", "--quiet", "--python", str(place / "bin" / "python"), "--require-hashes", "--only-binary", ":all:",
                "--compile-bytecode", "--link-mode", "hardlink", str(lock),
            )  # fmt: skip
        except ConfigError:
            shutil.rmtree(place, ignore_errors=True)
            raise
        finally:
            lock.unlink(missing_ok=True)
        (place / _STAMP).write_text(digest(lock_text) + "\n", encoding="ascii")

    def _uv(self, uv: Path, *arguments: str) -> None:
        env = {
            "PATH": os.defpath,
            **self._env,
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_NO_PROGRESS": "1",
            "UV_CACHE_DIR": str(self._root / "uv-cache"),
        }
        try:
            done = subprocess.run(
                [str(uv), *arguments], env=env, cwd=self._root, capture_output=True, check=False, timeout=_INSTALL_SECONDS, umask=0o022,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise ConfigError("QLF3010", "The installation took too long.") from error
        if done.returncode:
            notes = done.stderr.decode(errors="replace").strip()
            raise ConfigError(_code_for(notes), notes[-1500:])


def check_lock(text: str) -> None:
    """Refuse a lock that could lead an installer anywhere: each line is one exact version with its SHA-256, a comment, or nothing.

    Raises ConfigError QLF3012. A lock comes with a generated tree, so options (another index, another file) are not for it to choose.
    """
    if len(text) > _LOCK_CHARS:
        raise ConfigError("QLF3012", f"The lock is longer than {_LOCK_CHARS} characters.")
    for line in _CONTINUED.sub(" ", text).splitlines():
        words = line.split(" #")[0].strip()
        if words and not words.startswith("#") and not _LOCKED.match(words):
            raise ConfigError("QLF3012", f"Not one exact version with a SHA-256: {words[:120]!r}.")


def environment_key(lock_text: str, python: str) -> str:
    """SHA-256 that names an environment: its lock, its Python and the layout of this cache."""
    return digest([_LAYOUT, lock_text, python])


def find_uv() -> Path:
    """The uv that was installed beside the running interpreter."""
    uv = Path(sysconfig.get_path("scripts")) / "uv"
    if not uv.is_file():
        raise ConfigError("QLF3011", f"{uv} does not exist.")
    return uv


def _identity(python: Path) -> str:
    """Which Python this is. The running one knows by itself; another is asked."""
    if python == Path(sys.executable):
        return f"{sys.implementation.cache_tag} {sys.base_prefix} {sysconfig.get_platform()} {sys.version_info[:3]}"
    ask = (
        "import sys, sysconfig; print(sys.implementation.cache_tag, sys.base_prefix, sysconfig.get_platform(), tuple(sys.version_info[:3]))"
    )
    try:
        answer = subprocess.run([str(python), "-I", "-c", ask], capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigError("QLF3010", f"{python} is not a usable Python.") from error
    return answer.stdout.strip()


def _code_for(notes: str) -> str:
    """A lock that contradicts itself will fail again; everything else may be the network."""
    final = (
        "require-hashes",
        "all requirements to have",
        "Hash mismatch",
        "hashes do not match",
        "no wheels",
        "No solution found",
        "unsatisfiable",
        "Couldn't parse",
    )
    return "QLF3012" if any(word in notes for word in final) else "QLF3010"
