"""One agent writes its component."""

from __future__ import annotations

import asyncio
import time

from activities.bytes import get_record, put_json, put_tree
from activities.guard import Job, for_live_run
from activities.memo import memoised
from shared.model import IR, AgentRequest, Contract
from shared.telemetry import names, record


@for_live_run
async def generate(job: Job) -> Job:
    """`job`: `component`, `agent`, `ir`, `contract`. Answers the `tree` and `traces` references, the number of `files` and the `mode`."""

    async def work() -> Job:
        from shared.agents import generate as write

        request = AgentRequest(
            component=job["component"], ir=await get_record(IR, job["ir"]), contract=await get_record(Contract, job["contract"])
        )
        made = await asyncio.to_thread(write, request)
        tree = await put_tree({file.path: (file.content.encode(), file.mode, job["agent"]) for file in made.files})
        traces = await put_json([trace.to_json() for trace in made.traces])
        return {"tree": tree, "traces": traces, "files": len(made.files), "mode": made.mode}

    inputs = {"component": job["component"], "agent": job["agent"], "ir": job["ir"]["sha256"], "contract": job["contract"]["sha256"]}
    began = time.monotonic()
    answer = await memoised("generate", inputs, work)
    about = {"component": job["component"], "mode": answer["mode"]}
    record(names.GENERATION_DURATION, time.monotonic() - began, cached=answer["cached"], **about)
    record(names.GENERATION_FILES, 0 if answer["cached"] else answer["files"], **about)
    return answer
