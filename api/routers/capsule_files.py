"""What lies in a capsule and beside it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from api.conditional import NOT_MODIFIED, names, not_modified, tagged
from api.parameters import CapsuleId, House
from api.problems import Responses, documented
from api.schemas import Attestation, Attestations
from api.services import Services
from shared.model import InputError, sha256

router = APIRouter(tags=["capsules"])
_STORED = documented("QLF7004", "QLF7005", "QLF7007", "QLF7120")
_GZIP: Responses = {
    200: {"description": "The capsule.", "content": {"application/gzip": {"schema": {"type": "string", "format": "binary"}}}},
    302: {
        "description": "Where the capsule can be read for five minutes, without a token.",
        "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}},
    },
}
_MEDIA_TYPE = "application/gzip"
_SBOMS = {"cyclonedx": "sbom.cdx.json", "spdx": "sbom.spdx.json"}


@router.get("/capsules/{capsule_id}/manifest", response_model=dict[str, Any], responses=_STORED | NOT_MODIFIED)
async def manifest(request: Request, capsule_id: CapsuleId, house: House) -> Response:
    """`manifest.json` of the capsule."""
    return await _file(request, house, capsule_id, "manifest.json")


@router.get("/capsules/{capsule_id}/sbom", response_model=dict[str, Any], responses=_STORED | NOT_MODIFIED)
async def sbom(request: Request, capsule_id: CapsuleId, house: House, format: Literal["cyclonedx", "spdx"] = "cyclonedx") -> Response:
    """The bill of materials of the capsule: CycloneDX 1.6 or SPDX 2.3."""
    return await _file(request, house, capsule_id, _SBOMS[format])


@router.get("/capsules/{capsule_id}/download", response_class=Response, responses=_STORED | NOT_MODIFIED | _GZIP)
async def download(request: Request, capsule_id: CapsuleId, house: House) -> Response:
    """The `.qlcapsule` file, or where it is: with Blob Storage the bytes come from there, and do not pass through the app."""
    capsule = await house.stores.capsules.get(capsule_id)
    file, artifacts = capsule.file, house.stores.artifacts
    if names(request, file.sha256):
        return not_modified(file.sha256)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{capsule.name}-{capsule.version}") + ".qlcapsule"
    if address := await artifacts.download_url(file, filename=name, media_type=_MEDIA_TYPE):
        return Response(status_code=302, headers={"Location": address, "Cache-Control": "no-store"})
    pieces = artifacts.stream(file)
    first = await anext(pieces, b"")  # what is missing, or small and damaged, is a problem document and not a broken answer
    headers = {"ETag": f'"{file.sha256}"', "Content-Length": str(file.size), "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_chained(first, pieces), headers=headers, media_type=_MEDIA_TYPE)


@router.get("/capsules/{capsule_id}/attestations", response_model=Attestations, responses=_STORED)
async def attestations(capsule_id: CapsuleId, house: House) -> Attestations:
    """The signed bundles beside the capsule, by file name."""
    capsule = await house.stores.capsules.get(capsule_id)
    found = [(name, ref, await house.stores.artifacts.get(ref)) for name, ref in sorted(capsule.bundles.items())]
    return Attestations(items=[Attestation(name=name, **ref.to_json(), bundle=json.loads(data)) for name, ref, data in found])


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


async def _file(request: Request, house: Services, capsule_id: str, path: str) -> Response:
    capsule = await house.stores.capsules.get(capsule_id)
    data = await house.stores.artifacts.get(capsule.file)
    files = await asyncio.to_thread(house.capsule_files, data)
    if path not in files:
        raise InputError("QLF7120", f"the capsule has no {path}")
    return tagged(request, files[path], sha256(files[path]))
