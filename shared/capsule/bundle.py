"""A signed statement as one file: DSSE envelope, in-toto Statement v1, Sigstore bundle v0.3 with a public key's hint.

There is one way to write a bundle down (canonical JSON, canonical base64), and the reader accepts only that. So no byte of a bundle
can change without notice, not even one that the signature does not cover.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import Signature  # type: ignore[attr-defined]

from shared.capsule.keys import PublicKey, SigningKey
from shared.model import CapsuleError, Json, Record, canonical_json

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
MAX_BUNDLE = 16 * 2**20


class Subject(Record):
    """What a statement speaks of: a name and its SHA-256."""

    name: str
    digest: dict[Literal["sha256"], str] = Field(min_length=1)


class Statement(Record):
    """An in-toto Statement v1."""

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(default="https://in-toto.io/Statement/v1", alias="_type")
    subject: list[Subject]
    predicate_type: str = Field(alias="predicateType")
    predicate: dict[str, Any]


class _Signature(Record):
    keyid: str
    sig: str


class _Envelope(Record):
    payload: str
    payload_type: Literal["application/vnd.in-toto+json"] = Field(alias="payloadType")
    signatures: list[_Signature] = Field(min_length=1, max_length=1)


class _Hint(Record):
    hint: str


class _Material(Record):
    public_key: _Hint = Field(alias="publicKey")


class _Bundle(Record):
    media_type: Literal["application/vnd.dev.sigstore.bundle.v0.3+json"] = Field(alias="mediaType")
    material: _Material = Field(alias="verificationMaterial")
    envelope: _Envelope = Field(alias="dsseEnvelope")


def sign(statement: Statement, key: SigningKey) -> bytes:
    """The bundle of `statement`, signed by `key`: canonical JSON, ended by one newline."""
    payload = canonical_json(statement)
    signature = Envelope(payload, PAYLOAD_TYPE, {}).sign(key.signer)
    sig = base64.b64encode(bytes.fromhex(signature.signature)).decode()
    return canonical_json(
        {
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": {"publicKey": {"hint": key.public.hint}},
            "dsseEnvelope": {
                "payload": base64.b64encode(payload).decode(),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"keyid": key.public.hint, "sig": sig}],
            },
        }
    )


def open_bundle(data: bytes, keys: Mapping[str, PublicKey]) -> Statement:
    """The statement in a bundle, after its signature verified with the key of its hint in `keys` (hint -> key).

    Raises `CapsuleError`: QLF5020 unknown signer, QLF5021 malformed or not in the one form, QLF5022 the signature does not verify.
    """
    bundle = _parse(data)
    signature = bundle.envelope.signatures[0]
    key = keys.get(signature.keyid)
    if key is None or bundle.material.public_key.hint != signature.keyid:
        raise CapsuleError("QLF5020", f"signed by {signature.keyid[:64]!r}")
    payload = _base64(bundle.envelope.payload)
    envelope = Envelope(payload, PAYLOAD_TYPE, {key.hint: Signature(key.hint, _base64(signature.sig).hex())})
    try:
        envelope.verify([key.sslib], 1)
    except VerificationError as error:
        raise CapsuleError("QLF5022") from error
    return _statement(payload)


def signer_of(data: bytes) -> str:
    """The hint in a bundle: who claims to have signed it. Raises `CapsuleError` QLF5021."""
    return _parse(data).material.public_key.hint


def _parse(data: bytes) -> _Bundle:
    if len(data) > MAX_BUNDLE:
        raise CapsuleError("QLF5021", f"larger than {MAX_BUNDLE} bytes")
    raw = _json(data)
    try:
        return _Bundle.model_validate(raw)
    except ValidationError as error:
        raise CapsuleError("QLF5021", "not a Sigstore bundle v0.3 with a public key's hint") from error


def _statement(payload: bytes) -> Statement:
    try:
        return Statement.model_validate(_json(payload))
    except ValidationError as error:
        raise CapsuleError("QLF5021", "the payload is not an in-toto statement") from error


def _json(data: bytes) -> Json:
    try:
        value: Json = json.loads(data)
        again = canonical_json(value)
    except (ValueError, RecursionError) as error:
        raise CapsuleError("QLF5021", "not JSON") from error
    if again != data:
        raise CapsuleError("QLF5021", "the JSON is not in canonical form")
    return value


def _base64(text: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CapsuleError("QLF5021", "malformed base64") from error
    if base64.b64encode(value).decode() != text:
        raise CapsuleError("QLF5021", "the base64 is not in canonical form")
    return value
