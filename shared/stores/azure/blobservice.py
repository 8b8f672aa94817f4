"""The Blob service of an installation: the client, what its failures mean, and addresses that open one blob for minutes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shared.model import ConfigError, InternalError, QlfError
from shared.stores.azure.access import local_peer, sdk_needed, token_credential
from shared.stores.azure.loop import ClientLoop
from shared.stores.ports import Clock

if TYPE_CHECKING:
    from azure.storage.blob import UserDelegationKey
    from azure.storage.blob.aio import BlobClient, BlobServiceClient

_PIECE = 4 * 1024 * 1024
_RETRIES = 3
_LINK_LIFE = timedelta(minutes=5)
_KEY_LIFE = timedelta(hours=1)
_SKEW = timedelta(minutes=5)
"""A key starts a little earlier than now, for a service whose clock is behind."""


@dataclass(frozen=True, slots=True)
class BlobPlace:
    """Where the bytes are: `url` with an identity, or `connection_string` of a peer on this machine."""

    container: str
    url: str | None = None
    connection_string: str | None = None
    client_id: str | None = None
    in_azure: bool = False
    links: bool = True
    """Whether those who download can reach the account themselves."""
    patience: float = 2.0
    """Seconds before each of three retries, half as much more or less."""
    answer_seconds: float = 60.0
    """Longest silence of the service within one attempt."""


class BlobService:
    """One client per process, made on the client loop when it is first needed."""

    def __init__(self, place: BlobPlace, loop: ClientLoop, clock: Clock) -> None:
        """Raises ConfigError: QLF7042 for keys where they are not allowed, QLF7043 without the SDK, QLF7044 for a malformed string."""
        self._place = place
        self._loop = loop
        self._clock = clock
        self._client: BlobServiceClient | None = None
        self._key: tuple[UserDelegationKey, datetime] | None = None
        with sdk_needed("QLF_BLOB_URL" if place.url else "QLF_BLOB_CONNECTION_STRING"):
            import aiohttp  # noqa: F401
            import azure.identity.aio
            import azure.storage.blob.aio  # noqa: F401
        _check(place)

    def blob(self, path: str) -> BlobClient:
        """The client of one blob. On the client loop only."""
        return self._service().get_blob_client(self._place.container, path)

    async def signed_url(self, path: str, filename: str, media_type: str) -> str | None:
        """An address for reading this blob, signed by the identity (Azure) or the account key (a local peer). On the client loop only.

        None where the place gives no links.
        """
        if not self._place.links:
            return None
        from azure.storage.blob import BlobSasPermissions, generate_blob_sas

        with coded():
            blob = self.blob(path)
            signer: dict[str, Any] = (
                {"account_key": blob.credential.account_key}
                if self._place.connection_string is not None
                else {"user_delegation_key": await self._delegation_key(), "protocol": "https"}
            )
            token = generate_blob_sas(
                str(blob.account_name), self._place.container, path, permission=BlobSasPermissions(read=True),
                expiry=self._now() + _LINK_LIFE, content_type=media_type,
                content_disposition=f'attachment; filename="{filename}"', **signer,
            )  # fmt: skip
        return f"{blob.url}?{token}"

    async def _delegation_key(self) -> UserDelegationKey:
        """A key that outlives the link; asked for once per half of its life."""
        now = self._now()
        if self._key is None or self._key[1] - now < _KEY_LIFE / 2:
            until = now + _KEY_LIFE
            self._key = await self._service().get_user_delegation_key(now - _SKEW, until), until
        return self._key[0]

    def _service(self) -> BlobServiceClient:
        from azure.storage.blob.aio import BlobServiceClient, LinearRetry

        if self._client is None:
            place = self._place
            options: dict[str, Any] = {
                "retry_policy": LinearRetry(place.patience, _RETRIES, random_jitter_range=place.patience / 2),  # type: ignore[arg-type]  # fractions work
                "connection_timeout": 10,
                "read_timeout": place.answer_seconds,
                "max_single_get_size": _PIECE,
                "max_chunk_get_size": _PIECE,
                "max_block_size": _PIECE,
            }
            if place.connection_string is not None:
                self._client = BlobServiceClient.from_connection_string(place.connection_string, **options)
            else:
                credential = token_credential(place.client_id, place.in_azure)
                self._loop.at_close(credential.close)
                self._client = BlobServiceClient(str(place.url), credential, **options)
            self._loop.at_close(self._close)
        return self._client

    async def _close(self) -> None:
        client, self._client, self._key = self._client, None, None
        if client is not None:
            await client.close()

    def _now(self) -> datetime:
        return datetime.fromisoformat(self._clock())


@contextmanager
def coded() -> Iterator[None]:
    """Turn what the SDK raises into coded errors. No message of the service is passed on: it may hold addresses with signatures."""
    from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

    try:
        yield
    except QlfError:
        raise
    except ClientAuthenticationError as error:
        raise ConfigError("QLF7041", _said(error)) from error
    except HttpResponseError as error:
        status = error.status_code or 500
        if status >= 500 or status in (408, 429):
            raise InternalError("QLF7040", _said(error)) from error
        raise ConfigError("QLF7041", _said(error)) from error
    except AzureError as error:
        raise InternalError("QLF7040", _said(error)) from error


def _check(place: BlobPlace) -> None:
    if place.connection_string is None:
        if urlsplit(str(place.url)).scheme != "https":
            raise ConfigError("QLF7042", "QLF_BLOB_URL is not an https address")
        return
    if place.url is not None:
        raise ConfigError("QLF7042", "QLF_BLOB_URL and QLF_BLOB_CONNECTION_STRING are both set")
    local_peer("QLF_BLOB_CONNECTION_STRING", _address(place.connection_string), place.in_azure)


def _said(error: Exception) -> str:
    code = getattr(error, "error_code", None) or type(error).__name__
    status = getattr(error, "status_code", None)
    return f"Blob Storage: {getattr(code, 'value', code)}" + (f" (HTTP {status})" if status else "")


def _address(connection_string: str) -> str:
    """The Blob endpoint of a connection string with an account key. Raises ConfigError QLF7044."""
    from azure.storage.blob import BlobServiceClient

    try:
        with BlobServiceClient.from_connection_string(connection_string) as client:
            if isinstance(getattr(client.credential, "account_key", None), str):
                return str(client.url)
    except (ValueError, AttributeError) as error:
        raise ConfigError("QLF7044", "QLF_BLOB_CONNECTION_STRING is malformed") from error
    raise ConfigError("QLF7044", "QLF_BLOB_CONNECTION_STRING has no AccountKey")
