"""Checking a capsule: a failed check is an answer, not an error of the request."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Mapping

from api.schemas import Fault, Verification
from api.services import Services
from shared.model import CapsuleError, InputError, QlfError

MAX_ENTRIES = 64
MAX_CAPSULE = 64 * 1024 * 1024
MAX_BUNDLE = 4 * 1024 * 1024
_CAPSULE, _BUNDLE = ".qlcapsule", ".sigstore.json"


async def verification(house: Services, capsule: bytes, bundles: Mapping[str, bytes]) -> Verification:
    """The report of the check, or its first fault."""
    try:
        report = await asyncio.to_thread(house.verify, capsule, bundles)
    except CapsuleError as error:
        return refused(error)
    return Verification(verified=report.get("ok") is True, report=report)


def refused(error: QlfError) -> Verification:
    """The answer that tells of a fault."""
    return Verification(
        verified=False, fault=Fault(code=error.code, title=error.entry.title, detail=error.detail[:1000], advice=error.advice)
    )


def unzip(data: bytes) -> tuple[bytes, dict[str, bytes]]:
    """A capsule and its bundles by file name, from a zip of plain files without folders.

    At most 64 entries, 64 MB for the capsule and 4 MB for a bundle, counted as they unpack. Raises InputError QLF7115.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = _files(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
        raise InputError("QLF7115", f"the zip cannot be read: {type(error).__name__}") from error
    capsules = [name for name in files if name.endswith(_CAPSULE)]
    if len(capsules) != 1:
        raise InputError("QLF7115", f"the zip holds {len(capsules)} .qlcapsule files, not one")
    return files.pop(capsules[0]), files


def _files(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise InputError("QLF7115", f"the zip holds more than {MAX_ENTRIES} files")
    files: dict[str, bytes] = {}
    for entry in entries:
        name = entry.filename
        if "/" in name or "\\" in name or name in files or not name.endswith((_CAPSULE, _BUNDLE)):
            raise InputError("QLF7115", f"{name[:100]!a} is in a folder, there twice, or neither a capsule nor a bundle")
        limit = MAX_CAPSULE if name.endswith(_CAPSULE) else MAX_BUNDLE
        with archive.open(entry) as file:
            files[name] = file.read(limit + 1)
        if len(files[name]) > limit:
            raise InputError("QLF7115", f"{name[:100]!a} unpacks to more than {limit} bytes")
    return files
