"""The project's own tests pass, with at least 95 % of its lines and branches measured."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, cast
from xml.etree import ElementTree

from shared.gates import layout, warm
from shared.gates.bench import Bench, tail
from shared.gates.records import Judgement, TestResult
from shared.model import Finding

if TYPE_CHECKING:
    from shared.runner import Outcome

COVERAGE_PERCENT = 95.0
_REPLAY = "python -m pytest"
_NO_TESTS = 5
_MOST_TIMES = 5.0
_ENV = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}


def judge(bench: Bench) -> Judgement:
    """pytest with branch coverage in the app's environment."""
    name = layout.package(bench.tree)
    junit, coverage = bench.root / "junit.xml", bench.root / "coverage.json"
    storage = warm.hypothesis_folder(bench, bench.app_env)
    profile, times = bench.context.profile, _times(bench)
    outcome = bench.run(
        bench.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={junit}", "-o", "junit_family=xunit1",
        f"--cov={name}", "--cov-branch",
        f"--cov-report=json:{coverage}", "--cov-report=", "--cov-fail-under=0",
        cpu_seconds=times * profile.cpu_seconds, wall_seconds=times * profile.wall_seconds,
        env={**_ENV, "COVERAGE_FILE": str(bench.root / "coverage.db"), warm.HYPOTHESIS_FOLDER: str(storage)},
    )  # fmt: skip
    tests, findings = read_junit(bench.read("junit.xml"))
    percent, gaps = read_coverage(bench.read("coverage.json"))
    findings += _verdict_findings(outcome, tests, findings)
    if percent is None or percent < COVERAGE_PERCENT:
        shown = "was not measured" if percent is None else f"is {percent:.2f} %, below {COVERAGE_PERCENT:.0f} %"
        findings.append(
            Finding(
                code="unit.coverage",
                message=f"coverage {shown}",
                severity="blocker",
                advice=gaps,
                replay=f"{_REPLAY} --cov={name} --cov-branch",
            )
        )
    metrics: dict[str, float | int | str | None] = {
        "coverage": percent,
        "tests": len(tests),
        "passed": sum(r == "passed" for r in tests.values()),
    }
    return Judgement(findings, metrics, tests, outcome.stdout[-200_000:] + outcome.stderr[-20_000:])


def _times(bench: Bench) -> float:
    """How much more than the profile's time the tests may take: every entity of a large application brings a module of them."""
    modules = sum(1 for _ in (bench.tree / "tests").rglob("test_*.py"))
    return min(_MOST_TIMES, max(1.0, 0.8 + 0.05 * modules))


def _verdict_findings(outcome: Outcome, tests: dict[str, TestResult], known: list[Finding]) -> list[Finding]:
    """The exit code and the report must agree: neither alone makes a pass."""
    limits = f" ({', '.join(outcome.limits_hit)} limit)" if outcome.limits_hit else ""
    if outcome.exit_code == _NO_TESTS or not any(result == "passed" for result in tests.values()):
        return [
            Finding(
                code="unit.none",
                message=f"no test ran and passed{limits}",
                severity="blocker",
                advice=tail(outcome.stdout + outcome.stderr, 600),
                replay=_REPLAY,
            )
        ]
    if outcome.exit_code == 0 or known:
        return []
    return [
        Finding(
            code="unit.failed",
            message=f"pytest ended with {outcome.exit_code}{limits}",
            severity="blocker",
            advice=tail(outcome.stdout, 600),
            replay=_REPLAY,
        )
    ]


def read_junit(data: bytes) -> tuple[dict[str, TestResult], list[Finding]]:
    """Node id -> result, and a finding per failure. The file comes from untrusted code: no entities, and nonsense is no test."""
    if not data or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return {}, []
    try:
        root = ElementTree.fromstring(data)  # noqa: S314  entities are refused above
    except ElementTree.ParseError:
        return {}, []
    tests: dict[str, TestResult] = {}
    findings = []
    for case in root.iter("testcase"):
        node, problem = _node_id(case), _first(case, "failure", "error")
        result: TestResult = "failed" if problem is not None else "skipped" if case.find("skipped") is not None else "passed"
        tests[node] = "failed" if tests.get(node) == "failed" else result
        if problem is not None:
            line = case.get("line")
            findings.append(
                Finding(code="unit.test", message=(problem.get("message") or "failed")[:500], severity="blocker", file=node.split("::")[0],
                        line=int(line) + 1 if line and line.isdigit() else None, advice="See the report.", replay=f"{_REPLAY} '{node}'")
            )  # fmt: skip
    return tests, findings


def _first(case: ElementTree.Element, *names: str) -> ElementTree.Element | None:
    return next((found for name in names if (found := case.find(name)) is not None), None)


def _node_id(case: ElementTree.Element) -> str:
    """`tests/test_x.py::TestA::test_b[p]`: pytest writes the file, and the class as the rest of a dotted name."""
    file, classname = case.get("file") or "", case.get("classname") or ""
    module = re.sub(r"\.py$", "", file).replace("/", ".")
    inner = classname[len(module) + 1 :].split(".") if module and classname.startswith(module + ".") else []
    return "::".join([file or classname, *inner, case.get("name") or ""])


def read_coverage(data: bytes) -> tuple[float | None, str]:
    """Percent over lines and branches, and where the largest gaps are."""
    try:
        report = json.loads(data)
        totals = report["totals"]
        whole = int(totals["num_statements"]) + int(totals["num_branches"])
        hit = int(totals["covered_lines"]) + int(totals["covered_branches"])
        gaps = sorted(((len(f["missing_lines"]), name) for name, f in report["files"].items()), reverse=True)[:5]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, ""
    text = ", ".join(f"{cast('str', name)}: {count} lines" for count, name in gaps if count)
    return (100.0 * hit / whole if whole else None), text
