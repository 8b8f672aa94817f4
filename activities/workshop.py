"""A place on disk for gates and repairers: a run's tree written out, and what they share."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from activities.bytes import get_record, get_tree, tree_bytes, write_tree
from activities.guard import Job
from shared.model import IR
from shared.wiring import services

if TYPE_CHECKING:
    from shared.gates import GateContext


@asynccontextmanager
async def workshop(job: Job) -> AsyncIterator[tuple[Path, GateContext]]:
    """The folder with `job["tree"]` written out and the gates' context for `job["subject"]`; both are gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="run-", dir=_folder("work")))
    try:
        tree = place / "tree"
        tree.mkdir()
        await write_tree(await get_tree(job["tree"]), tree)
        yield tree, await gate_context(job["subject"], place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


async def gate_context(subject: Job, place: Path) -> GateContext:
    """What every gate and repairer of the subject receives; `pristine` is what the agents wrote."""
    from shared.gates import GateContext

    house = services()
    pristine: dict[str, bytes] = {}
    for part in subject["components"].values():
        pristine |= await tree_bytes(await get_tree(part["tree"]))
    return GateContext(
        ir=await get_record(IR, subject["ir"]), open_sandbox=house.sandbox, environments=house.environments, work_root=place,
        cache_root=_folder("gate-cache"), scope=subject["scope"], pristine=pristine,
    )  # fmt: skip


def _folder(name: str) -> Path:
    path = services().settings.home / name
    path.mkdir(parents=True, exist_ok=True)
    return path
