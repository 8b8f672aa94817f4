"""What `verify_capsule` accepts, and everything that it must not."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.capsule import (
    BuiltCapsule,
    SigningKey,
    SourceFile,
    VerificationReport,
    attest,
    build_capsule,
    canonical_tar,
    gzip_member,
    load_signer,
    local_signer,
    read_archive,
    verify_capsule,
)
from shared.model import CapsuleError, Verdict, canonical_json, sha256

TIMES = {"started": "2026-01-02T03:04:05Z", "finished": "2026-01-02T03:05:05Z"}
STEM = "pet-clinic-0.1.0"
PROVENANCE = f"{STEM}.provenance.sigstore.json"
UNIT = f"{STEM}.gate-unit.sigstore.json"
SUMMARY = f"{STEM}.summary.sigstore.json"


def codes(report: VerificationReport) -> set[str]:
    return {check.code for check in report.checks if check.outcome == "fail"}


def repacked(built: BuiltCapsule, **changes: SourceFile | None) -> bytes:
    """The capsule with files replaced or removed (None), canonical again."""
    files = read_archive(built.data) | {path: file for path, file in changes.items() if file}
    return gzip_member(canonical_tar({path: file for path, file in files.items() if changes.get(path, file)}))


def with_manifest(built: BuiltCapsule, **changes: Any) -> bytes:
    raw = built.manifest.to_json() | changes
    return repacked(built, **{"manifest.json": SourceFile(json.dumps(raw).encode())})


def statement(bundle: bytes) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(base64.b64decode(json.loads(bundle)["dsseEnvelope"]["payload"]))
    return payload


def resigned(bundle: bytes, signer: SigningKey, **changes: Any) -> bytes:
    """The bundle's statement with some of its keys replaced, properly signed again."""
    from securesystemslib.dsse import Envelope

    payload = canonical_json(statement(bundle) | changes)
    signature = Envelope(payload, "application/vnd.in-toto+json", {}).sign(signer.signer)
    raw = json.loads(bundle)
    raw["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    raw["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(bytes.fromhex(signature.signature)).decode()
    return canonical_json(raw)


def test_an_untouched_capsule_passes_and_every_check_is_named(built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    report = verify_capsule(built.data, bundles, [signer.public])
    assert report.ok
    report.require()
    assert report.digest == built.digest
    assert report.manifest == built.manifest
    assert [check.outcome for check in report.checks] == ["pass"] * 11
    named = " ".join(check.name for check in report.checks)
    for word in (
        "gzip",
        "canonical",
        "manifest",
        "contents",
        "gates",
        "bundles",
        "provenance",
        "gate-unit",
        "gate-static",
        "gate-fuzz",
        "summary",
    ):
        assert word in named


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)],
    ids=["ecdsa", "ed25519", "rsa"],
)
def test_all_kinds_of_keys_sign_and_verify(key: Any, pem: Any, make_inputs: Any, built: BuiltCapsule, signer: SigningKey) -> None:
    mine = load_signer(pem(key))
    signed = attest(built, make_inputs().verdicts, make_inputs(), mine, **TIMES)
    assert verify_capsule(built.data, signed, [signer.public, mine.public]).ok
    assert codes(verify_capsule(built.data, signed, [signer.public])) == {"QLF5020"}
    assert codes(verify_capsule(built.data, signed, [])) == {"QLF5020"}


def test_a_foreign_key_that_claims_our_hint_does_not_verify(
    built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey, pem: Any, make_inputs: Any
) -> None:
    other = load_signer(pem(ec.generate_private_key(ec.SECP256R1())))
    forged = attest(built, make_inputs().verdicts, make_inputs(), other, **TIMES)
    renamed = {name: data.replace(other.public.hint.encode(), signer.public.hint.encode()) for name, data in forged.items()}
    assert renamed.keys() == bundles.keys()
    assert codes(verify_capsule(built.data, renamed, [signer.public])) == {"QLF5022"}


def test_every_single_bit_of_the_capsule_counts(built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    provenance = {PROVENANCE: bundles[PROVENANCE]}
    for offset in range(len(built.data)):
        flipped = bytearray(built.data)
        flipped[offset] ^= 1 << offset % 8
        report = verify_capsule(bytes(flipped), provenance, [signer.public])
        assert codes(report) - {"QLF5023"}, offset


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_other_byte_anywhere_is_noticed(
    data: st.DataObject, built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey
) -> None:
    everything = {"": built.data, **bundles}
    name = data.draw(st.sampled_from(sorted(everything)))
    offset = data.draw(st.integers(0, len(everything[name]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != everything[name][offset]))
    changed = everything[name][:offset] + bytes([byte]) + everything[name][offset + 1 :]
    everything[name] = changed
    capsule = everything.pop("")
    assert not verify_capsule(capsule, everything, [signer.public]).ok


def test_every_byte_of_every_bundle_counts(built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    from shared.capsule import open_bundle

    keys = {signer.public.hint: signer.public}
    for bundle in bundles.values():
        assert open_bundle(bundle, keys).subject[0].digest == {"sha256": built.digest}
        for offset in range(len(bundle)):
            flipped = bytearray(bundle)
            flipped[offset] ^= 1 << offset % 8
            with pytest.raises(CapsuleError):
                open_bundle(bytes(flipped), keys)


@pytest.mark.parametrize("change", ["cut", "space after", "newline before", "twice", "crlf"])
def test_bytes_around_a_bundle_are_noticed(change: str, built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    data = bundles[UNIT]
    changed = {
        "cut": data[:-1],
        "space after": data + b" ",
        "newline before": b"\n" + data,
        "twice": data * 2,
        "crlf": data[:-1] + b"\r\n",
    }[change]
    assert codes(verify_capsule(built.data, bundles | {UNIT: changed}, [signer.public])) == {"QLF5021"}


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("before", "QLF5001"),
        ("after", "QLF5002"),
        ("second member", "QLF5002"),
        ("zeros", "QLF5002"),
        ("cut", "QLF5003"),
        ("empty", "QLF5001"),
        ("header", "QLF5001"),
    ],
)
def test_bytes_around_the_capsule_are_noticed(
    where: str, code: str, built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey
) -> None:
    data = built.data
    changed = {
        "before": b"\0" + data,
        "after": data + b"x",
        "second member": data + gzip_member(b""),
        "zeros": data + b"\0" * 512,
        "cut": data[:-1],
        "empty": b"",
        "header": data[:9] + b"\x03" + data[10:],
    }[where]
    report = verify_capsule(changed, bundles, [signer.public])
    assert codes(report) == {code}
    with pytest.raises(CapsuleError) as raised:
        report.require()
    assert raised.value.code == code
    assert raised.value.exit_code == 6


def test_the_same_tar_compressed_otherwise_is_another_file(built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    import struct
    import zlib

    tar = canonical_tar(read_archive(built.data))
    assert sha256(tar) == built.digest
    deflate = zlib.compressobj(0, zlib.DEFLATED, -15)
    stored = built.data[:10] + deflate.compress(tar) + deflate.flush() + struct.pack("<II", zlib.crc32(tar), len(tar))
    report = verify_capsule(stored, bundles, [signer.public])
    assert report.digest == built.digest
    assert codes(report) == {"QLF5024"}


@pytest.mark.parametrize(
    "changes",
    [
        {"source/src/app.py": SourceFile(b"print('evil')\n")},
        {"source/build.sh": SourceFile(b"#!/bin/sh\n", "0644")},
        {"source/build.sh": None},
        {"sbom.cdx.json": None},
        {"source/extra.py": SourceFile(b"")},
        {"extra": SourceFile(b"")},
    ],
    ids=["changed", "mode", "missing", "missing sbom", "extra source", "extra"],
)
def test_the_manifest_lists_every_file(changes: Any, built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    report = verify_capsule(repacked(built, **changes), bundles, [signer.public])
    assert codes(report) == {"QLF5012", "QLF5024"}


@pytest.mark.parametrize(
    ("manifest", "code"),
    [
        (b"{}", "QLF5010"),
        (b"[]", "QLF5010"),
        (b"", "QLF5010"),
        (b"[" * 100_000, "QLF5010"),
        (b'{"manifest_version": "2"}', "QLF5011"),
        (b'{"manifest_version": 1}', "QLF5011"),
        (b'{"manifest_version": "1"}', "QLF5010"),
        (b'{"manifest_version": "1", "files": {"a": 5}}', "QLF5010"),
    ],
)
def test_a_bad_manifest_is_refused(manifest: bytes, code: str, built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    changed = repacked(built, **{"manifest.json": SourceFile(manifest)})
    assert codes(verify_capsule(changed, bundles, [signer.public])) == {code}


def test_an_archive_without_a_manifest_is_refused(built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    changed = repacked(built, **{"manifest.json": None})
    assert codes(verify_capsule(changed, bundles, [signer.public])) == {"QLF5010"}


@pytest.mark.parametrize("name", [PROVENANCE, UNIT, SUMMARY, f"{STEM}.gate-fuzz.sigstore.json"])
def test_every_bundle_must_be_there(name: str, built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    rest = {n: b for n, b in bundles.items() if n != name}
    report = verify_capsule(built.data, rest, [signer.public])
    assert codes(report) == {"QLF5023"}
    assert any(name in check.detail for check in report.checks)


def test_a_bundle_that_nobody_asked_for_is_refused(built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    more = bundles | {f"{STEM}.gate-made-up.sigstore.json": bundles[UNIT]}
    assert codes(verify_capsule(built.data, more, [signer.public])) == {"QLF5026"}


def test_bundles_cannot_stand_in_for_each_other(built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    for name in (PROVENANCE, SUMMARY, f"{STEM}.gate-static.sigstore.json"):
        assert codes(verify_capsule(built.data, bundles | {name: bundles[UNIT]}, [signer.public])) == {"QLF5025"}


def test_attestations_of_another_build_are_stale(
    built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey, make_inputs: Any
) -> None:
    other = build_capsule(make_inputs(files={"main.py": SourceFile(b"x = 1\n", producer="backend")}))
    report = verify_capsule(other.data, bundles, [signer.public])
    assert codes(report) == {"QLF5024"}
    assert sum(check.outcome == "fail" for check in report.checks) == len(bundles)


def test_the_attestation_of_a_failed_gate_is_refused(built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    predicate = statement(bundles[UNIT])["predicate"] | {"result": "FAILED"}
    failed = resigned(bundles[UNIT], signer, predicate=predicate)
    assert codes(verify_capsule(built.data, bundles | {UNIT: failed}, [signer.public])) == {"QLF5025"}


def test_a_manifest_with_a_failed_required_gate_is_refused_however_it_is_signed(
    built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey
) -> None:
    gates = [gate.to_json() | {"outcome": "fail"} for gate in built.manifest.gates]
    report = verify_capsule(with_manifest(built, gates=gates), bundles, [signer.public])
    assert "QLF5013" in codes(report)
    assert "QLF5013" in codes(verify_capsule(with_manifest(built, gates=[]), bundles, [signer.public]))


@pytest.mark.parametrize("name", [PROVENANCE, SUMMARY, UNIT])
def test_a_signed_statement_must_agree_with_the_manifest(
    name: str, built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey
) -> None:
    same = resigned(bundles[name], signer)
    assert verify_capsule(built.data, bundles | {name: same}, [signer.public]).ok
    for changes in (
        {"predicate": {}},
        {"predicateType": "https://in-toto.io/attestation/vuln/v0.1"},
        {"predicate": {"result": ["PASSED"], "buildDefinition": 5}},
    ):
        other = resigned(bundles[name], signer, **changes)
        assert codes(verify_capsule(built.data, bundles | {name: other}, [signer.public])) == {"QLF5025"}
    for changes in ({"subject": []}, {"subject": statement(bundles[name])["subject"][:1]}):
        other = resigned(bundles[name], signer, **changes)
        assert codes(verify_capsule(built.data, bundles | {name: other}, [signer.public])) == {"QLF5024"}
    for changes in ({"_type": "https://in-toto.io/Statement/v0.1"}, {"subject": 5}, {"more": 1}):
        other = resigned(bundles[name], signer, **changes)
        assert codes(verify_capsule(built.data, bundles | {name: other}, [signer.public])) == {"QLF5021"}


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400))
def test_arbitrary_bytes_are_refused_with_a_code(data: bytes, built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    assert not verify_capsule(data, {}, [signer.public]).ok
    assert not verify_capsule(built.data[:10] + data, bundles, [signer.public]).ok
    assert codes(verify_capsule(built.data, bundles | {UNIT: data}, [signer.public])) == {"QLF5021"}


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 200_000,
        b'{"a":' * 50_000,
        b"1" * 10_000,
        b'{"mediaType":NaN}\n',
        b'"\\ud800"\n',
        b"\xff\xfe",
        b"\0",
        b"null\n",
        b'{"a":1,"a":2}\n',
    ],
    ids=["brackets", "braces", "digits", "nan", "surrogate", "bom", "nul", "null", "duplicate"],
)
def test_hostile_json_is_refused_in_bounded_time(data: bytes, built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    assert codes(verify_capsule(built.data, bundles | {UNIT: data}, [signer.public])) == {"QLF5021"}


def test_an_attestation_says_what_the_archive_does_not(built: BuiltCapsule, bundles: dict[str, bytes]) -> None:
    unit = statement(bundles[UNIT])
    assert unit["_type"] == "https://in-toto.io/Statement/v1"
    assert unit["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert unit["predicate"]["result"] == "PASSED"
    assert unit["predicate"]["passedTests"] == ["t::a"]
    assert unit["predicate"]["urn:quantumlayer:factory:gate:1"]["metrics"] == {"coverage": 97.5}
    assert unit["subject"][0] == {"name": f"{STEM}.tar", "digest": {"sha256": built.digest}}
    assert unit["subject"][1] == {"name": f"{STEM}.qlcapsule", "digest": {"sha256": sha256(built.data)}}
    summary = statement(bundles[SUMMARY])["predicate"]
    assert summary["properties"] == ["QLF_STATIC_PASSED", "QLF_UNIT_PASSED", "QLF_ALL_REQUIRED_GATES_PASSED"]
    assert summary["timeCreated"] == TIMES["finished"]
    provenance = statement(bundles[PROVENANCE])["predicate"]
    assert provenance["runDetails"]["metadata"]["startedOn"] == TIMES["started"]
    assert provenance["buildDefinition"]["externalParameters"]["brief"] == {"sha256": built.manifest.inputs.brief}
    assert statement(bundles[f"{STEM}.gate-fuzz.sigstore.json"])["predicate"]["result"] == "FAILED"


def test_only_the_verdicts_of_the_manifest_are_attested(built: BuiltCapsule, signer: SigningKey, make_inputs: Any) -> None:
    verdicts = make_inputs().verdicts
    for wrong in (
        verdicts[1:],
        [*verdicts, Verdict(gate="more", outcome="pass")],
        [*verdicts, verdicts[0]],
        [Verdict(gate="unit", outcome="warn"), *verdicts[1:]],
    ):
        with pytest.raises(Exception, match="QLF5050"):
            attest(built, wrong, make_inputs(), signer, **TIMES)


def test_a_capsule_is_attested_with_its_own_inputs_only(built: BuiltCapsule, signer: SigningKey, make_inputs: Any) -> None:
    with pytest.raises(Exception, match="QLF5050"):
        attest(built, make_inputs().verdicts, make_inputs(brief=b"another"), signer, **TIMES)


@pytest.mark.parametrize(
    ("outcome", "result", "passes"),
    [("pass", "PASSED", True), ("warn", "WARNED", True), ("skip", "FAILED", True), ("error", "FAILED", True), ("fail", "FAILED", True)],
)
def test_what_did_not_run_is_never_attested_as_passed(
    outcome: Any, result: str, passes: bool, signer: SigningKey, make_inputs: Any
) -> None:
    inputs = make_inputs(verdicts=[Verdict(gate="unit", outcome="pass"), Verdict(gate="more-tests", outcome=outcome, required=False)])
    built = build_capsule(inputs)
    signed = attest(built, inputs.verdicts, inputs, signer, **TIMES)
    assert statement(signed[f"{STEM}.gate-more-tests.sigstore.json"])["predicate"]["result"] == result
    properties = statement(signed[SUMMARY])["predicate"]["properties"]
    assert ("QLF_MORE_TESTS_PASSED" in properties) == (outcome in ("pass", "warn"))
    assert properties[-1] == "QLF_ALL_REQUIRED_GATES_PASSED"
    assert verify_capsule(built.data, signed, [signer.public]).ok is passes


def test_a_reused_pass_names_its_original(signer: SigningKey, make_inputs: Any) -> None:
    inputs = make_inputs(verdicts=[Verdict(gate="unit", outcome="pass", cached_from="f" * 64, unenforced=["memory"])])
    built = build_capsule(inputs)
    signed = attest(built, inputs.verdicts, inputs, signer, **TIMES)
    said = statement(signed[UNIT])["predicate"]["urn:quantumlayer:factory:gate:1"]
    assert said["cachedFrom"] == "f" * 64
    assert said["unenforced"] == ["memory"]
    assert b"f" * 64 not in canonical_tar(read_archive(built.data))


def test_a_hostile_signer_gets_no_further_than_a_hostile_stranger(
    built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey
) -> None:
    """A known key vouches for origin, not for form: what the archive may hold is checked first and always."""
    import io
    import tarfile

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("../../etc/cron.d/x"))
    data = gzip_member(out.getvalue())
    about = [
        {"name": f"{STEM}.tar", "digest": {"sha256": sha256(out.getvalue())}},
        {"name": f"{STEM}.qlcapsule", "digest": {"sha256": sha256(data)}},
    ]
    signed = {name: resigned(bundle, signer, subject=about) for name, bundle in bundles.items()}
    report = verify_capsule(data, signed, [signer.public])
    assert codes(report) == {"QLF5005"}
    assert report.manifest is None
    assert not report.ok


def test_the_report_names_the_signer_and_stops_where_nothing_can_be_read(
    built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey, tmp_path: Path
) -> None:
    stranger = local_signer(tmp_path).public
    assert verify_capsule(built.data, bundles, [stranger, signer.public]).signers == (signer.public.hint,)
    assert verify_capsule(built.data, bundles, [stranger]).signers == ()
    report = verify_capsule(b"", bundles, [signer.public])
    assert [check.outcome for check in report.checks] == ["fail"]
    assert report.digest == ""
    assert report.signers == ()


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_key_of_a_manifest_can_be_changed(
    data: st.DataObject, built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey
) -> None:
    raw = built.manifest.to_json()
    key = data.draw(st.sampled_from(sorted(raw)))
    junk = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=2) | st.just({})
    value = data.draw(junk.filter(lambda v: v != raw[key]))
    report = verify_capsule(with_manifest(built, **{key: value}), bundles, [signer.public])
    assert not report.ok
    assert codes(report) <= {"QLF5010", "QLF5011", "QLF5012", "QLF5013", "QLF5023", "QLF5024", "QLF5026"}


def test_a_manifest_with_more_keys_is_refused(built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    assert codes(verify_capsule(with_manifest(built, extra=1), bundles, [signer.public])) == {"QLF5010"}
