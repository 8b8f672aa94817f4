"""What telemetry sees of a language model: the call in its run's trace, its duration and its tokens, and no word of either side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from activities.guard import guarded
from shared.gates import GateContext, repair_tree
from shared.model import IR, Finding, Verdict
from shared.runner import Environments, LocalSandbox
from shared.telemetry import model_call, names
from tests.recorded import Recorded

TRACE = "0af7651916cd43dd8448eb211c80319c"
JOB = {"run_id": "run_1", "project_id": "default", "attempt": 1, "trace": f"00-{TRACE}-b7ad6b7169203331-01"}
ASKED = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "azure.ai.openai", "gen_ai.request.model": "gpt-x-2026"}


class Model:
    """A repairer that asks a model; the answer is a file."""

    name, provider, model = "model", "azure.ai.openai", "gpt-x-2026"

    def __init__(self, tokens: tuple[int, int] | None) -> None:
        self.tokens = tokens

    def can_repair(self, finding: Finding) -> bool:
        return True

    def repair(self, tree_dir: Path, findings: Sequence[Finding], context: GateContext) -> set[str]:
        if findings[0].message == "A clinic for Anna":
            raise TimeoutError(findings[0].message)
        (tree_dir / "a.py").write_text("VALUE = 2\n")
        return {"a.py"}


def repaired(folder: Path, model: Model, message: str) -> list[str]:
    context = GateContext(
        ir=IR(name="Notes", slug="notes", summary="A service that keeps notes"), open_sandbox=LocalSandbox,
        environments=Environments(folder / "envs"), work_root=folder / "work", cache_root=folder / "cache",
    )  # fmt: skip
    tree = folder / "tree"
    tree.mkdir()
    failed = Verdict(gate="unit", outcome="fail", findings=[Finding(code="unit.test", message=message, file="a.py")])
    return repair_tree(tree, [failed], context, repairers=[model]).changed


def activity(folder: Path, model: Model, message: str = "x") -> Any:
    @guarded
    async def repair(job: dict[str, Any]) -> dict[str, Any]:
        return {"changed": await asyncio.to_thread(repaired, folder, model, message)}

    return repair


async def test_a_call_is_a_span_below_its_activity_in_the_runs_trace(recorded: Recorded, tmp_path: Path) -> None:
    assert (await activity(tmp_path, Model((1200, 80)))(JOB))["changed"] == ["a.py"]
    made, around = recorded.spans()["chat gpt-x-2026"], recorded.spans()["activity repair"]
    assert made.context is not None
    assert made.parent is not None
    assert around.context is not None
    assert (made.kind, format(made.context.trace_id, "032x"), made.parent.span_id) == (SpanKind.CLIENT, TRACE, around.context.span_id)
    assert dict(made.attributes or {}) == {**ASKED, "gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 80}


async def test_it_is_timed_and_its_tokens_are_counted(recorded: Recorded, tmp_path: Path) -> None:
    await activity(tmp_path, Model((1200, 80)))(JOB)
    assert recorded.points("gen_ai.client.operation.duration") == [({**ASKED, "error.type": ""}, 1)]
    found = {dimensions["gen_ai.token.type"]: count for dimensions, count in recorded.points("gen_ai.client.token.usage")}
    assert found == {"input": 1, "output": 1}


async def test_tokens_that_nobody_counted_are_not_invented(recorded: Recorded, tmp_path: Path) -> None:
    await activity(tmp_path, Model(None))(JOB)
    assert recorded.points("gen_ai.client.token.usage") == []
    assert dict(recorded.spans()["chat gpt-x-2026"].attributes or {}) == ASKED


async def test_a_call_that_fails_tells_the_kind_of_its_error_and_no_word(recorded: Recorded, tmp_path: Path) -> None:
    assert "error" in await activity(tmp_path, Model((1, 1)), "A clinic for Anna")(JOB)
    made = recorded.spans()["chat gpt-x-2026"]
    assert (made.status.status_code, (made.attributes or {})["error.type"]) == (StatusCode.ERROR, "TimeoutError")
    assert recorded.points("gen_ai.client.operation.duration") == [({**ASKED, "error.type": "TimeoutError"}, 1)]
    assert "Anna" not in made.to_json()


@pytest.mark.parametrize("name", ["gpt for Anna", "x" * 500, "ä"])
def test_a_name_that_reads_like_text_is_removed(recorded: Recorded, name: str) -> None:
    with model_call("chat", "aws.bedrock", name):
        pass
    assert set(recorded.spans()) == {"chat [removed]"}


def test_both_metrics_are_in_the_table() -> None:
    assert {names.MODEL_DURATION, names.MODEL_TOKENS} <= set(names.METRICS)
