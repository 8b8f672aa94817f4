"""Who we are to Cosmos DB: a managed identity in Azure, the developer's own sign-in elsewhere, a key only for a peer on this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.cosmos import documents
from azure.cosmos.aio import CosmosClient

from shared.model import ConfigError
from shared.stores.azure.access import local_peer, token_credential
from shared.stores.azure.cosmos.containers import CONSISTENCY

_CONNECT_SECONDS = 5
_READ_SECONDS = 10
_RETRIES = 2
_BACKOFF = 0.2


def connector(endpoint: str, *, key: str | None, client_id: str | None, in_azure: bool) -> Callable[[], CosmosClient]:
    """What makes the client, once, on the loop it will live on.

    Raises ConfigError: QLF7042 for a key in Azure or for another machine, QLF7023 when a token would go there unencrypted.
    """
    if key is not None:
        local_peer("COSMOS_KEY", endpoint, in_azure)
    elif urlsplit(endpoint).scheme != "https":
        raise ConfigError("QLF7023", "COSMOS_ENDPOINT is not an https address")
    return lambda: make_client(endpoint, key or token_credential(client_id, in_azure))


class _Client(CosmosClient):
    """A client that closes the identity it signs in with."""

    def __init__(self, endpoint: str, credential: str | AsyncTokenCredential, **options: Any) -> None:
        self._identity = None if isinstance(credential, str) else credential
        super().__init__(endpoint, credential, **options)

    async def close(self) -> None:
        """Close the connections, and those of the identity."""
        await super().close()
        if self._identity is not None:
            await self._identity.close()


def make_client(endpoint: str, credential: str | AsyncTokenCredential, consistency: str | None = CONSISTENCY) -> CosmosClient:
    """A client that leaves waiting for a throttled account to its caller, who knows how long that may take.

    An account of a weaker consistency refuses its requests; None takes the account as it is.
    """
    policy = documents.ConnectionPolicy()
    policy.RetryOptions = type(policy.RetryOptions)(max_retry_attempt_count=0)
    return _Client(
        endpoint, credential, consistency_level=consistency, connection_policy=policy, enable_compact_utf8_item_writes=True,
        connection_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS,
        retry_connect=_RETRIES, retry_read=_RETRIES, retry_backoff_factor=_BACKOFF,
    )  # fmt: skip
