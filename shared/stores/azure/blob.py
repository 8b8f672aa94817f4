"""Bytes in Blob Storage, each blob named by its digest and never written twice.

A blob is created with `If-None-Match: *`, so of many writers one creates it and the others find it. Bytes travel in pieces of
4 MiB; what is read is checked against its digest, because neither the transport's checks nor the account's prove whose bytes they are.
https://learn.microsoft.com/rest/api/storageservices/put-blob
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from shared.model import ArtifactRef, InputError, sha256
from shared.stores.azure.blobservice import BlobService, coded
from shared.stores.azure.loop import ClientLoop
from shared.stores.digests import artifact_path, checked, digest_of

if TYPE_CHECKING:
    from azure.storage.blob.aio import BlobClient

T = TypeVar("T")
_ASK_FIRST = 64 * 1024
"""From this size on, a writer asks whether the bytes are there before it sends them."""
_UPLOADS_AT_ONCE = 4


class BlobArtifactStore:
    """A content-addressed container: `sha256/<ab>/<digest>`."""

    def __init__(self, service: BlobService, loop: ClientLoop) -> None:
        self._service = service
        self._loop = loop

    async def put(self, data: bytes) -> ArtifactRef:
        """Create the blob, or leave the one that is there; one that somebody else overwrote is replaced."""
        ref = ArtifactRef(path=artifact_path(digest := sha256(data)), sha256=digest, size=len(data))
        await self._run(self._put(ref, data))
        return ref

    async def get(self, ref: ArtifactRef | str) -> bytes:
        """Read and check against the digest."""
        return b"".join([piece async for piece in self.stream(ref)])

    async def stream(self, ref: ArtifactRef | str) -> AsyncIterator[bytes]:
        """The bytes in pieces of at most 4 MiB, the last one only when the digest holds."""
        digest = digest_of(ref)
        async for piece in checked(self._loop.iterate(self._pieces(digest)), digest):
            yield piece

    async def exists(self, digest: str) -> bool:
        """True when a blob of this digest is there."""
        return await self._run(self._exists(artifact_path(digest)))

    async def download_url(self, ref: ArtifactRef | str, *, filename: str, media_type: str) -> str | None:
        """An address with a signature that opens this blob alone, for reading, for five minutes; None where the place gives none."""
        digest = digest_of(ref)
        if not await self.exists(digest):
            raise InputError("QLF7004", f"no artifact {digest}")
        return await self._run(self._service.signed_url(artifact_path(digest), filename, media_type))

    async def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return await self._loop.run(work)

    async def _put(self, ref: ArtifactRef, data: bytes) -> None:
        with coded():
            blob = self._service.blob(ref.path)
            md5 = hashlib.md5(data, usedforsecurity=False).digest()
            if ref.size >= _ASK_FIRST and await _holds(blob, ref.size, md5):
                return
            if not await _create(blob, data, md5) and not await _holds(blob, ref.size, md5):
                await _upload(blob, data, md5, overwrite=True)

    async def _exists(self, path: str) -> bool:
        with coded():
            return await self._service.blob(path).exists()

    async def _pieces(self, digest: str) -> AsyncGenerator[bytes, None]:
        from azure.core.exceptions import ResourceNotFoundError

        with coded():
            try:
                download = await self._service.blob(artifact_path(digest)).download_blob()
            except ResourceNotFoundError as error:
                if getattr(error, "error_code", None) != "BlobNotFound":
                    raise
                raise InputError("QLF7004", f"no artifact {digest}") from error
            async for piece in download.chunks():
                yield piece


async def _create(blob: BlobClient, data: bytes, md5: bytes) -> bool:
    """False when the blob is there already, or another writer is about to create it."""
    from azure.core.exceptions import HttpResponseError

    try:
        await _upload(blob, data, md5, overwrite=False)
    except HttpResponseError as error:
        # The last two: another writer committed the same blocks in between, which discards ours.
        if getattr(error, "error_code", None) in ("BlobAlreadyExists", "ConditionNotMet", "InvalidBlockList", "InvalidBlobOrBlock"):
            return False
        raise
    return True


async def _upload(blob: BlobClient, data: bytes, md5: bytes, *, overwrite: bool) -> None:
    from azure.storage.blob import ContentSettings

    settings = ContentSettings(content_type="application/octet-stream", content_md5=bytearray(md5))
    await blob.upload_blob(data, length=len(data), overwrite=overwrite, content_settings=settings, max_concurrency=_UPLOADS_AT_ONCE)


async def _holds(blob: BlobClient, size: int, md5: bytes) -> bool:
    """True when the blob is there with the size and the MD5 that its writer set, or the service if somebody else wrote it."""
    from azure.core.exceptions import ResourceNotFoundError

    try:
        found = await blob.get_blob_properties()
    except ResourceNotFoundError:
        return False
    return found.size == size and bytes(found.content_settings.content_md5 or b"") == md5
