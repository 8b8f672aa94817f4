"""Keys: who signs, and whose signatures are known.

Three kinds are accepted, because sigstore's and in-toto's verifiers read all three: ECDSA P-256 with SHA-256, Ed25519, and RSA
(PKCS #1 v1.5 with SHA-256). A key's hint is the SHA-256 of its public half in DER form (RFC 5280 SubjectPublicKeyInfo), as
`openssl pkey -pubin -outform DER | sha256sum` prints it.
"""

from __future__ import annotations

import base64
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from filelock import FileLock
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]

from shared.model import ConfigError, sha256

_PRIVATE = EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey
_PUBLIC = EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey
_RSA_BITS = range(2048, 8193)
_MAX_PEM = 64 * 1024
_LOCK_SECONDS = 30
_ONE_PUBLIC = re.compile(rb"-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]*-----END PUBLIC KEY-----")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key to verify with: its hint, and its PEM form."""

    hint: str
    pem: bytes
    sslib: SSlibKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key to sign with. The private half stays inside `signer`."""

    public: PublicKey
    signer: CryptoSigner


def load_signer(pem: bytes) -> SigningKey:
    """The signing key in `pem`: unencrypted PKCS#8, ECDSA P-256, Ed25519 or RSA. Anything else is `ConfigError` QLF5030."""
    if len(pem) > _MAX_PEM or pem.count(b"-----BEGIN ") != 1 or b"-----BEGIN PRIVATE KEY-----" not in pem:
        raise ConfigError("QLF5030", "not one unencrypted PKCS#8 private key in PEM form")
    with _readable():
        key = load_pem_private_key(pem, None)
    if not isinstance(key, _PRIVATE):
        raise ConfigError("QLF5030", "the key is neither ECDSA P-256 nor Ed25519 nor RSA")
    public = _public(key.public_key())
    return SigningKey(public, CryptoSigner(key, public.sslib))


def pem_text(text: str) -> bytes:
    """PEM from a setting, which is PEM, or base64 of it in one line: not every place that keeps secrets keeps line breaks.

    Raises `ConfigError` QLF5030 for what is neither.
    """
    stripped = text.strip()
    with _readable():
        if stripped.startswith("-----BEGIN "):
            return stripped.encode()
        return base64.b64decode(stripped, validate=True)


def load_public_key(pem: bytes) -> PublicKey:
    """The public key in `pem` (`BEGIN PUBLIC KEY`). Anything else, a private key included, is `ConfigError` QLF5030."""
    if len(pem) > _MAX_PEM or pem.count(b"-----BEGIN ") != 1 or b"-----BEGIN PUBLIC KEY-----" not in pem:
        raise ConfigError("QLF5030", "not one public key in PEM form")
    with _readable():
        key = load_pem_public_key(pem)
    if not isinstance(key, _PUBLIC):
        raise ConfigError("QLF5030", "the key is neither ECDSA P-256 nor Ed25519 nor RSA")
    return _public(key)


def load_public_keys(text: str) -> list[PublicKey]:
    """The public keys of a setting: PEM texts one after another, or base64 of them in one line. Anything else is `ConfigError` QLF5030."""
    pem = pem_text(text)
    found = _ONE_PUBLIC.findall(pem)
    if not found or _ONE_PUBLIC.sub(b"", pem).strip():
        raise ConfigError("QLF5030", "not public keys in PEM form")
    return [load_public_key(key) for key in found]


def hint(key: _PUBLIC) -> str:
    """The key's id: SHA-256 of its DER SubjectPublicKeyInfo, in hexadecimal."""
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def local_signer(home: Path) -> SigningKey:
    """The signing key of a data folder, an ECDSA P-256 key made on first use, readable by its owner alone.

    It lies in `home/keys/signing.pem`; its public half beside it, as `<hint>.pub.pem`. Safe when many processes ask at once.
    Raises `ConfigError` QLF5030, QLF5031 (others may read the key) or QLF5032 (folder not usable).
    """
    folder = home / "keys"
    path = folder / "signing.pem"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(folder / ".lock", timeout=_LOCK_SECONDS, mode=0o600):
            if not path.exists():
                _write(path, _new_key(), 0o600)
            key = load_signer(_read_private(path))
            public = folder / f"{key.public.hint}.pub.pem"
            if not public.exists():
                _write(public, key.public.pem, 0o644)
    except (OSError, TimeoutError) as error:
        raise ConfigError("QLF5032", f"{folder}: {error}") from error
    return key


def known_keys(home: Path) -> list[PublicKey]:
    """The public keys that a data folder knows: those of its own signing keys, and those that its owner put there."""
    try:
        return [load_public_key(path.read_bytes()) for path in sorted((home / "keys").glob("*.pub.pem"))]
    except OSError as error:
        raise ConfigError("QLF5032", f"{home / 'keys'}: {error}") from error


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError("QLF5030", "the PEM text does not hold a readable key") from None


def _public(key: _PUBLIC) -> PublicKey:
    match key:
        case EllipticCurvePublicKey() if not isinstance(key.curve, SECP256R1):
            raise ConfigError("QLF5030", f"ECDSA on {key.curve.name}; only P-256 is accepted")
        case EllipticCurvePublicKey():
            scheme = "ecdsa-sha2-nistp256"
        case Ed25519PublicKey():
            scheme = "ed25519"
        case RSAPublicKey():
            if key.key_size not in _RSA_BITS:
                raise ConfigError("QLF5030", f"RSA of {key.key_size} bits; 2048 to 8192 are accepted")
            scheme = "rsa-pkcs1v15-sha256"
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(hint(key), pem, SSlibKey.from_crypto(key, hint(key), scheme))


def _new_key() -> bytes:
    return generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read_private(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
            raise ConfigError("QLF5031", f"{path} can be read or written by others")
        return file.read(_MAX_PEM + 1)


def _write(path: Path, data: bytes, mode: int) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
        os.fchmod(descriptor, mode)
        out.flush()
        os.fsync(descriptor)
    beside.replace(path)
