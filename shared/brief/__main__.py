"""`python -m shared.brief < brief.txt`: one JSON result on stdout, exit code 0, 2 (bad input) or 5 (refused)."""

from __future__ import annotations

import json
import sys
from typing import Any

from shared.brief import MAX_BRIEF_BYTES, compile_json
from shared.model import QlfError


def main() -> int:
    """Compile standard input; returns the exit code."""
    raw = sys.stdin.buffer.read(4 * MAX_BRIEF_BYTES)
    result: dict[str, Any] = {"type": "result", "exit_code": 0}
    try:
        result |= compile_json(raw.decode("utf-8", "surrogateescape"))
    except QlfError as error:
        result |= {"exit_code": error.exit_code, "error": error.to_json(), "advice": error.advice}
    sys.stdout.write(json.dumps(result, ensure_ascii=True) + "\n")
    return int(result["exit_code"])


if __name__ == "__main__":
    sys.exit(main())
