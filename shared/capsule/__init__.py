"""The capsule: a generated app as one file that names all its content, with signed statements about how it came to be.

Format: `docs/capsule-format.md`. Everything works on bytes and offline; only `extract`, `local_signer` and `known_keys` touch the
disk, at the path they are handed.
"""

from shared.capsule.archive import extract, read_archive
from shared.capsule.attest import attest, bundle_name
from shared.capsule.build import build_capsule, capsule_key
from shared.capsule.bundle import Statement, open_bundle
from shared.capsule.gzipped import gzip_member
from shared.capsule.keys import (
    PublicKey,
    SigningKey,
    hint,
    known_keys,
    load_public_key,
    load_public_keys,
    load_signer,
    local_signer,
    pem_text,
)
from shared.capsule.records import BuiltCapsule, CapsuleInputs, Manifest, read_manifest
from shared.capsule.tarball import LIMITS, Limits, SourceFile, canonical_tar, read_tar
from shared.capsule.verify import Check, VerificationReport, verify_capsule

__all__ = [
    "LIMITS", "BuiltCapsule", "CapsuleInputs", "Check", "Limits", "Manifest", "PublicKey", "SigningKey", "SourceFile", "Statement",
    "VerificationReport",
    "attest", "build_capsule", "bundle_name", "canonical_tar", "capsule_key",
    "extract", "gzip_member", "hint", "known_keys", "load_public_key", "load_public_keys",
    "load_signer", "local_signer", "open_bundle", "pem_text", "read_archive", "read_manifest", "read_tar", "verify_capsule",
]  # fmt: skip
