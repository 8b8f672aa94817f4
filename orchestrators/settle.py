"""The repair loop: run the gates, repair what failed, keep the best tree, and stop in bounded time.

A repaired tree is kept only when all gates together say that it is better; otherwise the next round starts again from
the best one. Cheap stages run first; gates behind a stage that failed do not run and count as not passed.
"""

from __future__ import annotations

from typing import Any

from orchestrators.control import Control, Job, Steps


def settle(control: Control, subject: Job, tree: Job) -> Steps:
    """Bring `tree` through the gates of `subject["stages"]`.

    `subject` holds `name`, `stages` (lists of gate names), `max_rounds` and what every gate needs (`ir`, `pristine`).
    Returns `{"tree", "verdicts", "blocked", "rounds"}` of the best tree seen.
    """
    best = {"tree": tree, "verdicts": (yield from run_gates(control, subject, tree, 0))}
    rounds = 0
    tried: list[str] = []
    while blocked(best["verdicts"]) and rounds < subject["max_rounds"]:
        rounds += 1
        yield from control.move(
            f"{subject['name']}/repair/{rounds}", phase="repairing", events=[["refinement.requested", summary(subject, best, rounds)]]
        )
        repaired = yield from control.call(
            "repair", subject=subject, tree=best["tree"], verdicts=best["verdicts"], round=rounds, tried=tried
        )
        if not repaired["changed"]:
            break
        tried.append(repaired["repairer"])
        candidate = {"tree": repaired["tree"], "verdicts": (yield from run_gates(control, subject, repaired["tree"], rounds))}
        kept = rank(candidate["verdicts"]) < rank(best["verdicts"])
        best = candidate if kept else best
        note = {**summary(subject, candidate, rounds), "kept": kept, "repairer": repaired["repairer"], "changed": repaired["changed"]}
        yield from control.move(f"{subject['name']}/repaired/{rounds}", events=[["refinement.applied", note]])
    if blocked(best["verdicts"]):
        yield from control.move(f"{subject['name']}/exhausted", events=[["refinement.exhausted", summary(subject, best, rounds)]])
    return {**best, "blocked": blocked(best["verdicts"]), "rounds": rounds}


def run_gates(control: Control, subject: Job, tree: Job, attempt: int) -> Steps:
    """Summaries of all gates for `tree`, in the order of the stages."""
    verdicts: list[Job] = []
    for number, stage in enumerate(subject["stages"]):
        if blocked(verdicts):
            verdicts += [not_run(gate) for gate in stage]
            continue
        jobs: list[dict[str, Any]] = [{"gate": gate, "subject": subject, "tree": tree, "attempt": attempt} for gate in stage]
        verdicts += yield from control.call_all("run_gate", jobs)
        yield from control.checkpoint()
        events = [validation(subject, verdict) for verdict in verdicts[-len(stage) :]]
        yield from control.move(f"{subject['name']}/gates/{attempt}/{number}", events=events)
    return verdicts


def not_run(gate: str) -> Job:
    """The summary of a gate that an earlier failure made pointless."""
    return {"gate": gate, "outcome": "skip", "blocks": True, "findings": 0, "verdict": None, "reason": "an earlier gate did not pass"}


def blocked(verdicts: list[Job]) -> bool:
    return any(verdict["blocks"] for verdict in verdicts)


def rank(verdicts: list[Job]) -> tuple[int, int]:
    """Lower is better: gates that block, then findings."""
    return sum(v["blocks"] for v in verdicts), sum(v["findings"] for v in verdicts)


def summary(subject: Job, state: Job, rounds: int) -> Job:
    failing = [v["gate"] for v in state["verdicts"] if v["blocks"]]
    return {"component": subject["name"], "round": rounds, "blocking": failing, "findings": rank(state["verdicts"])[1]}


def validation(subject: Job, verdict: Job) -> list[Any]:
    """The event that says what a gate found."""
    data = {"component": subject["name"], **{k: verdict.get(k) for k in ("gate", "outcome", "findings", "cached", "seconds", "reason")}}
    return ["validation.failed" if verdict["blocks"] else "validation.passed", data]
