"""The view of a run that rests: what was built and what not, the gates, where things lie, what to do next."""

from __future__ import annotations

import os
import shlex
import shutil
import textwrap
from pathlib import Path
from typing import Any

from cli.materialise import Delivered
from cli.output import Output, plain
from cli.progress import noun

Run = dict[str, Any]
_SHOWN = 12
_COLOURS = {"pass": "32", "warn": "33", "fail": "31", "error": "31", "skip": "33"}


def show(output: Output, run: Run, delivered: Delivered | None, exit_code: int) -> None:
    """Print the view for people on stdout."""
    result = run.get("result") or {}
    output.data(headline(run, exit_code))
    show_clauses(output, "not built", result.get("refused"), "reason")
    assumed = [clause for clause in result.get("assumed") or [] if isinstance(clause, dict)]
    show_clauses(output, "assumed", [clause for clause in assumed if clause.get("text")], "default")
    show_clauses(output, "defaults, where the brief is silent", [clause for clause in assumed if not clause.get("text")], "default")
    show_gates(output, result.get("gates") or [], result.get("score"))
    show_error(output, run)
    if delivered:
        show_paths(output, delivered, result)
        show_next(output, delivered, str(run.get("id", "")), exit_code)


def headline(run: Run, exit_code: int) -> str:
    """One line that never sounds better than the run went: the clauses that were not built come with it."""
    ledger = (run.get("result") or {}).get("ledger") or {}
    words = {0: "done", 3: "gates failed: no capsule", 5: "not built", 130: "cancelled"}
    state = words.get(exit_code, "failed")
    if exit_code == 0 and (run.get("options") or {}).get("dry_run"):
        state = "dry run: nothing was generated"
    counts = ", ".join(f"{ledger[fate]} {fate}" for fate in ("built", "assumed", "refused") if isinstance(ledger.get(fate), int))
    refused = ledger.get("refused")
    missing = f"; {noun(refused, 'clause')} of the brief {'was' if refused == 1 else 'were'} NOT built" if refused else ""
    return f"{run.get('id', 'run')}: {state}" + (f" ({counts})" if counts else "") + missing


def show_clauses(output: Output, title: str, clauses: Any, why: str) -> None:
    if not isinstance(clauses, list) or not clauses:
        return
    output.data(f"\n{title}:")
    for clause in clauses[:_SHOWN]:
        told = clause if isinstance(clause, dict) else {"text": str(clause)}
        text = str(told.get("text") or told.get("ir_path") or "")
        reason = str(told.get(why) or told.get("reason") or "")
        output.data(
            textwrap.fill(f"{text}{': ' if text and reason else ''}{reason}", width(), initial_indent="  - ", subsequent_indent="    ")
        )
    if len(clauses) > _SHOWN:
        output.data(f"  and {len(clauses) - _SHOWN} more, in dist/ledger.json")


def show_gates(output: Output, gates: list[dict[str, Any]], score: Any) -> None:
    """One line per gate. A number that was not measured is a dash."""
    if not gates:
        return
    output.data(f"\n{'gate':<16}{'outcome':<10}{'findings':>8}{'seconds':>9}")
    for gate in gates:
        output.raw(gate_row(output, gate))
    if isinstance(score, dict) and score.get("grade"):
        output.data(f"score: {score['grade']} ({score.get('value')})")


def gate_row(output: Output, gate: dict[str, Any]) -> str:
    seconds, findings = gate.get("seconds"), gate.get("findings")
    took = f"{seconds:.1f}" if isinstance(seconds, int | float) else "-"
    found = findings if isinstance(findings, int) else "-"
    name = plain(f"{gate.get('gate', ''):<16}")
    more = plain(f"{'  cached' if gate.get('cached') else ''}{measured(gate)}")
    return f"{name}{coloured(output, plain(str(gate.get('outcome', ''))))}{found:>8}{took:>9}{more}"


def measured(gate: dict[str, Any]) -> str:
    """The numbers that the gate measured, as `name value`."""
    metrics = gate.get("metrics")
    shown = (
        [f"{name} {value:g}" for name, value in sorted(metrics.items()) if isinstance(value, int | float)]
        if isinstance(metrics, dict)
        else []
    )
    return f"  {', '.join(shown[:4])}" if shown else ""


def coloured(output: Output, outcome: str) -> str:
    word = f"{outcome:<10}"
    bare = not output.out.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return word if bare else f"\x1b[{_COLOURS.get(outcome, '0')}m{word}\x1b[0m"


def show_error(output: Output, run: Run) -> None:
    from shared.model import CATALOGUE

    error = run.get("error")
    if not isinstance(error, dict) or not error.get("code"):
        return
    entry = CATALOGUE.get(str(error["code"]))
    output.data(textwrap.fill(f"{error.get('detail') or (entry.title if entry else '')} ({error['code']})", width(), initial_indent="\n"))
    if entry:
        output.data(textwrap.fill(entry.advice, width(), initial_indent="  ", subsequent_indent="  "))
    question = (error.get("context") or {}).get("question")
    if question:
        output.data(textwrap.fill(f"question: {question}", width(), initial_indent="  ", subsequent_indent="  "))


def show_paths(output: Output, delivered: Delivered, result: dict[str, Any]) -> None:
    output.data(f"\nsources  {shown(delivered.output)}")
    if delivered.capsule:
        output.data(f"capsule  {shown(delivered.capsule)}")
        digest = (result.get("capsule") or {}).get("digest")
        output.data(f"digest   sha256:{digest}")
    else:
        output.data(f"reports  {shown(str(Path(delivered.output) / 'dist'))}")
    if preview := result.get("preview"):
        output.data(f"preview  {preview.get('url')}  until {preview.get('expires_at')}")


def show_next(output: Output, delivered: Delivered, run_id: str, exit_code: int) -> None:
    """Commands to go on with: how to start the app, and what to do with the capsule."""
    output.data("\nnext:")
    start = ["make setup", "make test", "make run"]
    for line in (
        [f"cd {shlex.quote(shown(delivered.output))}", *start]
        if exit_code == 0
        else [f"less {shlex.quote(shown(delivered.output))}/dist/verdicts.json"]
    ):
        output.data(f"  {line}")
    if delivered.capsule:
        output.data(f"  qlf verify {shlex.quote(shown(delivered.capsule))}")
        output.data(f"  qlf preview create {run_id}")


def shown(path: str) -> str:
    """A path as the user would type it: relative when it lies below the current folder."""
    try:
        return f"./{Path(path).relative_to(Path.cwd())}"
    except (ValueError, OSError):
        return path


def width() -> int:
    """Columns of text, at least forty and at most a hundred."""
    return max(40, min(100, shutil.get_terminal_size((100, 24)).columns))
