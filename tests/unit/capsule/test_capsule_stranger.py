"""A verifier and a writer that somebody else could have written from `docs/capsule-format.md`: standard library and `cryptography` only."""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
import zlib
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.capsule import BuiltCapsule, SigningKey, SourceFile, attest, build_capsule, canonical_tar, load_signer, verify_capsule

EXTENSION = "urn:quantumlayer:factory:gate:1"
TIMES = {"started": "2026-01-02T03:04:05Z", "finished": "2026-01-02T03:05:05Z"}


class Refused(Exception):
    """The capsule does not check."""


def must(holds: bool) -> None:
    if not holds:
        raise Refused


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def decompressed(data: bytes) -> bytes:
    must(data[:10] == bytes.fromhex("1f8b08000000000000ff"))
    stream = zlib.decompressobj(-15)
    try:
        tar = stream.decompress(data[10:], 256 * 2**20)
    except zlib.error as error:
        raise Refused from error
    must(stream.eof and stream.unused_data == zlib.crc32(tar).to_bytes(4, "little") + len(tar).to_bytes(4, "little"))
    return tar


def block(name: bytes, kind: bytes, size: int, mode: int) -> bytes:
    """One header, by rule 3."""
    fields = name.ljust(100, b"\0") + b"%07o\0" % mode + b"0000000\0" * 2 + b"%011o\0" % size + b"0" * 11 + b"\0"
    rest = kind + bytes(100) + b"ustar\x0000" + bytes(247)
    checksum = sum(fields) + 8 * 32 + sum(rest)
    return fields + b"%06o\0 " % checksum + rest


def padded(data: bytes, to: int = 512) -> bytes:
    return data + bytes(-len(data) % to)


def written(files: dict[str, tuple[bytes, int]]) -> bytes:
    """The tar of path -> (data, mode), by rules 1 to 5."""
    out = b""
    for path in sorted(files, key=lambda p: p.encode()):
        data, mode = files[path]
        if len(path) > 100 or not path.isascii():
            body = f" path={path}\n".encode()
            length = len(body) + 1
            while len(body) + len(str(length)) != length:
                length = len(body) + len(str(length))
            record = str(length).encode() + body
            out += block(b"././@PaxHeader", b"x", len(record), 0) + padded(record)
        name = path.encode("ascii", "replace")[:100]
        out += block(name, b"0", len(data), mode) + padded(data)
    return padded(out + bytes(1024), 10240)


def parsed(tar: bytes) -> dict[str, tuple[bytes, int]]:
    files: dict[str, tuple[bytes, int]] = {}
    offset, long = 0, ""
    while any(header := tar[offset : offset + 512]):
        size = int(header[124:135], 8)
        body = tar[offset + 512 : offset + 512 + size]
        offset += 512 + len(padded(body))
        if header[156:157] == b"x":
            long = body.decode().split(" path=", 1)[1].removesuffix("\n")
            continue
        path = long or header[:100].rstrip(b"\0").decode()
        must(path not in files and ".." not in path.split("/") and not path.startswith("/"))
        files[path], long = (body, int(header[100:107], 8)), ""
    must(written(files) == tar)
    return files


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def checked_signature(key: Any, signature: bytes, signed: bytes) -> None:
    try:
        match key:
            case ec.EllipticCurvePublicKey():
                key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
            case ed25519.Ed25519PublicKey():
                key.verify(signature, signed)
            case rsa.RSAPublicKey():
                key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise Refused from error


def opened(bundle: bytes, pem: bytes) -> dict[str, Any]:
    """The statement of a bundle."""
    raw = json.loads(bundle)
    must(canonical(raw) == bundle)
    must(raw["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json")
    key = load_pem_public_key(pem)
    hint = sha(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    envelope = raw["dsseEnvelope"]
    must(raw["verificationMaterial"] == {"publicKey": {"hint": hint}} and len(envelope["signatures"]) == 1)
    must(envelope["signatures"][0]["keyid"] == hint)
    kind, payload = envelope["payloadType"].encode(), base64.b64decode(envelope["payload"], validate=True)
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    checked_signature(key, base64.b64decode(envelope["signatures"][0]["sig"], validate=True), signed)
    statement: dict[str, Any] = json.loads(payload)
    must(canonical(statement) == payload and statement["_type"] == "https://in-toto.io/Statement/v1")
    return statement


def verify(data: bytes, bundles: dict[str, bytes], pem: bytes) -> str:
    """The digest of a capsule that checks; `Refused` otherwise."""
    tar = decompressed(data)
    files = parsed(tar)
    manifest = json.loads(files["manifest.json"][0])
    must(manifest["manifest_version"] == "1")
    listed = {path: (f["sha256"], f["size"], int(f["mode"], 8)) for path, f in manifest["files"].items()}
    must(listed == {path: (sha(d), len(d), mode) for path, (d, mode) in files.items() if path != "manifest.json"})
    gates, stem = manifest["gates"], f"{manifest['slug']}-{manifest['version']}"
    must(bool(gates) and all(gate["outcome"] in ("pass", "warn") or not gate["required"] for gate in gates))
    kinds = ["provenance", "summary", *(f"gate-{gate['gate']}" for gate in gates)]
    must({f"{stem}.{kind}.sigstore.json" for kind in kinds} == bundles.keys())
    statements = {kind: opened(bundles[f"{stem}.{kind}.sigstore.json"], pem) for kind in kinds}
    subjects = [{"name": f"{stem}.tar", "digest": {"sha256": sha(tar)}}, {"name": f"{stem}.qlcapsule", "digest": {"sha256": sha(data)}}]
    must(all(statement["subject"] == subjects for statement in statements.values()))
    agrees_provenance(statements["provenance"], manifest)
    agrees_summary(statements["summary"], gates)
    for gate in gates:
        agrees_gate(statements[f"gate-{gate['gate']}"], gate)
    return sha(tar)


def agrees_provenance(statement: dict[str, Any], manifest: dict[str, Any]) -> None:
    must(statement["predicateType"] == "https://slsa.dev/provenance/v1")
    definition, inputs = statement["predicate"]["buildDefinition"], manifest["inputs"]
    must(definition["buildType"] == "urn:quantumlayer:factory:build:1")
    must(
        definition["externalParameters"]
        == {
            "brief": {"sha256": inputs["brief"]},
            "ir": {"sha256": inputs["ir"]},
            **{key: manifest[key] for key in ("mode", "blueprint", "parameters")},
        }
    )
    must(definition["resolvedDependencies"][1]["digest"] == {"sha256": inputs["lock"]})
    must(statement["predicate"]["runDetails"]["builder"]["id"] == "urn:quantumlayer:factory:builder:1")


def agrees_summary(statement: dict[str, Any], gates: list[dict[str, Any]]) -> None:
    must(statement["predicateType"] == "https://in-toto.io/attestation/svr/v0.1")
    passed = sorted(f"QLF_{g['gate'].upper().replace('-', '_')}_PASSED" for g in gates if g["outcome"] in ("pass", "warn"))
    must(statement["predicate"]["properties"] == [*passed, "QLF_ALL_REQUIRED_GATES_PASSED"])
    must(statement["predicate"]["verifier"] == {"id": "urn:quantumlayer:factory:gates:1"})


def agrees_gate(statement: dict[str, Any], gate: dict[str, Any]) -> None:
    must(statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1")
    must(statement["predicate"]["result"] == {"pass": "PASSED", "warn": "WARNED"}.get(gate["outcome"], "FAILED"))
    must({key: statement["predicate"][EXTENSION][key] for key in gate} == gate)


def test_a_stranger_reaches_the_same_digest(built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    assert verify(built.data, bundles, signer.public.pem) == built.digest


@pytest.mark.parametrize("key", [ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)], ids=["ed25519", "rsa"])
def test_a_stranger_verifies_every_kind_of_key(key: Any, pem: Any, built: BuiltCapsule, make_inputs: Any) -> None:
    mine = load_signer(pem(key))
    signed = attest(built, make_inputs().verdicts, make_inputs(), mine, **TIMES)
    assert verify(built.data, signed, mine.public.pem) == built.digest


@settings(max_examples=120)
@given(data=st.data())
def test_a_stranger_and_we_refuse_alike(data: st.DataObject, built: BuiltCapsule, bundles: dict[str, bytes], signer: SigningKey) -> None:
    everything = {"": built.data, **bundles}
    name = data.draw(st.sampled_from(sorted(everything)))
    offset = data.draw(st.integers(0, len(everything[name]) - 1))
    flip = 1 << data.draw(st.integers(0, 7))
    changed = bytearray(everything[name])
    changed[offset] ^= flip
    everything[name] = bytes(changed)
    capsule = everything.pop("")
    assert not verify_capsule(capsule, everything, [signer.public]).ok
    with pytest.raises((Refused, ValueError, LookupError, TypeError)):
        verify(capsule, everything, signer.public.pem)


LETTERS = st.text(st.sampled_from("abc-_. üßдш値é"), min_size=1, max_size=60).map(
    lambda t: unicodedata.normalize("NFC", t.strip(". ") or "x")
)
PATHS = st.lists(LETTERS, min_size=1, max_size=3).map("/".join).filter(lambda path: len(path.encode()) <= 400)


@settings(max_examples=150)
@given(files=st.dictionaries(PATHS, st.tuples(st.binary(max_size=1200), st.sampled_from([0o644, 0o755])), max_size=5))
def test_a_stranger_writes_the_same_tar(files: dict[str, tuple[bytes, int]]) -> None:
    ours = {p: f for p, f in files.items() if not any(other != p and other.startswith(p + "/") for other in files)}
    tree = {path: SourceFile(data, "0755" if mode == 0o755 else "0644") for path, (data, mode) in ours.items()}
    assert written(ours) == canonical_tar(tree)


@pytest.mark.parametrize("length", [90, 93, 94, 99, 100, 101, 255])
def test_lengths_around_the_borders_of_the_format(length: int) -> None:
    """A name field of 100, and a pax record whose length grows by a digit."""
    for path in ("n" * length, "ü" * (length // 2), "a/" + "n" * (length - 2)):
        assert written({path: (b"1", 0o644)}) == canonical_tar({path: SourceFile(b"1")})


def test_a_stranger_reads_a_capsule_with_awkward_names(make_inputs: Any, signer: SigningKey) -> None:
    files = {f"src/{'ö' * 80}.py": SourceFile(b"1", producer="x"), f"{'p' * 90}/{'q' * 90}": SourceFile(b"", "0755", "x")}
    inputs = make_inputs(files=files)
    built = build_capsule(inputs)
    assert verify(built.data, attest(built, inputs.verdicts, inputs, signer, **TIMES), signer.public.pem) == built.digest
