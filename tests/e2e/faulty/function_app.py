"""The whole app with one more agent (the first by name among equals), which plants the faults that the brief's name asks for.

A brief with "Tangled" in it gets an unformatted file with an unused import (repaired in one round); "Forgetful" gets that and an
unfinished function that the agent's second answer no longer has (repaired in the second round); "Hopeless" gets an unfinished
function every time (not repairable).
"""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from shared.agents import AGENTS, Agent, register  # noqa: E402  (the path comes first)
from shared.model import AgentRequest, AgentResult, GeneratedFile  # noqa: E402


def real_app() -> object:
    """The project's own function app; this file has its name, so it is loaded from its path."""
    spec = importlib.util.spec_from_file_location("real_function_app", ROOT / "function_app.py")
    if spec is None or spec.loader is None:
        raise ImportError("function_app.py is not there")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.app


app = real_app()
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


register(Agent("careless", frozenset({"documentation"}), regular.capabilities, work))
