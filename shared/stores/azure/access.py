"""How the adapters of Azure may sign in, and what is missing or forbidden before they try."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared.model import ConfigError

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SDK = frozenset({"azure", "aiohttp"})


@contextmanager
def sdk_needed(variable: str) -> Iterator[None]:
    """Imports of the Azure SDK go within. Raises ConfigError QLF7043, naming the setting that asks for it, where it is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _SDK:
            raise
        raise ConfigError("QLF7043", f"{variable} is set, and {error.name} is not installed") from error


def local_peer(variable: str, address: str, in_azure: bool) -> None:
    """Connection strings and keys are for a peer on this machine. Raises ConfigError QLF7042 for any other address, and inside Azure."""
    if in_azure:
        raise ConfigError("QLF7042", f"{variable} is set inside Azure")
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname
    except ValueError:
        host = None
    if host not in _LOOPBACK:
        raise ConfigError("QLF7042", f"{variable} does not name a peer on this machine")


def token_credential(client_id: str | None, in_azure: bool) -> AsyncTokenCredential:
    """The managed identity where there is one, without probing for others; else the developer's own sign-in. No keys, no secrets."""
    from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential

    if client_id is not None or in_azure:
        return ManagedIdentityCredential(client_id=client_id)
    return DefaultAzureCredential(exclude_managed_identity_credential=True)
