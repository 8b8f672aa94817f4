"""Memoised work: the same inputs, code and tools give the same answer, so it is worked out once.

An error is never remembered, and neither is a gate's failure. The key holds a digest of the code that would run, so a
changed rule is never answered from an old result.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from shared.model import Json, digest, sha256
from shared.wiring import services

ROOT = Path(__file__).resolve().parent.parent
ROOMS: dict[str, tuple[str, ...]] = {
    "compile": ("shared/brief", "shared/model"),
    "plan": ("shared/agents", "shared/model", "shared/blueprints.py", "blueprints"),
    "generate": ("shared/agents", "shared/model", "shared/blueprints.py", "blueprints"),
    "package": ("shared/capsule", "shared/model", "activities", "requirements.txt"),
}


async def memoised(
    room: str, inputs: Json, work: Callable[[], Awaitable[dict[str, Any]]], *, keep: Callable[[dict[str, Any]], bool] | None = None
) -> dict[str, Any]:
    """`work()` or its remembered answer, with `cached` saying which. `keep` decides whether an answer may be remembered."""
    key = digest({"room": room, "code": code_digest(room), "inputs": inputs})
    known = await services().stores.memos.get(key)
    if known is not None:
        return {**known, "cached": True}
    answer = await work()
    if "error" not in answer and (keep is None or keep(answer)):
        await services().stores.memos.put(key, answer)
    return {**answer, "cached": False}


@functools.cache
def code_digest(room: str) -> str:
    """SHA-256 over the sources that the room's answer depends on."""
    files = sorted(path for name in ROOMS[room] for path in _sources(ROOT / name))
    return digest([[path.relative_to(ROOT).as_posix(), sha256(path.read_bytes())] for path in files])


def _sources(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return [path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
