"""Compile a brief without a run."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from api.parameters import House
from api.problems import documented
from api.schemas import CompileBrief, Compiled
from api.starting import brief_bytes

router = APIRouter(tags=["compile"])


@router.post("/compile", response_model=Compiled, responses=documented("QLF7104", "QLF7105", "QLF7110"))
async def compile_brief(body: CompileBrief, house: House) -> Compiled:
    """What the brief asks for and what became of each clause; a refused brief is a 422 with the code of its refusal."""
    brief_bytes(body.brief)
    compiled = await asyncio.to_thread(house.compile, body.brief)
    return Compiled(ir=compiled.ir, ledger=compiled.ledger)
