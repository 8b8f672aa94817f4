"""Logs in to a started app, checks its OpenAPI document, and lets schemathesis loose on it.

Runs in the gate tools' environment. Input: the base URL as argument; on standard input JSON with `login`, `email`,
`password`, `st` (path of the program), `out` (folder for reports), `document`, `floor` (least number of cases),
`least_examples` (per operation), `workers` and `seed`. Output: one JSON document.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

_METHODS = {"get", "put", "post", "delete", "patch", "options", "head", "trace"}
_ROUNDS = 3
_BOUNDARY_CASES = 20  # per operation, fewer than schemathesis makes of an ordinary one
_CONFIG = '[phases.coverage]\nunexpected-methods = ["DELETE", "PATCH", "PUT", "TRACE"]\n'
_TAIL = 20_000


def fetch(url: str, body: dict[str, Any] | None = None) -> Any:
    """The JSON that `url` answers; None when it answers something else or an error."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})  # noqa: S310  loopback
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
            return json.loads(answer.read())
    except (OSError, ValueError):
        return None


def openapi_errors(document: dict[str, Any]) -> list[str]:
    """What the OpenAPI meta-schema says against the document (https://spec.openapis.org/oas/3.1/schema)."""
    from schemathesis.specs.openapi import definitions

    version = str(document.get("openapi", ""))
    names = {"3.0": "OPENAPI_30_VALIDATOR", "3.1": "OPENAPI_31_VALIDATOR", "3.2": "OPENAPI_32_VALIDATOR"}
    if version[:3] not in names:
        return [f"openapi version {version!r} is not 3.0, 3.1 or 3.2"]
    validator = getattr(definitions, names[version[:3]])
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message}"[:500] for error in validator.iter_errors(document)][:20]


def fuzz(asked: dict[str, Any], token: str, examples: int, seed: int, phases: str) -> dict[str, Any]:
    """One schemathesis run: its JSON report, exit code, the end of its talk and its JUnit file."""
    report, junit = Path(asked["out"], f"run-{seed}.json"), Path(asked["out"], f"run-{seed}.xml")
    argv = [
        asked["st"], "run", asked["base"] + asked["document"], "--header", f"Authorization: Bearer {token}", "--checks", "all",
        "--phases", phases,
        "--max-examples", str(examples), "--seed", str(seed), "--workers", str(asked["workers"]), "--no-shrink", "--continue-on-failure",
        "--generation-database", "none", "--suppress-health-check", "all", "--request-timeout", "10", "--no-color",
        "--report", "json,junit", "--report-json-path", str(report), "--report-junit-path", str(junit),
    ]  # fmt: skip
    Path(asked["out"], "schemathesis.toml").write_text(_CONFIG, encoding="utf-8")
    ended = subprocess.run(argv, cwd=asked["out"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    talk = ended.stdout.decode(errors="replace").replace(token, "TOKEN")
    loaded = json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
    return {"exit_code": ended.returncode, "seed": seed, "report": loaded, "talk": talk[-_TAIL:]}


def rounds(asked: dict[str, Any], token: str, operations: int) -> list[dict[str, Any]]:
    """All phases once, with as many random examples as boundary cases leave to be had; then random ones until there are enough."""
    runs: list[dict[str, Any]] = []
    examples = max(asked["least_examples"], math.ceil(asked["floor"] / operations) - _BOUNDARY_CASES)
    cases = 0
    for seed in range(asked["seed"], asked["seed"] + _ROUNDS):
        run = fuzz(asked, token, examples, seed, "fuzzing" if runs else "examples,coverage,fuzzing,stateful")
        runs.append(run)
        cases += ((run["report"] or {}).get("test_cases") or {}).get("generated", 0)
        if run["exit_code"] != 0 or cases >= asked["floor"]:
            break
        examples = max(examples, 2 * math.ceil((asked["floor"] - cases) / operations))
    return runs


def main() -> None:
    """Login, document, then runs until there are enough cases or a failure."""
    asked = {**json.load(sys.stdin), "base": sys.argv[1]}
    token = (fetch(asked["base"] + asked["login"], {"email": asked["email"], "password": asked["password"]}) or {}).get("access_token")
    document = fetch(asked["base"] + asked["document"])
    answer: dict[str, Any] = {"token": bool(token), "document": document, "invalid": [], "runs": []}
    if isinstance(document, dict) and token:
        answer["invalid"] = openapi_errors(document)
        paths = document.get("paths")
        items = [item for item in paths.values() if isinstance(item, dict)] if isinstance(paths, dict) else []
        answer["runs"] = [] if answer["invalid"] else rounds(asked, token, max(1, sum(len(_METHODS & set(item)) for item in items)))
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
