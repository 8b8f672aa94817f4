"""Signs what is attested about a capsule, one bundle per statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.capsule.bundle import Statement, sign
from shared.capsule.keys import SigningKey
from shared.capsule.records import BuiltCapsule, CapsuleInputs, Manifest, ManifestGate, input_digests
from shared.capsule.statements import Circumstances, provenance, subjects, summary_result, test_result
from shared.model import InternalError, Json, Verdict, sha256

PROVENANCE_KIND = "provenance"
SUMMARY_KIND = "summary"


def bundle_name(manifest: Manifest, kind: str) -> str:
    """The file name of a bundle; `kind` is `provenance`, `summary` or `gate-<gate>`."""
    return f"{manifest.stem}.{kind}.sigstore.json"


def gate_kind(gate: ManifestGate) -> str:
    """The kind of a gate's bundle."""
    return f"gate-{gate.gate}"


def attest(
    built: BuiltCapsule,
    verdicts: Sequence[Verdict],
    inputs: CapsuleInputs,
    signer: SigningKey,
    *,
    started: str,
    finished: str,
    invocation: str = "",
    machine: Mapping[str, Json] | None = None,
) -> dict[str, bytes]:
    """The bundles of a capsule, by file name: provenance, one test result per gate, and the summary.

    `verdicts` are those of this run, with their measurements; they, and the digests of `inputs`, must agree with the manifest
    (`InternalError` QLF5050).
    `started` and `finished` are RFC 3339 UTC; `invocation` is the run's id; `machine` is free-form and ends up in the provenance.
    """
    manifest = built.manifest
    circumstances = Circumstances(started=started, finished=finished, invocation=invocation, machine=machine or {})
    about = subjects(manifest, built.digest, sha256(built.data))
    if manifest.inputs != input_digests(inputs):
        raise InternalError("QLF5050", "the capsule was built from other inputs")
    by_gate = _matched(manifest, verdicts)
    statements: dict[str, Statement] = {PROVENANCE_KIND: provenance(manifest, about, circumstances)}
    statements |= {gate_kind(gate): test_result(gate, by_gate[gate.gate], about) for gate in manifest.gates}
    statements[SUMMARY_KIND] = summary_result(manifest, about, circumstances)
    return {bundle_name(manifest, kind): sign(statement, signer) for kind, statement in statements.items()}


def _matched(manifest: Manifest, verdicts: Sequence[Verdict]) -> dict[str, Verdict]:
    listed = {gate.gate: (gate.outcome, gate.required) for gate in manifest.gates}
    found = {verdict.gate: (verdict.outcome, verdict.required) for verdict in verdicts}
    if listed != found or len(found) != len(verdicts):
        raise InternalError("QLF5050", "the verdicts to attest are not the ones in the manifest")
    return {verdict.gate: verdict for verdict in verdicts}
