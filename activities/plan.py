"""IR -> components, the contract they share, and what cannot be built."""

from __future__ import annotations

import asyncio

from activities.bytes import get_record, put_json
from activities.guard import Job, for_live_run
from activities.memo import memoised
from shared.model import IR, Ledger
from shared.wiring import services


@for_live_run
async def plan(job: Job) -> Job:
    """`job`: `ir`, `ledger`. Answers references (`ir`, `plan`, `contract`, `ledger`), `components`, gate stages and `not_built`."""

    async def work() -> Job:
        from shared.agents import build_contract, make_plan, refuse_unbuilt, unbuilt

        ir, ledger = await get_record(IR, job["ir"]), await get_record(Ledger, job["ledger"])
        made = await asyncio.to_thread(make_plan, ir)
        contract = await asyncio.to_thread(build_contract, ir)
        settled = refuse_unbuilt(ledger, unbuilt(ir))
        return {
            "ir": job["ir"], "plan": await put_json(made), "contract": await put_json(contract), "ledger": await put_json(settled),
            "components": [component.to_json() for component in made.components], "not_built": settled.counts()["refused"],
            "summary": {"ledger": settled.counts(), **fates(settled)},
        }  # fmt: skip

    return await memoised("plan", {"ir": job["ir"]["sha256"], "ledger": job["ledger"]["sha256"]}, work) | stages()


def stages() -> Job:
    """The gates' order and the bound of the repair loop, which every component receives."""
    from shared.gates import COMPONENT_STAGES, STAGES

    return {"component_stages": COMPONENT_STAGES, "project_stages": STAGES, "max_rounds": services().settings.max_repair_rounds}


def fates(ledger: Ledger) -> Job:
    """The clauses that a user must read: what was refused and what was assumed."""
    refused = [{"text": c.text, "reason_code": c.reason_code, "reason": c.reason} for c in ledger.clauses if c.fate == "refused"]
    assumed = [{"text": c.text, "default": c.default, "advice": c.advice} for c in ledger.clauses if c.fate == "assumed"]
    silent = [{"text": "", "ir_path": a.ir_path, "default": a.default, "advice": a.advice} for a in ledger.assumptions]
    return {"refused": refused, "assumed": [*assumed, *silent]}
