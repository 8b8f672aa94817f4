"""Renew the hashed locks that the blueprints hand to the apps they make: `make relock` calls this.

One lock serves every platform and Python 3.11 to 3.13 (`--universal`), names no package index, and pins the run-time
packages of the development lock to the run-time lock. The same `.in` files and the same registry give the same bytes.
Extras stay in the lock: a pip before 23.3 that meets `coverage[toml]` where only `coverage` is pinned takes the newest
release and refuses it for want of a hash.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = [
    "--universal", "--generate-hashes", "--no-strip-extras", "--no-emit-index-url", "--python-version", "3.11",
    "--custom-compile-command", "make relock",
]  # fmt: skip


def main(arguments: list[str]) -> int:
    """Compile every lock; `--upgrade` takes newer releases than the locks hold. Exit code 1 names the lock that failed."""
    uv = ROOT / ".venv" / "bin" / "uv"
    for source in sorted((ROOT / "blueprints").glob("*/locks/*.in"), key=lambda path: (path.parent, len(path.stem), path.stem)):
        command = [str(uv), "pip", "compile", "--quiet", *OPTIONS, *arguments, source.name, "-o", f"{source.stem}.txt"]
        if subprocess.run(command, cwd=source.parent, check=False).returncode:
            print(f"relock: {source.relative_to(ROOT)} could not be compiled", file=sys.stderr)
            return 1
        print(f"relock: {source.relative_to(ROOT)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
