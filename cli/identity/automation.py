"""The identity of a pipeline or a machine: `azure-identity` reads it from the environment; nobody signs in by hand."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from cli.identity.ways import CLOUDS
from shared.model import ConfigError

_SIGNS = ("AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "IDENTITY_ENDPOINT")


def configured() -> bool:
    """True when the environment names an identity of its own."""
    return bool(os.environ.get("AZURE_CLIENT_ID")) and any(os.environ.get(name) for name in _SIGNS)


def automation_token() -> tuple[str, float]:
    """A token for the application `ENTRA_CLIENT_ID`, and when it ends. Raises ConfigError QLF8054, QLF8050 or QLF8055."""
    application = os.environ.get("ENTRA_CLIENT_ID")
    if not application:
        raise ConfigError("QLF8050", "set ENTRA_CLIENT_ID to the application id of the service")
    try:
        from azure.core.exceptions import AzureError
        from azure.identity import DefaultAzureCredential
    except ImportError as error:
        raise ConfigError("QLF8054", "azure-identity is not installed: pip install -r requirements.txt") from error
    hand: dict[str, Any] = {f"exclude_{name}_credential": True for name in _BY_HAND}
    authority = urlsplit(os.environ.get("AZURE_AUTHORITY_HOST", ""))
    if authority.hostname and authority.hostname not in CLOUDS:
        hand["disable_instance_discovery"] = True  # a cloud of the user's own: Entra's public directory does not know it
    try:
        with DefaultAzureCredential(**hand) as credential:
            found = credential.get_token(f"api://{application}/.default")
    except (AzureError, ValueError) as error:
        raise ConfigError("QLF8055", f"the automation's identity gets no token: {type(error).__name__}") from error
    return found.token, float(found.expires_on)


_BY_HAND = ("cli", "powershell", "developer_cli", "visual_studio_code", "shared_token_cache", "interactive_browser", "broker")
"""Sign-ins that some person left behind on the machine: not what an automation acts as."""
