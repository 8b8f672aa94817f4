"""Leases between processes, each a lease on a small empty blob: it begins and ends by the clock of the service, one for all instances.

The lease's id follows from its name and its owner, so an owner who asks again, or whose answer was lost, meets a lease of its own.
https://learn.microsoft.com/rest/api/storageservices/lease-blob
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from shared.model import sha256
from shared.stores.azure.blobservice import BlobService, coded
from shared.stores.azure.loop import ClientLoop
from shared.stores.leasing import lease_seconds

if TYPE_CHECKING:
    from azure.storage.blob.aio import BlobClient, BlobLeaseClient

PREFIX = "leases/"
"""Beside the artifacts, in their container."""
_IDS = uuid.UUID("0c6a7d0e-6f0b-5a55-9d5b-6f2a3c1f4e9b")
_MISSING = frozenset({"BlobNotFound"})
_TAKEN = frozenset({"LeaseAlreadyPresent", "LeaseIsBreakingAndCannotBeAcquired"})
_LOST = frozenset({"LeaseIdMismatchWithLeaseOperation", "LeaseNotPresentWithLeaseOperation", "LeaseIsBrokenAndCannotBeRenewed"})
_THERE = frozenset({"BlobAlreadyExists", "ConditionNotMet", "LeaseIdMissing"})
"""Somebody else made the blob in between; the last: and leased it already."""


class BlobLeaseStore:
    """Leases on blobs `leases/<digest of the name>`, made on first use and kept: there are few names."""

    def __init__(self, service: BlobService, loop: ClientLoop) -> None:
        self._service = service
        self._loop = loop

    async def acquire(self, name: str, owner: str, seconds: int) -> bool:
        """Take the lease when it is free, expired or already the owner's."""
        return await self._loop.run(self._acquire(name, owner, lease_seconds(seconds)))

    async def renew(self, name: str, owner: str) -> bool:
        """Let the lease last as long again, unless somebody has had it since."""
        return await self._loop.run(self._renew(name, owner))

    async def release(self, name: str, owner: str) -> None:
        """Give the owner's lease back."""
        await self._loop.run(self._release(name, owner))

    async def _acquire(self, name: str, owner: str, seconds: int) -> bool:
        with coded():
            lease = self._lease(name, owner)
            refusal = await _refusal(lease.acquire(seconds), _TAKEN | _MISSING)
            if refusal in _MISSING:
                await _refusal(self._blob(name).upload_blob(b"", length=0, overwrite=False), _THERE)
                refusal = await _refusal(lease.acquire(seconds), _TAKEN)
            return refusal is None

    async def _renew(self, name: str, owner: str) -> bool:
        with coded():
            return await _refusal(self._lease(name, owner).renew(), _LOST | _MISSING) is None

    async def _release(self, name: str, owner: str) -> None:
        with coded():
            await _refusal(self._lease(name, owner).release(), _LOST | _MISSING)

    def _blob(self, name: str) -> BlobClient:
        return self._service.blob(PREFIX + sha256(_bytes(name)))

    def _lease(self, name: str, owner: str) -> BlobLeaseClient:
        from azure.storage.blob.aio import BlobLeaseClient

        return BlobLeaseClient(self._blob(name), str(uuid.uuid5(_IDS, sha256(_bytes(name)) + sha256(_bytes(owner)))))


async def _refusal(work: Awaitable[object], expected: frozenset[str]) -> str | None:
    """The code with which the service refused, when it is one of `expected`; None when it did the work."""
    from azure.core.exceptions import HttpResponseError

    try:
        await work
    except HttpResponseError as error:
        code = getattr(error, "error_code", None)
        if code not in expected:
            raise
        return str(getattr(code, "value", code))
    return None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
