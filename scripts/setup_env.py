"""Make `.venv` from a hashed lock, once, however many processes ask at the same time.

Runs before anything is installed, so it uses the standard library only. The stamp is a copy of the lock and is
written last: a set-up that was killed half-way is simply done again. A development environment satisfies the
`local` profile and is never shrunk to it.
"""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PROFILES = {"local": "requirements-local.txt", "dev": "requirements-dev.txt"}


def main(profile: str) -> int:
    """Bring `.venv` to `profile` (`local` or `dev`); exit code 0, or 4 when the registry cannot be reached."""
    if profile not in PROFILES:
        say(f"unknown profile {profile!r}; use one of {', '.join(PROFILES)}")
        return 2
    with (ROOT / ".venv.lock").open("w") as lock:
        alone(lock)
        if is_current(profile):
            return 0
        wanted = "dev" if stamp("dev").exists() else profile
        try:
            install(wanted)
        except subprocess.CalledProcessError as error:
            say(f"set-up failed in: {' '.join(map(str, error.cmd[:4]))} ... (exit {error.returncode}).")
            say(advice(error))
            return 4
        except OSError as error:
            say(f"set-up failed: {error} (QLF8002). Check the free disk space and the rights of {ROOT}.")
            return 4
        for name in PROFILES if wanted == "dev" else [wanted]:
            write_stamp(name)
    return 0


def alone(lock: IO[str]) -> None:
    """Wait until no other process sets this environment up; the kernel frees the lock of a process that was killed."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another process is setting .venv up; waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)


def advice(error: subprocess.CalledProcessError) -> str:
    """What to do about a step that failed."""
    if "ensurepip" in map(str, error.cmd):
        return "This Python cannot make environments: install its venv module (Debian and Ubuntu: python3-venv), then try again (QLF8001)."
    return "Check that the package registry can be reached (pip's index settings apply), then run the command again (QLF8002)."


def stamp(profile: str) -> Path:
    return VENV / f".stamp-{profile}"


def is_current(profile: str) -> bool:
    """A stamp counts when it equals the lock it was made from."""
    lock = ROOT / PROFILES[profile]
    return stamp(profile).is_file() and stamp(profile).read_bytes() == lock.read_bytes()


def install(profile: str) -> None:
    lock = ROOT / PROFILES[profile]
    python = VENV / "bin" / "python"
    if not python.exists() or not works(python):
        say("[1/3] creating .venv")
        venv.create(VENV, with_pip=True, clear=VENV.exists(), symlinks=True)
    say("[2/3] installing uv (hash-checked)")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as only_uv:
        only_uv.write(pinned(lock, "uv"))
        only_uv.flush()
        run(
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "-r",
            only_uv.name,
        )
    count = len(re.findall(r"^[A-Za-z0-9][^ ]*==", lock.read_text(), re.M))
    say(f"[3/3] installing {count} packages from {lock.name}")
    run(VENV / "bin" / "uv", "pip", "sync", "--quiet", "--compile-bytecode", "--python", python, "--require-hashes", lock)
    compile_sources(python)


def compile_sources(python: Path) -> None:
    """Bytecode of our own modules, so that the first start is as fast as the next ones, also where Python may not write it."""
    rooms = [str(ROOT / name) for name in ("cli", "shared", "api", "activities", "orchestrators", "funchost")]
    command = [str(python), "-m", "compileall", "-q", *rooms]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def works(python: Path) -> bool:
    """False for an environment that was killed half-made, or whose interpreter was removed or is too old."""
    probe = [str(python), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def pinned(lock: Path, name: str) -> str:
    """The lines of one package, with its hashes, out of a compiled lock."""
    found = re.search(rf"^{re.escape(name)}==.*(?:\n +--hash=.*)+", lock.read_text(), re.M)
    if not found:
        raise SystemExit(f"{lock.name} does not pin {name}; run `make relock`")
    return found.group(0).rstrip("\\ ") + "\n"


def run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=sys.stderr, env={**os.environ, "PIP_NO_INPUT": "1"})


def write_stamp(profile: str) -> None:
    draft = stamp(profile).with_suffix(".tmp")
    draft.write_bytes((ROOT / PROFILES[profile]).read_bytes())
    draft.replace(stamp(profile))


def say(text: str) -> None:
    print(f"setup: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "local"))
