"""Names of content-addressed bytes: one digest, one path, the same in a folder and in a blob container."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator

from shared.model import ArtifactRef, InputError

_DIGEST = re.compile(r"[0-9a-f]{64}")


def artifact_path(digest: str) -> str:
    """`sha256/<ab>/<digest>`. Raises InputError QLF7014 unless `digest` is 64 lower-case hexadecimal digits."""
    if not _DIGEST.fullmatch(digest):
        raise InputError("QLF7014")
    return f"sha256/{digest[:2]}/{digest}"


def digest_of(ref: ArtifactRef | str) -> str:
    """The digest that a reference, a path or a digest names. Raises InputError QLF7014 when path and digest disagree or are malformed."""
    if isinstance(ref, ArtifactRef):
        if ref.path != artifact_path(ref.sha256):
            raise InputError("QLF7014")
        return ref.sha256
    digest = ref.rpartition("/")[2]
    if ref not in (digest, artifact_path(digest)):
        raise InputError("QLF7014")
    artifact_path(digest)
    return digest


async def checked(pieces: AsyncIterator[bytes], digest: str) -> AsyncIterator[bytes]:
    """The same pieces, the last one only when all of them together have this digest. Raises InputError QLF7005 in its place."""
    seen = hashlib.sha256()
    held: bytes | None = None
    async for piece in pieces:
        seen.update(piece)
        if held is not None:
            yield held
        held = piece
    if seen.hexdigest() != digest:
        raise InputError("QLF7005", f"artifact {digest} is damaged")
    if held is not None:
        yield held
