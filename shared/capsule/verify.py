"""Checks a capsule and its bundles, offline, and names every check.

Three links make the chain: a known key signed the bundles; every bundle speaks of exactly this file and this tar; and the manifest in
the tar lists every other file. What the manifest says about gates and inputs must be what the signed statements say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from shared.capsule.attest import PROVENANCE_KIND, SUMMARY_KIND, bundle_name, gate_kind
from shared.capsule.bundle import Statement, Subject, open_bundle, signer_of
from shared.capsule.gzipped import gunzip
from shared.capsule.keys import PublicKey
from shared.capsule.records import MANIFEST, Manifest, ManifestGate, read_manifest
from shared.capsule.statements import (
    BUILDER,
    EXTENSION,
    PROVENANCE,
    SUMMARY,
    TEST_RESULT,
    VERIFIER,
    build_definition,
    gate_identity,
    properties,
    result_of,
    subjects,
)
from shared.capsule.tarball import SourceFile, read_tar
from shared.model import CapsuleError, sha256

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `code` and `detail` say what is wrong; they are empty when it passed."""

    name: str
    outcome: Literal["pass", "fail"]
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The checks in the order they were made.

    `digest` and `manifest` are what the archive says, once it could be read; `signers` are the hints of the keys whose signatures
    were checked and hold.
    """

    checks: tuple[Check, ...]
    digest: str = ""
    manifest: Manifest | None = None
    signers: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True when the capsule was read to its end and every check passed."""
        return self.manifest is not None and bool(self.checks) and all(check.outcome == "pass" for check in self.checks)

    def require(self) -> None:
        """Raise the first failure as `CapsuleError`; return when all is well."""
        for check in self.checks:
            if check.outcome == "fail":
                raise CapsuleError(check.code, f"{check.name}: {check.detail}")


class _Log:
    """Collects checks: a step passes when it returns, and fails with the code of the error it raises."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def step(self, name: str, work: Callable[[], _T]) -> _T | None:
        try:
            value = work()
        except CapsuleError as error:
            self.checks.append(Check(name, "fail", error.code, error.detail))
            return None
        self.checks.append(Check(name, "pass"))
        return value


def verify_capsule(data: bytes, bundles: Mapping[str, bytes], public_keys: Sequence[PublicKey]) -> VerificationReport:
    """Check the capsule `data` with its `bundles` (file name -> bytes), signed by one of `public_keys`.

    Never raises for bad input: every failure is a check with a code of QLF5001 to QLF5026. An archive that cannot be read ends the
    list; otherwise every check is made and reported.
    """
    log = _Log()
    tar = log.step("compression: one gzip member with the fixed header", lambda: gunzip(data))
    files = None if tar is None else log.step("archive: canonical tar of regular files", lambda: read_tar(tar))
    manifest = None if files is None else log.step("manifest: readable, of a known version", lambda: _manifest(files))
    if tar is None or files is None or manifest is None:
        return VerificationReport(tuple(log.checks), sha256(tar) if tar is not None else "")
    log.step("contents: every file is the one that the manifest lists", lambda: _contents(manifest, files))
    log.step("gates: every required gate passed", lambda: _gates(manifest))
    log.step("bundles: one for each statement, and no other", lambda: _names(manifest, bundles))
    about = subjects(manifest, sha256(tar), sha256(data))
    keys = {key.hint: key for key in public_keys}
    signers: set[str] = set()
    for kind, compare in _statements(manifest).items():
        bundle = bundles.get(bundle_name(manifest, kind))
        if bundle is not None:
            name = f"{kind}: signed by a known key, for this capsule"
            signers.add(log.step(name, lambda b=bundle, c=compare: _bundle(b, keys, about, c)) or "")  # type: ignore[misc]
    return VerificationReport(tuple(log.checks), sha256(tar), manifest, tuple(sorted(signers - {""})))


def _manifest(files: Mapping[str, SourceFile]) -> Manifest:
    if MANIFEST not in files:
        raise CapsuleError("QLF5010", f"the archive holds no {MANIFEST}")
    return read_manifest(files[MANIFEST].data)


def _contents(manifest: Manifest, files: Mapping[str, SourceFile]) -> None:
    present = files.keys() - {MANIFEST}
    for path in sorted(manifest.files.keys() - present):
        raise CapsuleError("QLF5012", f"{path[:200]!r} is missing")
    for path in sorted(present - manifest.files.keys()):
        raise CapsuleError("QLF5012", f"{path[:200]!r} is not in the manifest")
    for path, listed in manifest.files.items():
        file = files[path]
        if (listed.sha256, listed.size, listed.mode) != (sha256(file.data), len(file.data), file.mode):
            raise CapsuleError("QLF5012", f"{path[:200]!r} differs from the manifest")


def _gates(manifest: Manifest) -> None:
    blocking = [gate.gate for gate in manifest.gates if gate.blocks]
    if blocking or not manifest.gates:
        raise CapsuleError("QLF5013", f"not passed: {', '.join(blocking)[:200]}" if blocking else "the manifest names no gate")


def _names(manifest: Manifest, bundles: Mapping[str, bytes]) -> None:
    expected = {bundle_name(manifest, kind) for kind in _statements(manifest)}
    for name in sorted(expected - bundles.keys()):
        raise CapsuleError("QLF5023", name[:200])
    for name in sorted(bundles.keys() - expected):
        raise CapsuleError("QLF5026", name[:200])


def _statements(manifest: Manifest) -> dict[str, Callable[[Statement], bool]]:
    """Kind of bundle -> whether a statement says what the manifest says."""
    kinds: dict[str, Callable[[Statement], bool]] = {PROVENANCE_KIND: lambda s: _is_provenance(s, manifest)}
    for gate in manifest.gates:
        kinds[gate_kind(gate)] = lambda s, g=gate: _is_result(s, g)  # type: ignore[misc]
    kinds[SUMMARY_KIND] = lambda s: _is_summary(s, manifest)
    return kinds


def _bundle(data: bytes, keys: Mapping[str, PublicKey], about: list[Subject], compare: Callable[[Statement], bool]) -> str:
    """Check one bundle; the hint of its signer."""
    statement = open_bundle(data, keys)
    if statement.subject != about:
        raise CapsuleError("QLF5024")
    if not compare(statement):
        raise CapsuleError("QLF5025")
    return signer_of(data)


def _is_provenance(statement: Statement, manifest: Manifest) -> bool:
    said = _at(statement.predicate, "buildDefinition")
    expected = build_definition(manifest)
    return (
        statement.predicate_type == PROVENANCE
        and {key: _at(said, key) for key in expected} == expected
        and _at(statement.predicate, "runDetails", "builder", "id") == BUILDER
    )


def _is_result(statement: Statement, gate: ManifestGate) -> bool:
    said = _at(statement.predicate, EXTENSION)
    expected = gate_identity(gate)
    return (
        statement.predicate_type == TEST_RESULT
        and {key: _at(said, key) for key in expected} == expected
        and _at(statement.predicate, "result") == result_of(gate)
    )


def _is_summary(statement: Statement, manifest: Manifest) -> bool:
    return (
        statement.predicate_type == SUMMARY
        and _at(statement.predicate, "properties") == properties(manifest)
        and _at(statement.predicate, "verifier", "id") == VERIFIER
    )


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
