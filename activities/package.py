"""Tree, ledger and verdicts -> a signed capsule with its attestations."""

from __future__ import annotations

import asyncio
from typing import Any

from activities.bytes import get_bytes, get_record, get_tree, put_json, tree_bytes
from activities.guard import Job, for_live_run
from activities.memo import memoised
from activities.report import load_verdicts
from shared.model import IR, Capsule, GateError, Ledger
from shared.telemetry import names, record
from shared.wiring import services

VERSION = "0.1.0"


@for_live_run
async def package(job: Job) -> Job:
    """`job`: `ir`, `settled_ledger`, `tree`, `verdicts`. Answers `capsule` (id, file name, digest, size), `artifacts` and `bundles`.

    The capsule's id follows from the run's, so doing it again gives the same record.
    """
    from shared.capsule import attest

    house = services()
    if any(row["blocks"] for row in job["verdicts"]):
        raise GateError("QLF4001")
    run = await house.stores.runs.get(job["run_id"])
    inputs = await capsule_inputs(job, await house.stores.artifacts.get(run.brief))
    built = await build(inputs)
    signer = await asyncio.to_thread(house.signer)
    made = await asyncio.to_thread(attest, built, inputs.verdicts, inputs, signer, started=run.created_at, finished=house.clock())
    file = await house.stores.artifacts.put(built.data)
    bundles = {name: await house.stores.artifacts.put(data) for name, data in made.items()}
    capsule = Capsule(
        id=f"cap_{run.id.removeprefix('run_')}", run_id=run.id, project_id=run.project_id, name=inputs.name, version=VERSION,
        digest=built.digest, file=file, bundles=bundles, created_at=run.created_at,
    )  # fmt: skip
    await house.stores.capsules.put(capsule)
    record(names.CAPSULES)
    record(names.CAPSULE_SIZE, file.size)
    return {
        "capsule": {"id": capsule.id, "file_name": built.file_name, "digest": built.digest, "size": file.size},
        "artifacts": {"capsule": file.to_json(), **{f"bundle/{name}": ref.to_json() for name, ref in bundles.items()}},
        "bundles": sorted(bundles),
    }


async def build(inputs: Any) -> Any:
    """The capsule of these inputs: built, or remembered. What the archive is made of decides; what was measured does not."""
    from shared.capsule import BuiltCapsule, build_capsule, capsule_key, read_manifest

    artifacts = services().stores.artifacts

    async def work() -> Job:
        built = await asyncio.to_thread(build_capsule, inputs)
        manifest = await put_json(built.manifest)
        file = await artifacts.put(built.data)
        return {
            "file_name": built.file_name,
            "digest": built.digest,
            "tar_size": built.tar_size,
            "manifest": manifest,
            "file": file.to_json(),
        }

    known = await memoised("package", capsule_key(inputs), work)
    data, manifest = await get_bytes(known["file"]), read_manifest(await get_bytes(known["manifest"]))
    return BuiltCapsule(known["file_name"], data, known["digest"], known["tar_size"], manifest)


async def capsule_inputs(job: Job, brief: bytes) -> Any:
    """All that decides the capsule's bytes, from the store."""
    from shared.agents import BLUEPRINT_VERSION
    from shared.capsule import CapsuleInputs, SourceFile
    from shared.gates import tool_versions

    ir, ledger, tree = await get_record(IR, job["ir"]), await get_record(Ledger, job["settled_ledger"]), await get_tree(job["tree"])
    contents = await tree_bytes(tree)
    return CapsuleInputs(
        name=ir.name, slug=ir.slug, version=VERSION, brief=brief, ir=ir, ledger=ledger, compliance={"controls": []},
        files={path: SourceFile(contents[path], file.mode, file.producer) for path, file in tree.files.items()},
        verdicts=await load_verdicts(job["verdicts"]), tool_versions=tool_versions(), blueprint=ir.stack.backend,
        blueprint_version=BLUEPRINT_VERSION, lock_text=contents["requirements.txt"].decode(),
    )  # fmt: skip
