"""What progress says: events become lines, on a terminal under a moving one; nothing is invented and nothing breaks it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.output import Output
from cli.progress import Live, Silent, describe, noun, progress
from shared.model import event as events


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("kind", "data", "line"), [
    ("ir.compiled", {"name": "Shop", "entities": ["Pet"], "ledger": {"built": 2}}, "compile   Shop; 1 entity; 2 built"),
    ("plan.ready", {"components": ["backend", "test"]}, "plan      backend, test"),
    ("task.completed", {"component": "backend", "files": 1, "cached": True}, "generate  backend: 1 file  (cached)"),
    ("task.completed", {"component": "backend"}, "generate  backend: files: not counted"),
    ("validation.failed", {"component": "project", "gate": "unit", "outcome": "fail", "findings": 2}, "verify    unit: fail  2 findings"),
    ("validation.passed", {"component": "api", "gate": "static", "outcome": "pass", "seconds": 0.25}, "verify    api/static: pass  0.2 s"),
    ("refinement.applied", {"component": "api", "repairer": "ruff", "kept": False}, "repair    api: ruff rolled back"),
    ("capsule.built", {"file_name": "a.qlcapsule", "digest": "ab" * 32}, "package   a.qlcapsule  sha256:abababababab"),
    ("preview.ready", {"status": "ready", "url": "https://one", "reason": ""}, "preview   https://one"),
    ("preview.destroyed", {"status": "failed", "url": None, "reason": "QLF6026: no space"}, "preview   failed: QLF6026: no space"),
    ("preview.destroyed", {"status": "destroyed", "reason": ""}, "preview   destroyed"),
    ("run.status_changed", {"to": "failed"}, "run       failed"),
])  # fmt: skip
def test_an_event_is_one_line(kind: str, data: dict[str, Any], line: str) -> None:
    assert describe({"type": kind, "data": data}) == [line]


@pytest.mark.parametrize("kind", ["run.status_changed", "run.phase_changed", "artifact.created", "usage.recorded"])
def test_what_says_nothing_new_is_left_out(kind: str) -> None:
    assert describe({"type": kind, "data": {"to": "running"}}) == []


anything = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3))
NAMES = ["component", "gate", "outcome", "findings", "seconds", "files", "ledger", "entities", "blocking", "round", "digest"]
names = st.sampled_from(NAMES)


@given(st.sampled_from(events.EventType.__args__), st.dictionaries(names, anything))
def test_no_data_of_an_event_breaks_the_display(kind: str, data: dict[str, Any]) -> None:
    assert len(describe({"type": kind, "data": data}, verbose=True)) <= 1


def test_a_terminal_gets_a_moving_line_and_a_pipe_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")

    assert isinstance(progress(Output(err=Terminal()), "auto"), Live)
    assert not isinstance(progress(Output(err=io.StringIO()), "auto"), Live)
    assert isinstance(progress(Output(err=Terminal()), "none"), Silent)
    monkeypatch.setenv("TERM", "dumb")
    assert not isinstance(progress(Output(err=Terminal()), "auto"), Live)


@pytest.mark.parametrize("columns", ["20", "80"])
def test_the_moving_line_fits_any_terminal(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", columns)
    screen = Terminal()
    with progress(Output(err=screen), "auto") as display:
        display({"type": "run.phase_changed", "data": {"to": "generating"}})
        display({"type": "task.started", "data": {"component": "backend \x1b[2J"}})
        display({"type": "task.completed", "data": {"component": "[red]x[/red]" * 20, "files": 3}})

    assert "\x1b[2J" not in screen.getvalue()
    assert "generate" in screen.getvalue()


def test_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Terminal()
    with progress(Output(err=screen), "auto") as display:
        display({"type": "run.status_changed", "data": {"to": "failed"}})

    assert "\x1b[31m" not in screen.getvalue()


def test_numbers_of_things() -> None:
    assert [noun(n, "clause") for n in (0, 1, [1, 2, 3])] == ["0 clauses", "1 clause", "3 clauses"]
    assert noun(None, "clause") == "clauses: not counted"
