"""Which keys are accepted, and the key that a data folder makes for itself."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from shared.capsule import hint, known_keys, load_public_key, load_signer, local_signer
from shared.model import ConfigError, sha256

ACCEPTED = [ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)]
P256, RSA = ACCEPTED[0], ACCEPTED[2]


def der(key: Any) -> bytes:
    encoded: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def public_pem(key: Any) -> bytes:
    encoded: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def refused(load: Callable[[bytes], object], pem: bytes) -> str:
    with pytest.raises(ConfigError) as raised:
        load(pem)
    assert raised.value.exit_code == 4
    return raised.value.code


@pytest.mark.parametrize("key", ACCEPTED, ids=["ecdsa", "ed25519", "rsa"])
def test_the_hint_is_the_digest_of_the_public_key(key: Any, pem: Callable[[Any], bytes]) -> None:
    signer = load_signer(pem(key))
    assert signer.public.hint == hint(key.public_key()) == sha256(der(key))
    assert load_public_key(signer.public.pem).hint == signer.public.hint
    assert signer.public.pem == public_pem(key)


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP256K1()),
        ed448.Ed448PrivateKey.generate(),
        x25519.X25519PrivateKey.generate(),
        dsa.generate_private_key(1024),
        rsa.generate_private_key(65537, 1024),
    ],
    ids=["p384", "secp256k1", "ed448", "x25519", "dsa", "rsa1024"],
)
def test_other_keys_are_refused(key: Any, pem: Callable[[Any], bytes]) -> None:
    assert refused(load_signer, pem(key)) == "QLF5030"
    assert refused(load_public_key, public_pem(key)) == "QLF5030"


def test_other_forms_of_a_key_are_refused(pem: Callable[[Any], bytes]) -> None:
    encrypted = P256.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    traditional = [k.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()) for k in (P256, RSA)]
    raw = P256.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    good = pem(P256)
    for bad in (encrypted, *traditional, raw, good * 2, public_pem(P256), b"", b"x" * 100_000, good[:60], good.replace(b"A", b"!")):
        assert refused(load_signer, bad) == "QLF5030"
    for bad in (good, b"", public_pem(P256) * 2, public_pem(P256)[:50], b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"):
        assert refused(load_public_key, bad) == "QLF5030"


@given(body=st.binary(max_size=200))
def test_no_bytes_crash_the_loaders(body: bytes) -> None:
    for load, name in ((load_signer, b"PRIVATE"), (load_public_key, b"PUBLIC")):
        for text in (body, b"-----BEGIN " + name + b" KEY-----\n" + body + b"\n-----END " + name + b" KEY-----\n"):
            assert refused(load, text) == "QLF5030"


def test_the_error_does_not_show_the_key() -> None:
    with pytest.raises(ConfigError) as raised:
        load_signer(b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n")
    assert "c2Vj" not in str(raised.value)


def test_a_folder_makes_its_key_once_for_its_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        first = local_signer(tmp_path)
    finally:
        os.umask(old)
    keys = tmp_path / "keys"
    assert keys.stat().st_mode & 0o777 == 0o700
    assert (keys / "signing.pem").stat().st_mode & 0o777 == 0o600
    assert local_signer(tmp_path).public.hint == first.public.hint
    assert [key.hint for key in known_keys(tmp_path)] == [first.public.hint]
    assert load_signer((keys / "signing.pem").read_bytes()).public.hint == first.public.hint


def _hint_of(home: Path) -> str:
    return local_signer(home).public.hint


def test_many_first_uses_at_once_make_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        hints = set(pool.map(_hint_of, [tmp_path] * 12))
    assert len(hints) == 1
    assert sorted(p.name for p in (tmp_path / "keys").iterdir() if not p.name.startswith(".lock")) == sorted(
        ["signing.pem", f"{hints.pop()}.pub.pem"]
    )


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    local_signer(tmp_path)
    (tmp_path / "keys" / "signing.pem").chmod(0o640)
    with pytest.raises(ConfigError, match="QLF5031"):
        local_signer(tmp_path)


def test_a_broken_or_linked_key_is_not_replaced(tmp_path: Path) -> None:
    local_signer(tmp_path)
    path = tmp_path / "keys" / "signing.pem"
    path.write_bytes(b"rubbish")
    with pytest.raises(ConfigError, match="QLF5030"):
        local_signer(tmp_path)
    assert path.read_bytes() == b"rubbish"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="QLF5032"):
        local_signer(tmp_path)


def test_a_folder_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="QLF5032"):
        local_signer(tmp_path / "file")
    assert known_keys(tmp_path / "nowhere") == []
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "a.pub.pem").mkdir()
    with pytest.raises(ConfigError, match="QLF5032"):
        known_keys(tmp_path)


def test_keys_of_others_are_known_once_they_lie_there(tmp_path: Path) -> None:
    mine = local_signer(tmp_path).public
    (tmp_path / "keys" / "colleague.pub.pem").write_bytes(public_pem(RSA))
    assert {key.hint for key in known_keys(tmp_path)} == {mine.hint, hint(RSA.public_key())}


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
@pytest.mark.parametrize("key", [P256, RSA], ids=["ecdsa", "rsa"])
def test_openssl_verifies_our_signatures(key: Any, pem: Callable[[Any], bytes], built: Any, make_inputs: Any, tmp_path: Path) -> None:
    import base64
    import json

    from shared.capsule import attest

    signed = attest(
        built, make_inputs().verdicts, make_inputs(), load_signer(pem(key)), started="2026-01-01T00:00:00Z", finished="2026-01-01T00:00:01Z"
    )
    envelope = json.loads(next(iter(signed.values())))["dsseEnvelope"]
    payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"].encode()
    (tmp_path / "pae").write_bytes(b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload))
    (tmp_path / "sig").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    (tmp_path / "pub").write_bytes(public_pem(key))
    command = ["openssl", "dgst", "-sha256", "-verify", "pub", "-signature", "sig", "pae"]
    assert b"Verified OK" in subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout
    shown = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", "pub", "-outform", "DER"], cwd=tmp_path, check=True, capture_output=True
    ).stdout
    assert sha256(shown) == envelope["signatures"][0]["keyid"]
