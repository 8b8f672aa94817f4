"""What the run found out: the ledger with its proofs, the verdicts, the score, and the sources, whether or not a capsule follows."""

from __future__ import annotations

import asyncio
from typing import Any

from activities.bytes import get_json, get_record, get_tree, put_json, tree_bytes
from activities.guard import Job, for_live_run
from activities.plan import fates
from shared.model import GateError, Ledger, Trace, Verdict
from shared.wiring import services


@for_live_run
async def report(job: Job) -> Job:
    """`job`: `ledger`, `tree`, `verdicts` (summaries), `components`, `rounds`.

    Answers `artifacts` (ledger, verdicts, source, tree), the run's `result`, and `blocked_by` (an error) when no capsule may be made.
    """
    from shared.agents import prove
    from shared.gates import score

    verdicts = await load_verdicts(job["verdicts"])
    traces = [Trace(**trace) for part in job["components"] for trace in await get_json(part["traces"])]
    outcomes = {test: outcome for verdict in verdicts for test, outcome in verdict.tests.items()}
    ledger, unproved = prove(await get_record(Ledger, job["ledger"]), traces, outcomes)
    result = {
        "ledger": ledger.counts(), **fates(ledger), "mode": "rules",
        "gates": [gate_row(summary) for summary in job["verdicts"]],
        "score": score(verdicts).to_json() if verdicts else None,
        "rounds": job["rounds"] + sum(part["rounds"] for part in job["components"]),
    }  # fmt: skip
    artifacts = {
        "ledger": await put_json(ledger), "verdicts": await put_json([v.to_json() for v in verdicts]),
        "source": await source_archive(job["tree"]), "tree": job["tree"],
    }  # fmt: skip
    failing = [row["gate"] for row in job["verdicts"] if row["blocks"]]
    return {"artifacts": artifacts, "result": result, "blocked_by": failure(failing, [clause.text for clause in unproved])}


async def load_verdicts(summaries: list[Job]) -> list[Verdict]:
    """The verdicts behind the summaries; a gate that did not run has none."""
    return [
        await get_record(Verdict, row["verdict"]) if row["verdict"] else Verdict(gate=row["gate"], outcome="skip", reason=row["reason"])
        for row in summaries
    ]


def gate_row(summary: Job) -> Job:
    return {name: summary.get(name) for name in ("gate", "outcome", "blocks", "findings", "seconds", "cached", "metrics", "reason")}


def failure(gates: list[str], clauses: list[str]) -> Job | None:
    """Why no capsule may be made: a gate that did not pass, or a clause that is called built and not proved."""
    if gates:
        return GateError("QLF4001", f"required gates that did not pass: {', '.join(gates)}", gates=gates).to_json()
    if clauses:
        return GateError(
            "QLF4002", f"{len(clauses)} clause(s) called built are not proved by a passed test, first: {clauses[0][:120]!r}"
        ).to_json()
    return None


async def source_archive(tree_ref: Job) -> dict[str, Any]:
    """The sources as a canonical tar, for those who get no capsule."""
    from shared.capsule import SourceFile, canonical_tar

    tree = await get_tree(tree_ref)
    contents = await tree_bytes(tree)
    files = {path: SourceFile(contents[path], file.mode, file.producer) for path, file in tree.files.items()}
    archive = await asyncio.to_thread(canonical_tar, files)
    return (await services().stores.artifacts.put(archive)).to_json()
