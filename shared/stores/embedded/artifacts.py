"""Bytes in a folder, each file named by its digest. A file appears whole or not at all, also when the machine goes down."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from shared.model import ArtifactRef, ConfigError, InputError, sha256
from shared.stores.digests import artifact_path, checked, digest_of

_PIECE = 4 * 1024 * 1024


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

    async def stream(self, ref: ArtifactRef | str) -> AsyncIterator[bytes]:
        """Read in pieces of 4 MiB, the last one only when the digest holds."""
        digest = digest_of(ref)
        async for piece in checked(self._pieces(digest), digest):
            yield piece

    async def exists(self, digest: str) -> bool:
        """True when a file of this digest is there."""
        return await asyncio.to_thread((self._root / artifact_path(digest)).is_file)

    async def download_url(self, ref: ArtifactRef | str, *, filename: str, media_type: str) -> str | None:  # noqa: ARG002
        """None: a folder has no address."""
        if not await self.exists(digest := digest_of(ref)):
            raise InputError("QLF7004", f"no artifact {digest}")
        return None

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

    async def _pieces(self, digest: str) -> AsyncIterator[bytes]:
        path = self._root / artifact_path(digest)
        with _coded(path, digest):
            file = await asyncio.to_thread(path.open, "rb")
        with file:
            while piece := await asyncio.to_thread(_piece, file, digest):
                yield piece

    def _get(self, digest: str) -> bytes:
        path = self._root / artifact_path(digest)
        with _coded(path, digest):
            data = path.read_bytes()
        if sha256(data) != digest:
            raise InputError("QLF7005", f"artifact {digest} is damaged")
        return data


@contextmanager
def _coded(path: Path, digest: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise InputError("QLF7004", f"no artifact {digest}") from error
    except OSError as error:
        raise ConfigError("QLF7011", f"{path}: {error}") from error


def _piece(file: BinaryIO, digest: str) -> bytes:
    with _coded(Path(file.name), digest):
        return file.read(_PIECE)


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
