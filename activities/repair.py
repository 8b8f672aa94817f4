"""Repairers change a copy of the tree; whether the change is kept is decided by the gates."""

from __future__ import annotations

import asyncio
from pathlib import Path

from activities.bytes import get_record, get_tree, put_tree
from activities.guard import Job, for_live_run
from activities.workshop import workshop
from shared.model import Tree, Verdict, sha256


@for_live_run
async def repair(job: Job) -> Job:
    """`job`: `subject`, `tree`, `verdicts` (summaries), `round`, `tried`. Answers `tree`, `changed` (paths) and `repairer`."""
    from shared.gates import repair_tree

    verdicts = [await get_record(Verdict, row["verdict"]) for row in job["verdicts"] if row["verdict"]]
    before = await get_tree(job["tree"])
    async with workshop(job) as (folder, context):
        result = await asyncio.to_thread(repair_tree, folder, verdicts, context, tried=job["tried"])
        after = await asyncio.to_thread(read_back, folder, before, result.repairer)
    return {"tree": await put_tree(after), "changed": sorted(result.changed), "repairer": result.repairer}


def read_back(folder: Path, before: Tree, repairer: str) -> dict[str, tuple[bytes, str, str]]:
    """The files after the repair. Modes stay; a file that changed names its repairer beside its agent."""
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink() and "__pycache__" not in p.parts):
        name, data = path.relative_to(folder).as_posix(), path.read_bytes()
        known = before.files.get(name)
        if known is None:
            files[name] = (data, "0644", repairer)
        else:
            same = known.sha256 == sha256(data) or known.producer.endswith(f" + {repairer}")
            files[name] = (data, known.mode, known.producer if same else f"{known.producer} + {repairer}")
    return files
