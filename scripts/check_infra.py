"""Check the Bicep templates, the Dockerfiles and the shell scripts with checkov, shellcheck and, where one is at hand, a type checker.

`make infra` runs it. A Dockerfile that only generation makes is generated first.

checkov leaves with exit code 0 when it cannot read a file, so its report is judged here: nothing unread, something passed, nothing
failed, and every suppression gives a reason and still suppresses something. It also counts a suppression as used whose check would pass,
so a second run looks at copies without suppressions: each one must stand where that run fails. It runs from an environment of its own,
made once from the hashed lock in infra-bicep/checks/.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from shared.agents import build_contract, generate  # noqa: E402
from shared.brief import compile_brief  # noqa: E402
from shared.model import AgentRequest, QlfError  # noqa: E402
from shared.runner import Environments  # noqa: E402

LOCK = ROOT / "infra-bicep" / "checks" / "requirements.txt"
TYPE_CHECKER = ROOT.parent / "shared" / "tools" / "bicep_check.py"
DOCKERFILES = {"runner": ROOT / "infra-bicep" / "runner" / "Dockerfile", "preview": ROOT / "shared" / "preview" / "azure" / "Dockerfile"}
BRIEFS = {
    "generated-sqlite": "A REST API with FastAPI and SQLite for a library: members borrow books.",
    "generated-postgresql": "A REST API with FastAPI and PostgreSQL for a library: members borrow books.",
}
SUPPRESSION = re.compile(r"(//|#)[ \t]*checkov:skip=(\w+)(?::[ \t]*(.*))?")


def main(arguments: list[str]) -> int:
    """Exit code 0 when nothing was found, 1 when something was, 4 when a checker could not be run."""
    parser = argparse.ArgumentParser(description="Check the Bicep templates.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "infra-bicep")
    parser.add_argument("--types", type=Path, default=TYPE_CHECKER, help="a Bicep type checker; left out where the file does not exist")
    options = parser.parse_args(arguments)
    try:
        tools = environment()
        report = checkov(tools, options.folder)
        notes = suppressions(options.folder)
        problems = judge(report) + judge_notes(notes, bare(tools, options.folder, notes))
        images, found = dockerfiles(tools)
        problems += found
        problems += shellcheck(
            tools,
            sorted(
                [
                    *ROOT.glob("scripts/*.sh"),
                    *ROOT.glob("infra-bicep/**/*.sh"),
                    *ROOT.glob("shared/**/*.sh"),
                    *ROOT.glob(".ci/*"),
                    ROOT / "qlf",
                ]
            ),
        )
    except (OSError, QlfError, ValueError, subprocess.SubprocessError) as error:
        print(f"check_infra: a checker could not be run: {error}", file=sys.stderr)
        return 4
    if options.types.is_file():
        problems += types(options.types, options.folder)
    else:
        print("check_infra: no type checker at hand, resource properties were not checked against their types", file=sys.stderr)
    for problem in problems:
        print(problem)
    print(f"bicep: {counts(report)}")
    print(f"dockerfile: {counts(images)}")
    print(f"{len(problems)} findings")
    return 1 if problems else 0


def counts(report: Any) -> str:
    """How many checks passed, failed and were suppressed; checkov's answer has another form when it found nothing to check."""
    found = report.get("summary", report) if isinstance(report, dict) else {}
    passed, failed, skipped = (found.get(name, 0) for name in ("passed", "failed", "skipped"))
    return f"{passed} passed, {failed} failed, {skipped} suppressed"


def environment() -> Path:
    """Where the checkers are installed. The environment is cached by the digest of its lock."""
    root = Path(platformdirs.user_cache_dir("quantumlayer-factory", appauthor=False)) / "envs"
    return Environments(root.resolve(), os.environ).ensure(LOCK.read_text("utf-8")) / "bin"


def dockerfiles(tools: Path, sources: dict[str, str] | None = None) -> tuple[Any, list[str]]:
    """The report on Dockerfiles, each below a folder of its name, and what is wrong. Without `sources`: on those of the product."""
    texts = images() if sources is None else sources
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / name).mkdir()
            (Path(folder) / name / "Dockerfile").write_text(text, "utf-8")
        report, notes = checkov(tools, Path(folder), "dockerfile"), suppressions(Path(folder), "Dockerfile")
        problems = judge(report, [f"{name}/Dockerfile" for name in texts])
        return report, problems + judge_notes(notes, bare(tools, Path(folder), notes, "dockerfile"))


def images() -> dict[str, str]:
    """Every Dockerfile that the product builds or ships: those of this repository, and the generated apps' for each database."""
    return {name: path.read_text("utf-8") for name, path in DOCKERFILES.items()} | {
        name: generated(brief) for name, brief in BRIEFS.items()
    }


def generated(brief: str) -> str:
    """The Dockerfile of the app that a brief asks for."""
    ir = compile_brief(brief).ir
    made = generate(AgentRequest(component="devops", ir=ir, contract=build_contract(ir)))
    return next(file.content for file in made.files if file.path == "Dockerfile")


def checkov(tools: Path, folder: Path, framework: str = "bicep") -> Any:
    """The report of checkov on the files of a folder."""
    command = [str(tools / "checkov"), "-d", str(folder.resolve()), "--framework", framework, "-o", "json", "--skip-download"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    return json.loads(done.stdout)


def shellcheck(tools: Path, scripts: list[Path]) -> list[str]:
    """What shellcheck says of shell scripts, one line each."""
    command = [str(tools / "shellcheck"), "--format", "gcc", *map(str, scripts)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode > 1:
        raise ValueError(f"shellcheck ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout.splitlines()


@dataclass(frozen=True)
class Suppression:
    """A comment that takes a check back, by file below the folder and by line."""

    file: str
    line: int
    check: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.check}"


def judge(report: Any, files: Iterable[str] = ()) -> list[str]:
    """What is wrong with a report, as lines. Each of `files` must have passed a check: what checkov did not look at is not good."""
    if not isinstance(report, dict) or "results" not in report:
        return ["checkov found nothing to check"]
    results = report["results"]
    problems = [f"{name}: checkov cannot read this file" for name in results["parsing_errors"]]
    problems += [
        f"{c['file_path']}:{c['file_line_range'][0]}: {c['check_id']} {c['resource']}: {c['check_name']}" for c in results["failed_checks"]
    ]
    if not results["passed_checks"]:
        problems.append("no check passed")
    seen = {check["file_path"].lstrip("/") for check in results["passed_checks"]} if files else set()
    return problems + [f"{name}: no check passed on this file" for name in files if name not in seen]


def judge_notes(notes: list[Suppression], report: Any) -> list[str]:
    """Suppressions without a reason, and dead ones: `report` is that of the same files without suppressions."""
    problems = [f"{note} is suppressed without a reason" for note in notes if len(note.reason) < 15]
    failed = report["results"]["failed_checks"] if isinstance(report, dict) and "results" in report else []
    return problems + [f"{note} is suppressed, but nothing raises it" for note in notes if not any(raises(c, note) for c in failed)]


def raises(check: Any, note: Suppression) -> bool:
    """Whether a failed check is the one that a suppression takes back: of its resource, or, in a Dockerfile, of its file."""
    first, last = check["file_line_range"]
    here = note.file.endswith("Dockerfile") or first <= note.line <= last
    return here and (check["file_path"].lstrip("/"), check["check_id"]) == (note.file, note.check)


def bare(tools: Path, folder: Path, notes: list[Suppression], framework: str = "bicep") -> Any:
    """The report on a copy of the files that suppress something, without their suppressions; line numbers stay."""
    with tempfile.TemporaryDirectory() as copy:
        for name in {note.file for note in notes}:
            (Path(copy) / name).parent.mkdir(parents=True, exist_ok=True)
            text = SUPPRESSION.sub(r"\1", (folder / name).read_text("utf-8"))
            (Path(copy) / name).write_text(text, "utf-8")
        return checkov(tools, Path(copy), framework) if notes else {}


def suppressions(folder: Path, pattern: str = "*.bicep") -> list[Suppression]:
    """Every suppression of the files, in order."""
    return [
        Suppression(path.relative_to(folder).as_posix(), number, check, reason)
        for path in sorted(folder.rglob(pattern))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for _, check, reason in SUPPRESSION.findall(line)
    ]


def types(checker: Path, folder: Path) -> list[str]:
    """The findings of a type checker that prints `file:line: message` and ends with 1 when there are any."""
    done = subprocess.run([sys.executable, str(checker), str(folder)], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode == 0:
        return []
    lines = done.stdout.strip().splitlines()[:-1]
    return lines or [f"the type checker ended with {done.returncode}: {done.stderr.strip()[-300:]}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
