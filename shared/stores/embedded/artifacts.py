"""Bytes in a folder, each file named by its digest. A file appears whole or not at all, also when the machine goes down."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from shared.model import ArtifactRef, ConfigError, InputError, sha256
from shared.stores.digests import artifact_path, digest_of


class FolderArtifactStore:
    """A content-addressed folder: `<root>/sha256/<ab>/<digest>`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, data: bytes) -> ArtifactRef:
        """Write beside, sync, rename. Bytes that are there and whole are left alone; damaged ones are replaced."""
        return await asyncio.to_thread(self._put, data)

    async def get(self, ref: ArtifactRef | str) -> bytes:
        """Read and check against the digest."""
        return await asyncio.to_thread(self._get, digest_of(ref))

    async def exists(self, digest: str) -> bool:
        """True when a file of this digest is there."""
        return await asyncio.to_thread((self._root / artifact_path(digest)).is_file)

    def _put(self, data: bytes) -> ArtifactRef:
        ref = ArtifactRef(path=artifact_path(digest := sha256(data)), sha256=digest, size=len(data))
        target = self._root / ref.path
        try:
            if not _holds(target, ref):
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                _write(target, data)
        except OSError as error:
            raise ConfigError("QLF7011", f"{target}: {error}") from error
        return ref

    def _get(self, digest: str) -> bytes:
        path = self._root / artifact_path(digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise InputError("QLF7004", f"no artifact {digest}") from error
        except OSError as error:
            raise ConfigError("QLF7011", f"{path}: {error}") from error
        if sha256(data) != digest:
            raise InputError("QLF7005", f"artifact {digest} is damaged")
        return data


def _holds(path: Path, ref: ArtifactRef) -> bool:
    try:
        return path.stat().st_size == ref.size and sha256(path.read_bytes()) == ref.sha256
    except FileNotFoundError:
        return False


def _write(target: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=".new-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
