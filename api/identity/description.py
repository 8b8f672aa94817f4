"""What the OpenAPI document says of sign-in and roles: read from the table of access and the settings, so that it is what happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from api.identity.access import ACCESS, Access, Door
from api.identity.principal import USER_SCOPE, Role
from shared.settings import Settings

_WEBHOOKS = {
    "github": ("X-Hub-Signature-256", "`sha256=` and the HMAC-SHA256 of the body."),
    "gitlab": ("X-Gitlab-Token", "The secret token of the webhook."),
    "ci": ("webhook-signature", "`v1,` and the HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`, as Standard Webhooks say."),
}


def describe_access(document: dict[str, Any], settings: Settings) -> None:
    """Add to the document: the security schemes, and for each operation what it asks for (`x-qlf-role` names the least role)."""
    schemes = {
        f"webhook_{name}": {"type": "apiKey", "in": "header", "name": header, "description": text}
        for name, (header, text) in _WEBHOOKS.items()
    }
    name, scheme, scopes = _sign_in(settings)
    document.setdefault("components", {})["securitySchemes"] = {name: scheme, **schemes}
    for operation, access in _operations(document):
        if access is Door.SIGNED:
            operation["security"] = [{key: []} for key in schemes]
        elif isinstance(access, Role):
            operation["security"] = [{name: scopes}]
            operation["x-qlf-role"] = access.title if access else None


def _sign_in(settings: Settings) -> tuple[str, dict[str, Any], list[str]]:
    tenant, client = settings.entra_tenant_id, settings.entra_client_id
    if settings.local_auth or tenant is None or client is None:
        return "token", {"type": "http", "scheme": "bearer", "description": "The token in `QLF_HOME/token`."}, []
    scope = f"api://{client}/{USER_SCOPE}"
    endpoint = f"{settings.entra_authority}/{tenant}/oauth2/v2.0"
    flow = {"authorizationUrl": f"{endpoint}/authorize", "tokenUrl": f"{endpoint}/token", "scopes": {scope: "Act for the user."}}
    text = "An Entra access token for this application; its app roles (`roles`) say what it may do."
    return "entra", {"type": "oauth2", "description": text, "flows": {"authorizationCode": flow}}, [scope]


def _operations(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Access]]:
    declared = {key.replace(":path}", "}"): access for key, access in ACCESS.items()}
    for path, methods in document.get("paths", {}).items():
        for method, operation in methods.items():
            if (access := declared.get(f"{method.upper()} {path}")) is not None:
                yield operation, access
