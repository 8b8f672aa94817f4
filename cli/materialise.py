"""From the artifact store to the output folder: sources as the project's root, reports and the capsule in its `dist/`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cli.client import Api
from cli.folder import OutFile, write
from shared.model import InternalError, sha256

SOURCE, CAPSULE, BUNDLE = "source", "capsule", "bundle/"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,200}")


@dataclass(frozen=True)
class Delivered:
    """What lies in the output folder. Paths are absolute; `capsule` is None when the run ended without one."""

    output: str
    capsule: str | None = None
    bundles: list[str] = field(default_factory=list)
    files: int = 0

    def to_json(self) -> dict[str, Any]:
        return {"output": self.output, "capsule": self.capsule, "bundles": self.bundles, "files": self.files}


def materialise(api: Api, run: dict[str, Any], target: Path) -> Delivered | None:
    """Write a finished run's result to `target`; None when there is nothing to write (no sources were made)."""
    run_id = str(run["id"])
    artifacts = {str(item["name"]): item for item in listed(api, run_id)}
    if SOURCE not in artifacts:
        return None
    files = sources(fetch(api, run_id, artifacts[SOURCE]))
    files |= {f"dist/{name}": OutFile(content) for name, content in reports(api, run_id).items()}
    capsule = capsule_name(run) if CAPSULE in artifacts and run.get("status") == "completed" else None
    bundles: list[str] = []
    if capsule:
        files[f"dist/{capsule}"] = OutFile(fetch(api, run_id, artifacts[CAPSULE]))
        bundles = sorted(checked(name.removeprefix(BUNDLE)) for name in artifacts if name.startswith(BUNDLE))
        files |= {f"dist/{name}": OutFile(fetch(api, run_id, artifacts[BUNDLE + name])) for name in bundles}
    write(target, files, run_id)
    there = target.resolve()
    dist = there / "dist"
    return Delivered(str(there), str(dist / capsule) if capsule else None, [str(dist / name) for name in bundles], len(files))


def listed(api: Api, run_id: str) -> list[dict[str, Any]]:
    """All artifacts of a run."""
    return api.items(f"/runs/{run_id}/artifacts")


def fetch(api: Api, run_id: str, item: dict[str, Any]) -> bytes:
    """An artifact's bytes, compared with the digest that the list names. Raises InternalError QLF8023."""
    name = str(item["name"])
    data = api.content(f"/runs/{run_id}/artifacts/{quote(name, safe='/')}/content")
    if sha256(data) != item.get("sha256"):
        raise InternalError("QLF8023", f"artifact {name!r} of {run_id}")
    return data


def sources(archive: bytes) -> dict[str, OutFile]:
    """The files of a source archive: a canonical tar, with or without its gzip member."""
    from shared.capsule import read_archive, read_tar

    files = read_archive(archive) if archive[:2] == b"\x1f\x8b" else read_tar(archive)
    return {path: OutFile(file.data, file.mode == "0755") for path, file in files.items() if not path.startswith("dist/")}


def reports(api: Api, run_id: str) -> dict[str, bytes]:
    """What is handed over beside the capsule, also when there is none."""
    ledger = api.get(f"/runs/{run_id}/ledger")
    verdicts = api.items(f"/runs/{run_id}/verdicts")
    return {"ledger.json": readable(ledger), "verdicts.json": readable(verdicts)}


def readable(value: Any) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def capsule_name(run: dict[str, Any]) -> str:
    """The capsule's file name as the run's result tells it."""
    told = (run.get("result") or {}).get("capsule") or {}
    return checked(str(told.get("file_name") or ""))


def checked(name: str) -> str:
    """A plain file name. Raises InternalError QLF8013 for anything that could name another folder."""
    if not _NAME.fullmatch(name):
        raise InternalError("QLF8013", f"{name!r} is not a file name")
    return name
