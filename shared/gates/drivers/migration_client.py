"""Runs alembic commands one after another in one process, since importing the app and its libraries costs more than they do.

Runs in the app's environment, in the app's folder. Arguments: JSON list of commands with their arguments, and a file that
receives a line for each command that ended well. Exit code: that of the first command that failed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from alembic.config import main as alembic


def main(steps: list[list[str]], done: Path) -> None:
    """Run the steps; alembic raises or exits by itself when one fails."""
    for step in steps:
        sys.stdout.write(f"$ alembic {' '.join(step)}\n")
        alembic(argv=step, prog="alembic")
        with done.open("a", encoding="utf-8") as file:
            file.write(" ".join(step) + "\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), Path(sys.argv[2]))
