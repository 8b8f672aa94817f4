"""Component trees -> one project tree."""

from __future__ import annotations

from activities.bytes import get_tree, put_json
from activities.guard import Job, for_live_run
from shared.model import InternalError, Tree, TreeFile


@for_live_run
async def assemble(job: Job) -> Job:
    """`job`: `trees` (component -> reference). Answers `tree`; two components that write one path are a fault (QLF9004)."""
    files: dict[str, TreeFile] = {}
    for component, ref in sorted(job["trees"].items()):
        for path, file in (await get_tree(ref)).files.items():
            if path in files:
                raise InternalError("QLF9004", f"{path} is written by {files[path].producer} and by {component}")
            files[path] = file
    return {"tree": await put_json(Tree(files=dict(sorted(files.items()))))}
