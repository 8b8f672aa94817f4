"""What is attested about a capsule: SLSA provenance, one test result per gate, one summary.

Everything that differs from machine to machine or from run to run (times, durations, counts, coverage, reports, what the platform
could not enforce) is said here and nowhere in the archive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.capsule.bundle import Statement, Subject
from shared.capsule.records import Manifest, ManifestGate
from shared.model import Json, Outcome, Verdict

PROVENANCE = "https://slsa.dev/provenance/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
SUMMARY = "https://in-toto.io/attestation/svr/v0.1"
BUILD_TYPE = "urn:quantumlayer:factory:build:1"
BUILDER = "urn:quantumlayer:factory:builder:1"
VERIFIER = "urn:quantumlayer:factory:gates:1"
EXTENSION = "urn:quantumlayer:factory:gate:1"
ALL_GATES = "QLF_ALL_REQUIRED_GATES_PASSED"
_RESULTS: dict[Outcome, str] = {"pass": "PASSED", "warn": "WARNED", "fail": "FAILED", "skip": "FAILED", "error": "FAILED"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Of one build: RFC 3339 UTC times, the run's id, and what the caller tells about the machine."""

    started: str
    finished: str
    invocation: str = ""
    machine: Mapping[str, Json] = field(default_factory=dict)


def subjects(manifest: Manifest, tar_digest: str, file_digest: str) -> list[Subject]:
    """The tar, which is the capsule's identity, and the file that carries it."""
    return [
        Subject(name=f"{manifest.stem}.tar", digest={"sha256": tar_digest}),
        Subject(name=f"{manifest.stem}.qlcapsule", digest={"sha256": file_digest}),
    ]


def build_definition(manifest: Manifest) -> dict[str, Any]:
    """The part of the provenance that follows from the manifest, and is compared with it. https://slsa.dev/spec/v1.0/provenance"""
    inputs = manifest.inputs
    return {
        "buildType": BUILD_TYPE,
        "externalParameters": {
            "brief": {"sha256": inputs.brief},
            "ir": {"sha256": inputs.ir},
            "mode": manifest.mode,
            "blueprint": manifest.blueprint,
            "parameters": manifest.parameters,
        },
        "resolvedDependencies": [
            {"name": "brief", "digest": {"sha256": inputs.brief}},
            {"name": "requirements.txt", "digest": {"sha256": inputs.lock}},
            {"name": f"blueprint {manifest.blueprint}", "annotations": {"version": manifest.blueprint_version}},
        ],
    }


def provenance(manifest: Manifest, about: list[Subject], circumstances: Circumstances) -> Statement:
    """SLSA provenance v1. No SLSA level is claimed."""
    metadata = {
        "startedOn": circumstances.started,
        "finishedOn": circumstances.finished,
        **({"invocationId": circumstances.invocation} if circumstances.invocation else {}),
    }
    predicate = {
        "buildDefinition": {**build_definition(manifest), "internalParameters": {"machine": dict(circumstances.machine)}},
        "runDetails": {"builder": {"id": BUILDER, "version": dict(manifest.tools)}, "metadata": metadata},
    }
    return Statement(subject=about, predicateType=PROVENANCE, predicate=predicate)


def result_of(gate: ManifestGate) -> str:
    """The test-result word for a gate's outcome. What did not run has not passed."""
    return _RESULTS[gate.outcome]


def gate_identity(gate: ManifestGate) -> dict[str, Any]:
    """The part of a gate's attestation that must repeat the manifest."""
    return gate.to_json()


def test_result(gate: ManifestGate, verdict: Verdict, about: list[Subject]) -> Statement:
    """The test result of one gate; `EXTENSION` holds what the standard has no field for."""
    named = {outcome: sorted(test for test, got in verdict.tests.items() if got == outcome) for outcome in ("passed", "failed", "skipped")}
    report = verdict.report
    predicate = {
        "result": result_of(gate),
        "configuration": [{"name": f"{gate.gate}: {gate.tool} {gate.tool_version}".rstrip()}],
        "passedTests": named["passed"],
        "warnedTests": [],
        "failedTests": named["failed"],
        EXTENSION: {
            **gate_identity(gate),
            "metrics": verdict.metrics,
            "findings": [finding.to_json() for finding in verdict.findings],
            "skippedTests": named["skipped"],
            "unenforced": list(verdict.unenforced),
            "cachedFrom": verdict.cached_from,
            "report": {"name": report.path, "digest": {"sha256": report.sha256}} if report else None,
            "reason": verdict.reason,
        },
    }
    return Statement(subject=about, predicateType=TEST_RESULT, predicate=predicate)


def properties(manifest: Manifest) -> list[str]:
    """The summary's properties: one per gate that passed, and one when every required gate did."""
    passed = [f"QLF_{gate.gate.upper().replace('-', '_')}_PASSED" for gate in manifest.gates if gate.outcome in ("pass", "warn")]
    return sorted(passed) + ([] if any(gate.blocks for gate in manifest.gates) else [ALL_GATES])


def summary_result(manifest: Manifest, about: list[Subject], circumstances: Circumstances) -> Statement:
    """The simple verification result: which properties were verified, and when."""
    predicate = {"verifier": {"id": VERIFIER}, "timeCreated": circumstances.finished, "properties": properties(manifest)}
    return Statement(subject=about, predicateType=SUMMARY, predicate=predicate)
