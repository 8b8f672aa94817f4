"""Check a capsule that the caller brings."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request

from api.parameters import House
from api.problems import documented
from api.schemas import Verification
from api.verification import refused, unzip, verification
from shared.model import InputError

router = APIRouter(tags=["capsules"])
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_ZIP = {"requestBody": {"required": True, "content": {"application/zip": _BINARY, "application/octet-stream": _BINARY}}}


@router.post("/verify", response_model=Verification, responses=documented("QLF7104", "QLF7110"), openapi_extra=_ZIP)
async def verify(request: Request, house: House) -> Verification:
    """Check a zip (at most 64 MB) of one `.qlcapsule` and its `.sigstore.json` bundles, without folders; a fault in it is the answer."""
    if "content-type" not in request.headers:
        raise InputError("QLF7110", "there is no archive in the body, or it has no Content-Type")
    body = await request.body()
    try:
        capsule, bundles = await asyncio.to_thread(unzip, body)
    except InputError as error:
        return refused(error)
    return await verification(house, capsule, bundles)
