"""Who we are to Cosmos DB: a managed identity in Azure, the developer's own sign-in elsewhere, a key only for a peer on this machine."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.cosmos import documents
from azure.cosmos.aio import CosmosClient

from shared.model import ConfigError
from shared.stores.azure.access import local_peer, token_credential

_CONNECT_SECONDS = 5
_READ_SECONDS = 10
_RETRIES = 2


def connector(endpoint: str, *, key: str | None, client_id: str | None, in_azure: bool) -> Callable[[], CosmosClient]:
    """What makes the client, once, on the loop it will live on.

    Raises ConfigError: QLF7042 for a key in Azure or for another machine, QLF7023 when a token would go there unencrypted.
    """
    if key is not None:
        local_peer("COSMOS_KEY", endpoint, in_azure)
    elif urlsplit(endpoint).scheme != "https":
        raise ConfigError("QLF7023", "COSMOS_ENDPOINT is not an https address")
    return lambda: make_client(endpoint, key or token_credential(client_id, in_azure))


def make_client(endpoint: str, credential: str | AsyncTokenCredential) -> CosmosClient:
    """A client that leaves waiting for a throttled account to its caller, who knows how long that may take."""
    policy = documents.ConnectionPolicy()
    policy.RetryOptions = type(policy.RetryOptions)(max_retry_attempt_count=0)
    return CosmosClient(
        endpoint, credential, connection_policy=policy, connection_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS,
        retry_connect=_RETRIES, retry_read=_RETRIES, retry_backoff_factor=0.2, enable_compact_utf8_item_writes=True,
    )  # fmt: skip
