"""One gate judges one tree. A pass is remembered for the same tree, tools and profile; a failure never is."""

from __future__ import annotations

import asyncio
import time

from activities.bytes import get_record, put_json
from activities.guard import Job, for_live_run
from activities.heavy import slots
from activities.transition import transition
from activities.workshop import workshop
from shared.model import Tree, Verdict
from shared.telemetry import names, record
from shared.wiring import services


@for_live_run
async def run_gate(job: Job) -> Job:
    """`job`: `gate`, `subject`, `tree`. Answers the verdict's summary (see `summarise`)."""
    from shared.gates import GATES, gate_key

    gate = GATES[job["gate"]]
    tree = await get_record(Tree, job["tree"])
    key = gate_key(gate.name, tree.digest(), scope=job["subject"]["scope"])
    memos = services().stores.memos
    if known := await memos.get(key):
        original = await get_record(Verdict, known["verdict"])
        return await told(job, original.model_copy(update={"cached_from": known["verdict"]["sha256"]}), 0.0)
    if gate.heavy:
        async with slots().take(lambda position: announce(job, position)):
            verdict, seconds = await judge(job)
    else:
        verdict, seconds = await judge(job)
    answer = await told(job, verdict, seconds)
    if verdict.passed:
        await memos.put(key, {"verdict": answer["verdict"]})
    return answer


async def told(job: Job, verdict: Verdict, seconds: float) -> Job:
    """The verdict's summary, measured."""
    answer = await summarise(verdict, seconds)
    scope = job["subject"]["scope"]
    about = {name: answer[name] for name in ("gate", "outcome", "blocks", "cached")}
    record(names.GATE_DURATION, seconds, scope=scope, **about)
    record(names.GATE_FINDINGS, answer["findings"], gate=answer["gate"], scope=scope)
    return answer


async def judge(job: Job) -> tuple[Verdict, float]:
    """Run the gate on a copy of the tree; the verdict with its raw report stored, and the seconds it took."""
    from shared.gates import run_gate as run

    began = time.monotonic()
    async with workshop(job) as (tree, context):
        verdict, report = await asyncio.to_thread(run, job["gate"], tree, context)
    ref = await services().stores.artifacts.put(report)
    # A part with nothing to judge is no fault: the gates of the whole project answer for it.
    required = verdict.required and not (job["subject"]["scope"] == "component" and verdict.outcome == "skip")
    return verdict.model_copy(update={"report": ref, "required": required}), time.monotonic() - began


async def summarise(verdict: Verdict, seconds: float) -> Job:
    """The small answer that goes into durable history."""
    return {
        "gate": verdict.gate, "outcome": verdict.outcome, "blocks": verdict.blocks, "findings": len(verdict.findings),
        "cached": verdict.cached_from is not None, "seconds": round(seconds, 3), "metrics": verdict.metrics,
        "reason": verdict.reason, "verdict": await put_json(verdict),
    }  # fmt: skip


async def announce(job: Job, position: int) -> None:
    """Tell the run's events how far back in the queue the gate is."""
    name = f"{job['subject']['name']}/{job['gate']}/{job['attempt']}"
    await transition(
        {"run_id": job["run_id"], "key": f"queue/{name}", "events": [["task.ready", {"gate": job["gate"], "queue_position": position}]]}
    )
