"""Check the Bicep templates (checkov, and a type checker where one is at hand) and the shell scripts (shellcheck): `make infra`.

checkov leaves with exit code 0 when it cannot read a file, so its report is judged here: nothing unread, something passed, nothing
failed, and every suppression gives a reason and still suppresses something. It runs from an environment of its own, made once from
the hashed lock in infra-bicep/checks/.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import platformdirs

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from shared.model import QlfError  # noqa: E402
from shared.runner import Environments  # noqa: E402

LOCK = ROOT / "infra-bicep" / "checks" / "requirements.txt"
TYPE_CHECKER = ROOT.parent / "shared" / "tools" / "bicep_check.py"
SUPPRESSION = re.compile(r"//\s*checkov:skip=(\w+)(?::[ \t]*(.*))?")


def main(arguments: list[str]) -> int:
    """Exit code 0 when nothing was found, 1 when something was, 4 when a checker could not be run."""
    parser = argparse.ArgumentParser(description="Check the Bicep templates.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "infra-bicep")
    parser.add_argument("--types", type=Path, default=TYPE_CHECKER, help="a Bicep type checker; left out where the file does not exist")
    options = parser.parse_args(arguments)
    try:
        tools = environment()
        report = checkov(tools, options.folder)
        problems = shellcheck(
            tools, sorted([*ROOT.glob("scripts/*.sh"), *ROOT.glob("infra-bicep/**/*.sh"), *ROOT.glob(".ci/*"), ROOT / "qlf"])
        )
    except (OSError, QlfError, ValueError, subprocess.SubprocessError) as error:
        print(f"check_infra: a checker could not be run: {error}", file=sys.stderr)
        return 4
    problems += judge(report, suppressions(options.folder))
    if options.types.is_file():
        problems += types(options.types, options.folder)
    else:
        print("check_infra: no type checker at hand, resource properties were not checked against their types", file=sys.stderr)
    for problem in problems:
        print(problem)
    counts = report.get("summary", report) if isinstance(report, dict) else {}
    passed, failed, skipped = (counts.get(name, 0) for name in ("passed", "failed", "skipped"))
    print(f"{passed} passed, {failed} failed, {skipped} suppressed; {len(problems)} findings")
    return 1 if problems else 0


def environment() -> Path:
    """Where the checkers are installed. The environment is cached by the digest of its lock."""
    root = Path(platformdirs.user_cache_dir("quantumlayer-factory", appauthor=False)) / "envs"
    return Environments(root.resolve(), os.environ).ensure(LOCK.read_text("utf-8")) / "bin"


def checkov(tools: Path, folder: Path) -> Any:
    """The report of checkov on the Bicep files of a folder."""
    command = [str(tools / "checkov"), "-d", str(folder.resolve()), "--framework", "bicep", "-o", "json", "--skip-download"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    return json.loads(done.stdout)


def shellcheck(tools: Path, scripts: list[Path]) -> list[str]:
    """What shellcheck says of shell scripts, one line each."""
    command = [str(tools / "shellcheck"), "--format", "gcc", *map(str, scripts)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode > 1:
        raise ValueError(f"shellcheck ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout.splitlines()


def judge(report: Any, notes: dict[tuple[str, str], str]) -> list[str]:
    """What is wrong with a report, as lines. `notes` holds the suppressions of the files: (file, check) -> reason."""
    if not isinstance(report, dict) or "results" not in report:
        return ["checkov found nothing to check"]
    results = report["results"]
    problems = [f"{name}: checkov cannot read this file" for name in results["parsing_errors"]]
    problems += [
        f"{c['file_path']}:{c['file_line_range'][0]}: {c['check_id']} {c['resource']}: {c['check_name']}" for c in results["failed_checks"]
    ]
    if not results["passed_checks"]:
        problems.append("no check passed")
    used = {(check["file_path"].lstrip("/"), check["check_id"]) for check in results["skipped_checks"]}
    for (name, check), reason in sorted(notes.items()):
        if len(reason) < 15:
            problems.append(f"{name}: {check} is suppressed without a reason")
        if (name, check) not in used:
            problems.append(f"{name}: {check} is suppressed, but nothing raises it")
    return problems


def suppressions(folder: Path) -> dict[tuple[str, str], str]:
    """Every suppression of the Bicep files; of several in one file for one check, the one with the shortest reason."""
    found: dict[tuple[str, str], str] = {}
    for path in sorted(folder.rglob("*.bicep")):
        for check, reason in SUPPRESSION.findall(path.read_text("utf-8")):
            key = (path.relative_to(folder).as_posix(), check)
            found[key] = min(found.get(key, reason), reason, key=len)
    return found


def types(checker: Path, folder: Path) -> list[str]:
    """The findings of a type checker that prints `file:line: message` and ends with 1 when there are any."""
    done = subprocess.run([sys.executable, str(checker), str(folder)], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode == 0:
        return []
    lines = done.stdout.strip().splitlines()[:-1]
    return lines or [f"the type checker ended with {done.returncode}: {done.stderr.strip()[-300:]}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
