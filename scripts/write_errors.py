"""Write `docs/errors.md` from the catalogue of codes: `python scripts/write_errors.py` (or `make docs`)."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from shared.model import CATALOGUE, CodeEntry  # noqa: E402

TARGET = ROOT / "docs" / "errors.md"
ROOMS = {
    "1": "Briefs", "2": "Agents and blueprints", "3": "Sandbox", "4": "Gates and repair", "5": "Capsules", "6": "Previews",
    "7": "Runs, stores and API", "8": "Command line and set-up", "9": "Faults of ours",
}  # fmt: skip
HEAD = """# Error codes

Every failure carries one of these codes: on stderr, in the `error` of the result line of `--json`, and as `code` of the API's problem
documents. `qlf explain CODE` prints the same text. This page is written by `make docs`; a test keeps it current.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for room, entries in groupby(sorted(CATALOGUE.values()), key=lambda entry: entry.code[3]):
        rows = "\n".join(map(row, entries))
        parts.append(
            f"## {ROOMS[room]} (QLF{room}xxx)\n\n| code | what happened | what to do | HTTP | try again |\n|---|---|---|---|---|\n{rows}\n"
        )
    return "\n".join(parts)


def row(entry: CodeEntry) -> str:
    """A code as a row of a table."""
    cells = (entry.code, cell(entry.title), cell(entry.advice), str(entry.http_status), "yes" if entry.retryable else "")
    return f"| {' | '.join(cells)} |".replace("  |", " |")


def cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    TARGET.write_text(page(), "utf-8")
