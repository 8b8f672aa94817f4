"""The way of a brief, played with scripted activities on a real durable host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from orchestration_cases import Played

FAILED = {"outcome": "fail", "blocks": True, "findings": 2}


def test_a_run_that_meets_no_trouble_completes_with_its_capsule(play: Callable[..., Played]) -> None:
    run = play()
    assert run.answer()["result"]["capsule"]["id"] == "cap_1"
    phases = [move["phase"] for move in run.moves() if "phase" in move]
    assert phases == ["compiling", "planning", "generating", "verifying", "packaging", "done"]
    assert run.moves()[-1]["status"] == "completed"
    assert len({move["key"] for move in run.moves()}) == len(run.moves())


def test_components_are_generated_side_by_side(play: Callable[..., Played]) -> None:
    run = play(sleep={"generate": 0.5})
    run.answer()
    log = [call["name"] for call in run.calls() if call["name"] in ("generate", "run_gate/lint")]
    assert log[:2] == ["generate", "generate"], f"the second generate started after the first was judged: {log}"


def test_a_component_is_repaired_inside_its_orchestration(play: Callable[..., Played]) -> None:
    run = play(run_gate__lint=[FAILED, {}, {}])
    assert run.answer()["status"] == "completed"
    assert len(run.calls("repair")) == 1
    assert {"refinement.requested", "refinement.applied"} <= set(run.events())
    assert "refinement.exhausted" not in run.events()


def test_the_project_is_repaired_on_the_second_round(play: Callable[..., Played]) -> None:
    run = play(
        run_gate__unit=[{**FAILED, "findings": 5}, {**FAILED, "findings": 1}, {}],
        repair=[{"tree": {"tree": "first"}}, {"tree": {"tree": "second"}}],
    )
    assert run.answer()["status"] == "completed"
    assert [call["tree"]["tree"] for call in run.calls("repair")] == ["whole", "first"]
    assert run.calls("package")[0]["tree"] == {"tree": "second"}


def test_a_repair_that_makes_it_worse_is_rolled_back(play: Callable[..., Played]) -> None:
    run = play(run_gate__unit=[FAILED, {**FAILED, "findings": 9}, {}], repair=[{"tree": {"tree": "worse"}}, {"tree": {"tree": "good"}}])
    assert run.answer()["status"] == "completed"
    assert [call["tree"]["tree"] for call in run.calls("repair")] == ["whole", "whole"]
    assert run.calls("package")[0]["tree"] == {"tree": "good"}


def test_after_a_repair_all_gates_run_again(play: Callable[..., Played]) -> None:
    run = play(run_gate__unit=[FAILED, {}])
    run.answer()
    assert len(run.calls("run_gate/static")) == 2
    assert [call["tree"]["tree"] for call in run.calls("run_gate/static")] == ["whole", "repaired"]


@pytest.mark.parametrize("answer", [{"changed": []}, {"changed": ["a.py"]}], ids=["no repair known", "repairs do not help"])
def test_what_cannot_be_repaired_ends_blocked_without_a_capsule(play: Callable[..., Played], answer: dict[str, Any]) -> None:
    error = {"code": "QLF4001", "detail": "gates", "exit_code": 3, "context": {}}
    run = play(run_gate__unit=[FAILED], repair=[answer], report=[{"blocked_by": error}])
    assert run.answer() == {"status": "blocked", "error": error}
    assert run.calls("package") == []
    assert run.moves()[-1]["status"] == "blocked"
    assert len(run.calls("repair")) == (1 if not answer["changed"] else 3)
    assert "refinement.exhausted" in run.events()


def test_a_gate_behind_a_failed_stage_does_not_run_and_does_not_pass(play: Callable[..., Played]) -> None:
    run = play(
        run_gate__static=[FAILED],
        repair=[{"changed": []}],
        report=[{"blocked_by": {"code": "QLF4001", "detail": "", "exit_code": 3, "context": {}}}],
    )
    run.answer()
    assert run.calls("run_gate/unit") == []
    reported = {row["gate"]: row for row in run.calls("report")[0]["verdicts"]}
    assert (reported["unit"]["outcome"], reported["unit"]["blocks"]) == ("skip", True)


def test_a_refused_brief_fails_the_run_with_its_reason(play: Callable[..., Played]) -> None:
    error = {"code": "QLF1001", "detail": "a game", "exit_code": 5, "context": {}}
    run = play(compile_brief=[{"error": error}])
    assert run.answer() == {"status": "failed", "error": error}
    assert run.events()[-1] == "run.failed"


def test_a_component_that_cannot_be_generated_stops_the_run(play: Callable[..., Played]) -> None:
    error = {"code": "QLF2001", "detail": "gin", "exit_code": 5, "context": {}}
    run = play(generate=[{"error": error}])
    assert run.answer()["error"] == error
    assert run.events().count("task.failed") == 2


def test_cancel_ends_the_run_while_a_stage_is_at_work(play: Callable[..., Played]) -> None:
    run = play(sleep={"compile_brief": 2})
    run.wait_for_call("compile_brief")
    run.tell("cancel-1")
    assert run.answer() == {"status": "cancelled"}
    assert run.moves()[-1]["status"] == "cancelled"
    assert run.calls("plan") == []


def test_pause_rests_between_two_stages_until_resume(play: Callable[..., Played]) -> None:
    run = play(sleep={"compile_brief": 0.5})
    run.wait_for_call("compile_brief")
    run.tell("pause-1")
    run.wait_for_call("transition", lambda call: call.get("status") == "paused")
    assert run.calls("plan") == []
    run.tell("resume-1")
    assert run.answer()["status"] == "completed"
    paused = next(move for move in run.moves() if move.get("status") == "paused")
    assert paused["signals"] == {"pause": "pause-2", "resume": "resume-1"}


def test_a_blocking_question_waits_for_its_answer(play: Callable[..., Played]) -> None:
    question = {"code": "QLF9005", "detail": "which?", "exit_code": 5, "context": {}}
    run = play(compile_brief=[{"blocking": question}])
    run.wait_for_call("transition", lambda call: call.get("status") == "blocked")
    run.tell("resume-1")
    assert run.answer()["status"] == "completed"


def test_a_retry_names_its_changes_anew(play: Callable[..., Played]) -> None:
    run = play(attempt=1)
    run.answer()
    assert {move["attempt"] for move in run.moves()} == {1}


def test_a_dry_run_plans_and_builds_nothing(play: Callable[..., Played]) -> None:
    options = {"accept_assumptions": False, "dry_run": True, "deploy": "none", "ttl": 60}
    run = play(transition=[{"options": options}])
    assert run.answer()["result"]["dry_run"] is True
    assert run.calls("generate") == []
