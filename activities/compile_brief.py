"""Brief -> IR and ledger."""

from __future__ import annotations

import asyncio

from activities.bytes import get_bytes, put_json
from activities.guard import Job, for_live_run
from activities.memo import memoised


@for_live_run
async def compile_brief(job: Job) -> Job:
    """`job`: `brief` (reference). Answers `ir` and `ledger` references, `facts` for the event and `blocking` (an error, or null)."""

    async def work() -> Job:
        from shared.brief import compile_brief as compiler

        text = (await get_bytes(job["brief"])).decode()
        made = await asyncio.to_thread(compiler, text)
        facts = {
            "name": made.ir.name,
            "entities": [entity.name for entity in made.ir.entities],
            "confidence": made.ir.confidence,
            "ledger": made.ledger.counts(),
        }
        questions = [question for question in made.ir.questions if question.blocking]
        blocking = (
            {"code": "QLF9005", "detail": questions[0].text, "exit_code": 5, "context": {"questions": [q.to_json() for q in questions]}}
            if questions
            else None
        )
        return {"ir": await put_json(made.ir), "ledger": await put_json(made.ledger), "facts": facts, "blocking": blocking}

    return await memoised("compile", {"brief": job["brief"]["sha256"]}, work)
