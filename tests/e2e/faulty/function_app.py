"""The whole app with one more agent, which plants the faults that the brief's name asks for.

A brief with "Tangled" in it gets an unformatted file with an unused import (repaired in one round); "Forgetful" gets that and an
unfinished function that the agent's second answer no longer has (repaired in the second round); "Hopeless" gets an unfinished
function every time (not repairable).
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from function_app import app
from shared.agents import AGENTS, Agent, register
from shared.model import AgentRequest, AgentResult, GeneratedFile

__all__ = ["app"]

UNFORMATTED = 'import os\nVALUE = { "a":1 }\n\n\n\ndef value( )->int:\n    """A value."""\n    return VALUE["a"]\n'
UNFINISHED = '"""Unfinished."""\n\n\ndef unfinished() -> None:\n    """Not written yet."""\n    raise NotImplementedError\n'
FINISHED = '"""Finished."""\n\n\ndef finished() -> int:\n    """The answer."""\n    return 1\n'
regular = next(agent for agent in AGENTS if agent.name == "documentation")
answers: Counter[str] = Counter()


def work(request: AgentRequest) -> AgentResult:
    """What the regular agent writes, and the faults."""
    made = regular.work(request)
    answers[request.ir.name] += 1
    planted: dict[str, str] = {}
    if "Tangled" in request.ir.summary or "Forgetful" in request.ir.summary:
        planted["docs/tangled.py"] = UNFORMATTED
    if "Hopeless" in request.ir.summary or "Forgetful" in request.ir.summary:
        mended = "Forgetful" in request.ir.summary and answers[request.ir.name] > 1
        planted["docs/unfinished.py"] = FINISHED if mended else UNFINISHED
    files = [GeneratedFile(path=path, content=content) for path, content in planted.items()]
    return made.model_copy(update={"files": [*made.files, *files]})


register(Agent("planting", frozenset({"documentation"}), regular.capabilities | {"planted", "documentation"}, work))
