"""What goes into a capsule, what comes out, and the manifest between them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import ValidationError

from shared.capsule.tarball import SourceFile
from shared.model import IR, CapsuleError, Json, Ledger, Mode, Outcome, Record, Verdict, digest, sha256

MANIFEST = "manifest.json"
MANIFEST_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapsuleInputs:
    """Everything a capsule is made of. Nothing else decides its bytes.

    `files` maps paths below `source/` to files; `lock_text` is the app's `requirements.txt` with hashes; `tool_versions` names the
    gate tools from their lock; `parameters` are further choices that decide the bytes (seed, profile, template digests).
    """

    name: str
    slug: str
    version: str
    files: Mapping[str, SourceFile]
    brief: bytes
    ir: IR
    ledger: Ledger
    compliance: Mapping[str, Json]
    verdicts: Sequence[Verdict]
    tool_versions: Mapping[str, str]
    blueprint: str
    blueprint_version: str
    lock_text: str
    mode: Literal["rules", "model"] = "rules"
    parameters: Mapping[str, str] = field(default_factory=dict)


class ManifestFile(Record):
    """One file of the archive; `producer` is the agent or repairer that wrote it, or `factory`."""

    sha256: str
    size: int
    mode: Mode
    producer: str


class ManifestGate(Record):
    """A gate's answer as far as it is the same on every machine; what was measured lies in the gate's attestation."""

    gate: str
    outcome: Outcome
    required: bool
    tool: str
    tool_version: str

    @property
    def blocks(self) -> bool:
        """True when this answer forbids a capsule."""
        return self.required and self.outcome not in ("pass", "warn")


class ManifestInputs(Record):
    """SHA-256 of what the capsule was made from: the brief's bytes, the IR's canonical JSON, the lock's text."""

    brief: str
    ir: str
    lock: str


class Manifest(Record):
    """`manifest.json`: every other file of the archive, the gates by name, and the inputs."""

    manifest_version: Literal["1"] = "1"
    name: str
    slug: str
    version: str
    mode: Literal["rules", "model"]
    blueprint: str
    blueprint_version: str
    parameters: dict[str, str]
    inputs: ManifestInputs
    gates: list[ManifestGate]
    tools: dict[str, str]
    files: dict[str, ManifestFile]

    @property
    def stem(self) -> str:
        """What the file names of the capsule and its bundles begin with."""
        return f"{self.slug}-{self.version}"


@dataclass(frozen=True, slots=True)
class BuiltCapsule:
    """A capsule. `digest` is the SHA-256 of the uncompressed tar: its identity. `data` is the file."""

    file_name: str
    data: bytes
    digest: str
    tar_size: int
    manifest: Manifest


def input_digests(inputs: CapsuleInputs) -> ManifestInputs:
    """What the manifest says of the inputs."""
    return ManifestInputs(brief=sha256(inputs.brief), ir=digest(inputs.ir), lock=sha256(inputs.lock_text.encode()))


def read_manifest(data: bytes) -> Manifest:
    """The manifest in `data`. Raises `CapsuleError` QLF5010 (unreadable) or QLF5011 (a version from another time)."""
    try:
        raw = json.loads(data)
        known = raw["manifest_version"] == MANIFEST_VERSION
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CapsuleError("QLF5010", "manifest.json is not a manifest") from error
    if not known:
        raise CapsuleError("QLF5011", f"manifest version {str(raw['manifest_version'])[:20]!r}; known: {MANIFEST_VERSION!r}")
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise CapsuleError("QLF5010", f"manifest.json: {'.'.join(map(str, first['loc']))[:200]}: {first['msg']}") from error


def readable_json(value: Record | Json) -> bytes:
    """UTF-8 JSON for files that people open: sorted keys, two spaces, one newline at the end."""
    data = value.to_json() if isinstance(value, Record) else value
    return json.dumps(data, sort_keys=True, ensure_ascii=False, indent=2, allow_nan=False).encode() + b"\n"
