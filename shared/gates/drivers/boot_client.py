"""Asks a started app for its probes, and starts it once more as production without a secret of its own, which it must refuse.

Input: the base URL as argument; on standard input JSON with `probes` and `production` {`argv`, `env`, `seconds`}.
Output: one JSON document.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

_TAIL = 4000


def probe(url: str) -> dict[str, Any]:
    """Status and size of one answer; a status of 0 says that there was none."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  loopback
            body = answer.read()
            return {"status": answer.status, "type": answer.headers.get("Content-Type", ""), "size": len(body)}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "type": error.headers.get("Content-Type", ""), "size": 0}
    except OSError as error:
        return {"status": 0, "type": "", "size": 0, "error": str(error)}


def start_in_production(argv: list[str], env: dict[str, str], seconds: float) -> dict[str, Any]:
    """How a start as production ended; an exit code of null says that it kept running."""
    try:
        ended = subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return {"exit_code": None, "output": ""}
    return {"exit_code": ended.returncode, "output": ended.stdout[-_TAIL:].decode(errors="replace")}


def main() -> None:
    """Read the questions, ask them, print the answers."""
    asked = {**json.load(sys.stdin), "base": sys.argv[1]}
    answers = {path: probe(asked["base"] + path) for path in asked["probes"]}
    json.dump({"probes": answers, "production": start_in_production(**asked["production"])}, sys.stdout)


if __name__ == "__main__":
    main()
