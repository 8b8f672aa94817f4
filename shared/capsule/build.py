"""Packaging: inputs to a capsule, byte for byte the same on every machine."""

from __future__ import annotations

import re
from uuid import NAMESPACE_URL, uuid5

from shared.capsule.archive import read_archive
from shared.capsule.documents import how_to_verify, summary
from shared.capsule.gzipped import gzip_member
from shared.capsule.records import (
    MANIFEST,
    BuiltCapsule,
    CapsuleInputs,
    Manifest,
    ManifestFile,
    ManifestGate,
    input_digests,
    readable_json,
)
from shared.capsule.tarball import SourceFile, canonical_tar
from shared.model import GateError, InternalError, digest, sha256

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,63}")
_GATE = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_FACTORY = "factory"


def build_capsule(inputs: CapsuleInputs) -> BuiltCapsule:
    """Package `inputs`. Reads no clock, no environment and no disk.

    Raises `GateError` QLF5013 when a required gate did not pass, `CapsuleError` for paths and sizes that a capsule may not have,
    `InternalError` QLF5050 or QLF5051 for malformed inputs.
    """
    _check(inputs)
    files = _content(inputs)
    manifest = _manifest(inputs, files)
    files[MANIFEST] = SourceFile(readable_json(manifest))
    tar = canonical_tar(files)
    data = gzip_member(tar)
    read_archive(data)  # what this builds, every reader accepts
    return BuiltCapsule(f"{manifest.stem}.qlcapsule", data, sha256(tar), len(tar), manifest)


def capsule_key(inputs: CapsuleInputs) -> str:
    """SHA-256 over everything that decides the capsule's bytes, for those who remember what they built."""
    return digest([_manifest(inputs, dict(inputs.files)).to_json(), inputs.ledger.to_json(), dict(inputs.compliance)])


def _check(inputs: CapsuleInputs) -> None:
    gates = [verdict.gate for verdict in inputs.verdicts]
    faults = [
        "the slug" if not _SLUG.fullmatch(inputs.slug) else "",
        "the version" if not _VERSION.fullmatch(inputs.version) else "",
        "a gate's name" if not all(_GATE.fullmatch(gate) for gate in gates) or len(set(gates)) != len(gates) else "",
        "the list of gates, which is empty" if not gates else "",
        "the list of files, which is empty" if not inputs.files else "",
    ]
    if any(faults):
        raise InternalError("QLF5050", "malformed: " + ", ".join(fault for fault in faults if fault))
    blocking = sorted(verdict.gate for verdict in inputs.verdicts if verdict.blocks)
    if blocking:
        raise GateError("QLF5013", f"not passed: {', '.join(blocking)}")


def _content(inputs: CapsuleInputs) -> dict[str, SourceFile]:
    from shared.capsule.lock import read_lock
    from shared.capsule.sbom_cyclonedx import cyclonedx_sbom
    from shared.capsule.sbom_spdx import spdx_sbom

    packages = read_lock(inputs.lock_text)
    serial = uuid5(NAMESPACE_URL, digest([inputs.slug, inputs.version, inputs.lock_text]))
    return {
        **{f"source/{path}": file for path, file in inputs.files.items()},
        "ledger.json": _own(readable_json(inputs.ledger)),
        "compliance.json": _own(readable_json(dict(inputs.compliance))),
        "sbom.cdx.json": _own(cyclonedx_sbom(inputs.slug, inputs.version, serial, packages)),
        "sbom.spdx.json": _own(spdx_sbom(inputs.slug, inputs.version, serial, packages)),
        "docs/SUMMARY.md": _own(summary(inputs).encode()),
        "docs/VERIFY.md": _own(how_to_verify(inputs).encode()),
    }


def _own(data: bytes) -> SourceFile:
    return SourceFile(data, producer=_FACTORY)


def _manifest(inputs: CapsuleInputs, files: dict[str, SourceFile]) -> Manifest:
    return Manifest(
        name=inputs.name,
        slug=inputs.slug,
        version=inputs.version,
        mode=inputs.mode,
        blueprint=inputs.blueprint,
        blueprint_version=inputs.blueprint_version,
        parameters=dict(inputs.parameters),
        inputs=input_digests(inputs),
        gates=[
            ManifestGate(gate=v.gate, outcome=v.outcome, required=v.required, tool=v.tool, tool_version=v.tool_version)
            for v in sorted(inputs.verdicts, key=lambda verdict: verdict.gate)
        ],
        tools=dict(inputs.tool_versions),
        files={
            path: ManifestFile(sha256=sha256(file.data), size=len(file.data), mode=file.mode, producer=file.producer)
            for path, file in files.items()
        },
    )
