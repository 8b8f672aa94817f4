"""Who the caller is to this API, and where to sign in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from api.identity import METADATA, PREFIX, USER_SCOPE, origin
from api.parameters import Caller, Unscoped
from api.problems import documented
from api.schemas import Me, ResourceMetadata
from shared.settings import Settings

router = APIRouter(tags=["identity"])
metadata_router = APIRouter(tags=["identity"])


@router.get("/whoami", response_model=Me, responses=documented())
async def whoami(caller: Caller) -> Me:
    """The caller as this API sees them. `projects` is null for somebody who sees all."""
    projects = None if caller.projects is None else sorted(caller.projects)
    role = None if not caller.role else caller.role.title
    return Me(id=caller.id, kind=caller.kind, name=caller.name, tenant=caller.tenant or None, role=role, projects=projects)


@metadata_router.get(METADATA, response_model=ResourceMetadata)
async def metadata(request: Request, house: Unscoped) -> ResourceMetadata:
    """Metadata of the protected resource (RFC 9728): who gives out tokens for it. No authorisation server where the local token opens."""
    known = entra(house.settings)
    return ResourceMetadata(resource=f"{origin(request.scope)}{PREFIX}", bearer_methods_supported=["header"], **known)


def entra(settings: Settings) -> dict[str, Any]:
    """What a client needs to know to sign in with Entra; nothing where Entra is not the way in."""
    tenant, client = settings.entra_tenant_id, settings.entra_client_id
    if tenant is None or client is None:
        return {}
    return {
        "authorization_servers": [f"{settings.entra_authority}/{tenant}/v2.0"],
        "scopes_supported": [f"api://{client}/{USER_SCOPE}"],
        "qlf_tenant_id": tenant,
        "qlf_client_id": settings.entra_cli_client_id or client,
    }
