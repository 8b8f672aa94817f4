"""Repairers change a copy of the tree; whether the change is kept is decided by the gates.

Rules come first. Where they change nothing, the agent that owns a blamed file is asked once more: one that works by rule
answers as before, one that does not may have learnt better.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from activities.bytes import get_record, get_tree, put_tree, tree_bytes
from activities.guard import Job, for_live_run
from activities.workshop import workshop
from shared.model import IR, AgentRequest, Contract, Tree, Verdict, sha256
from shared.telemetry import names, record

REGENERATE = "regenerate"
MARK = " + "
"""Between the agent that wrote a file and the repairers that changed it."""


@for_live_run
async def repair(job: Job) -> Job:
    """`job`: `subject`, `tree`, `verdicts` (summaries), `round`, `tried`. Answers `tree`, `changed` (paths) and `repairer`."""
    from shared.gates import repair_tree

    verdicts = [await get_record(Verdict, row["verdict"]) for row in job["verdicts"] if row["verdict"]]
    before = await get_tree(job["tree"])
    async with workshop(job) as (folder, shared):
        context = replace(shared, pristine=untouched(shared.pristine, before))
        result = await asyncio.to_thread(repair_tree, folder, verdicts, context, tried=job["tried"])
        changed, repairer = list(result.changed), result.repairer
        if not changed:
            changed, repairer = await regenerate(job["subject"], folder, before, verdicts), REGENERATE
        after = await asyncio.to_thread(read_back, folder, before, repairer)
    record(names.REPAIR_ROUNDS, 1, subject=job["subject"]["name"], repairer=repairer, changed=bool(changed))
    return {"tree": await put_tree(after), "changed": sorted(changed), "repairer": repairer}


def untouched(pristine: Mapping[str, bytes], before: Tree) -> dict[str, bytes]:
    """What the agents wrote, less the files that an earlier repair changed for the better: those are not to be put back."""
    return {path: data for path, data in pristine.items() if path not in before.files or MARK not in before.files[path].producer}


async def regenerate(subject: Job, folder: Path, before: Tree, verdicts: Sequence[Verdict]) -> list[str]:
    """Ask the agents of the blamed files again; write what differs from their first answer and return those paths."""
    from shared.agents import generate

    blamed = {f.file for verdict in verdicts if not verdict.passed for f in verdict.findings if f.file in before.files}
    agents = {before.files[path].producer.partition(MARK)[0] for path in blamed}
    changed = []
    for component, part in sorted(subject["components"].items()):
        if part["agent"] not in agents:
            continue
        ir, contract = await get_record(IR, subject["ir"]), await get_record(Contract, subject["contract"])
        first = await tree_bytes(await get_tree(part["tree"]))
        again = await asyncio.to_thread(generate, AgentRequest(component=component, ir=ir, contract=contract))
        for file in again.files:
            if file.path in blamed and first.get(file.path) != file.content.encode():
                (folder / file.path).write_bytes(file.content.encode())
                changed.append(file.path)
    return changed


def read_back(folder: Path, before: Tree, repairer: str) -> dict[str, tuple[bytes, str, str]]:
    """The files after the repair. Modes stay; a file that changed names its repairer beside its agent."""
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink() and "__pycache__" not in p.parts):
        name, data = path.relative_to(folder).as_posix(), path.read_bytes()
        known = before.files.get(name)
        if known is None:
            files[name] = (data, "0644", repairer)
        else:
            same = known.sha256 == sha256(data) or known.producer.endswith(f"{MARK}{repairer}")
            files[name] = (data, known.mode, known.producer if same else f"{known.producer}{MARK}{repairer}")
    return files
