"""References to bytes and back: JSON documents and source trees in the artifact store."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from shared.model import ArtifactRef, Json, Record, Tree, TreeFile, canonical_json
from shared.wiring import services

R = TypeVar("R", bound=Record)


async def put_json(value: Record | Json) -> dict[str, Any]:
    """Store a document in canonical form; its reference as JSON."""
    return (await services().stores.artifacts.put(canonical_json(value))).to_json()


async def get_bytes(ref: dict[str, Any]) -> bytes:
    return await services().stores.artifacts.get(ArtifactRef(**ref))


async def get_json(ref: dict[str, Any]) -> Any:
    return json.loads(await get_bytes(ref))


async def get_record(kind: type[R], ref: dict[str, Any]) -> R:
    """The record of this kind that a reference points to."""
    return kind.model_validate_json(await get_bytes(ref))


async def put_tree(files: Mapping[str, tuple[bytes, str, str]]) -> dict[str, Any]:
    """Store files (path -> bytes, mode, producer) and the tree that lists them; the tree's reference."""
    entries = {}
    for path, (data, mode, producer) in sorted(files.items()):
        ref = await services().stores.artifacts.put(data)
        entries[path] = TreeFile(sha256=ref.sha256, size=ref.size, mode=mode, producer=producer)  # type: ignore[arg-type]  # a mode by its name
    return await put_json(Tree(files=entries))


async def get_tree(ref: dict[str, Any]) -> Tree:
    return await get_record(Tree, ref)


async def tree_bytes(tree: Tree) -> dict[str, bytes]:
    """Path -> bytes of every file."""
    artifacts = services().stores.artifacts
    found = await asyncio.gather(*(artifacts.get(file.sha256) for file in tree.files.values()))
    return dict(zip(tree.files, found, strict=True))


async def write_tree(tree: Tree, target: Path) -> None:
    """Write the tree below `target`, which only trusted paths of our own agents name; modes as recorded."""
    contents = await tree_bytes(tree)
    await asyncio.to_thread(_write, tree, contents, target)


def _write(tree: Tree, contents: dict[str, bytes], target: Path) -> None:
    root = target.resolve()
    for path, data in contents.items():
        place = (root / path).resolve()
        if not place.is_relative_to(root):
            raise ValueError(f"a path leaves the tree: {path!r}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        os.chmod(place, int(tree.files[path].mode, 8))
