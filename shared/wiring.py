"""Settings -> the adapters behind the ports. Nothing else in the house knows which ones run."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.model import ConfigError
from shared.settings import Settings, load_settings
from shared.stores import ArtifactStore, Clock, DeadLetters, LeaseStore, Publisher, Stores
from shared.telemetry import Exporter, configure

if TYPE_CHECKING:
    from pydantic import SecretStr

    from shared.capsule import PublicKey, SigningKey
    from shared.preview import Previews
    from shared.runner import Environments, Sandbox
    from shared.runner.sessions import SessionPool
    from shared.stores.azure.loop import ClientLoop


@dataclass(frozen=True, slots=True)
class Services:
    """What the rooms of one process share."""

    settings: Settings
    clock: Clock
    stores: Stores
    publisher: Publisher | None = None
    """Where committed events go when they leave the installation; None where nobody outside listens."""
    dead_letters: DeadLetters | None = None
    """Those events that somebody outside gave up on."""

    @property
    def environments(self) -> Environments:
        """The cache of virtual environments for generated code and for the gate tools; with a session pool, those of its image."""
        if self.settings.session_pool_endpoint is not None:
            from shared.runner.sessions import SessionEnvironments

            return SessionEnvironments((self.settings.home / "envs").resolve())
        self._on_this_machine("QLF_SESSION_POOL_ENDPOINT")
        from shared.runner import Environments

        return Environments((self.settings.home / "envs").resolve(), os.environ)

    def sandbox(self, work_dir: Path, readable: Sequence[Path] = ()) -> Sandbox:
        """Where untrusted code runs: it may write to `work_dir` only, and cannot see the factory's own data."""
        if self.settings.session_pool_endpoint is not None:
            return session_sandbox(self.settings, work_dir, readable)
        self._on_this_machine("QLF_SESSION_POOL_ENDPOINT")
        from shared.runner import LocalSandbox

        return LocalSandbox(work_dir, readable=readable, hidden=[self.settings.home])

    @property
    def previews(self) -> Previews:
        """Previews on Container Apps where an environment for them is configured, else of this machine."""
        if self.settings.preview_environment_id is not None:
            return container_apps(self.settings, self.clock)
        self._on_this_machine("QLF_PREVIEW_ENVIRONMENT_ID")
        from shared.preview import LocalPreviews

        return LocalPreviews(self.settings.home, self.environments)

    def _on_this_machine(self, instead: str) -> None:
        """Raises ConfigError QLF3030 inside Azure: next to the app's identity no generated code runs, sandbox or not."""
        if self.settings.azure_site_name is not None:
            raise ConfigError("QLF3030", f"{instead} is not set")

    def signer(self) -> SigningKey:
        """The configured signing key, or the one of this home, which is made on first use.

        Raises ConfigError QLF5033 inside Azure, where none is configured: a home there ends with its instance, and its key with it.
        """
        from shared.capsule import local_signer

        configured = configured_signer(self.settings)
        if configured is None and self.settings.azure_site_name is not None:
            raise ConfigError("QLF5033")
        return configured or local_signer(self.settings.home)

    def public_keys(self) -> list[PublicKey]:
        """The keys that this installation trusts: its own, that of the configured signer, and those of earlier ones."""
        from shared.capsule import known_keys

        configured = configured_signer(self.settings)
        return [*known_keys(self.settings.home), *([configured.public] if configured else []), *trusted_keys(self.settings)]


@functools.cache
def services() -> Services:
    """The services of this process, made on first use."""
    settings = load_settings()
    configured_signer(settings)  # a key that cannot sign shall be told now, not after the first run
    trusted_keys(settings)
    configure(settings, _exporter(settings))
    publisher, dead_letters = open_bus(settings)
    return Services(settings, utc_now, open_stores(settings, utc_now), publisher, dead_letters)


def configured_signer(settings: Settings) -> SigningKey | None:
    """The key that the settings name, by its file or by its text. Raises ConfigError QLF8021, or QLF5030 when it cannot be used."""
    path, text = settings.signing_key, settings.signing_key_pem
    if path is None and text is None:
        return None
    from shared.capsule import load_signer, pem_text

    where = str(path or "QLF_SIGNING_KEY_PEM")
    try:
        return load_signer(path.read_bytes() if path else pem_text(text.get_secret_value() if text else ""))
    except OSError as error:
        raise ConfigError("QLF8021", f"{where}: {error.strerror}") from error
    except ConfigError as error:
        raise ConfigError(error.code, f"{where}: {error.detail}") from None


def trusted_keys(settings: Settings) -> list[PublicKey]:
    """The keys of earlier signers. Raises ConfigError QLF5030 when they cannot be read."""
    if settings.trusted_keys is None:
        return []
    from shared.capsule import load_public_keys

    try:
        return load_public_keys(settings.trusted_keys)
    except ConfigError as error:
        raise ConfigError(error.code, f"QLF_TRUSTED_KEYS: {error.detail}") from None


@dataclass(frozen=True, slots=True)
class _Blobs:
    """What is kept in Blob Storage."""

    artifacts: ArtifactStore
    leases: LeaseStore


def open_stores(settings: Settings, clock: Clock) -> Stores:
    """Documents and bytes, each where the settings say; on this machine where they say nothing.

    Raises ConfigError where settings contradict each other or a connection is not allowed here, QLF7043 where an SDK is missing,
    QLF7045 for documents in Cosmos DB without Blob Storage.
    """
    from shared.stores.azure.loop import ClientLoop

    loop = ClientLoop("qlf-azure")
    blobs = _blobs(settings, clock, loop)
    endpoint = settings.cosmos_endpoint
    stores = _embedded(settings, clock, blobs) if endpoint is None else _in_cosmos(endpoint, settings, blobs, clock)

    def close() -> None:
        loop.close()
        stores.close()

    return dataclasses.replace(stores, close=close)


def _embedded(settings: Settings, clock: Clock, blobs: _Blobs | None) -> Stores:
    from shared.stores.embedded import open_embedded

    stores = open_embedded(settings.home, clock)
    return stores if blobs is None else dataclasses.replace(stores, artifacts=blobs.artifacts)


def _in_cosmos(endpoint: str, settings: Settings, blobs: _Blobs | None, clock: Clock) -> Stores:
    if blobs is None:
        raise ConfigError("QLF7045", "COSMOS_ENDPOINT is set, and QLF_BLOB_URL is not")
    from shared.stores.azure.access import sdk_needed

    with sdk_needed("COSMOS_ENDPOINT"):
        from shared.stores.azure.cosmos import connector, open_cosmos

    in_azure = settings.azure_site_name is not None
    connect = connector(endpoint, key=_secret(settings.cosmos_key), client_id=settings.azure_client_id, in_azure=in_azure)
    return open_cosmos(connect, settings.cosmos_database, blobs.artifacts, blobs.leases, clock)


def _blobs(settings: Settings, clock: Clock, loop: ClientLoop) -> _Blobs | None:
    if settings.blob_url is None and settings.blob_connection_string is None:
        return None
    from shared.stores.azure.blob import BlobArtifactStore
    from shared.stores.azure.blobleases import BlobLeaseStore
    from shared.stores.azure.blobservice import BlobPlace, BlobService

    place = BlobPlace(
        container=settings.blob_container,
        url=settings.blob_url,
        connection_string=_secret(settings.blob_connection_string),
        client_id=settings.azure_client_id,
        in_azure=settings.azure_site_name is not None,
        links=settings.blob_links,
    )
    service = BlobService(place, loop, clock)
    return _Blobs(BlobArtifactStore(service, loop), BlobLeaseStore(service, loop))


def open_bus(settings: Settings) -> tuple[Publisher, DeadLetters] | tuple[None, None]:
    """Service Bus, when it is chosen. Raises ConfigError: QLF7042, QLF7043, QLF7044."""
    if settings.servicebus_namespace is None and settings.servicebus_connection_string is None:
        return None, None
    from shared.stores.azure.busservice import BusPlace, BusService
    from shared.stores.azure.deadletters import ServiceBusDeadLetters
    from shared.stores.azure.loop import ClientLoop
    from shared.stores.azure.servicebus import ServiceBusPublisher

    place = BusPlace(
        topic=settings.servicebus_topic,
        namespace=settings.servicebus_namespace,
        connection_string=_secret(settings.servicebus_connection_string),
        client_id=settings.azure_client_id,
        in_azure=settings.azure_site_name is not None,
    )
    loop = ClientLoop("qlf-bus")
    service = BusService(place, loop)
    return ServiceBusPublisher(service, loop), ServiceBusDeadLetters(service, loop)


def _secret(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()


def container_apps(settings: Settings, clock: Clock) -> Previews:
    """Previews on Azure. Raises ConfigError QLF6030 for a setting that is missing beside the environment, QLF7043 without the SDKs."""
    try:
        from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential

        from shared.preview.azure import ContainerAppPreviews, Place
    except ImportError as error:
        raise ConfigError("QLF7043", str(error)) from error

    def credential() -> object:
        client = settings.azure_client_id
        return ManagedIdentityCredential(client_id=client) if client else DefaultAzureCredential()

    return ContainerAppPreviews(Place.of(settings), credential, clock)


def session_sandbox(settings: Settings, work_dir: Path, readable: Sequence[Path]) -> Sandbox:
    """A sandbox on the session pool. Raises ConfigError QLF7043 without the SDKs."""
    try:
        from shared.runner.sessions import SessionSandbox
    except ImportError as error:
        raise ConfigError("QLF7043", str(error)) from error
    return SessionSandbox(session_pool(settings.session_pool_endpoint or "", settings.azure_client_id), work_dir, readable)


@functools.cache
def session_pool(endpoint: str, client_id: str | None) -> SessionPool:
    """The one client of a pool in this process: its connections and its token serve every command.

    `client_id` is the managed identity's; without it, the developer's own sign-in is used.
    """
    from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

    from shared.runner.sessions import SessionPool

    return SessionPool(endpoint, ManagedIdentityCredential(client_id=client_id) if client_id else DefaultAzureCredential())


def _exporter(settings: Settings) -> Exporter | None:
    """Where telemetry goes, or None. Raises ConfigError QLF7153 for an exporter without an address."""
    secret = settings.applicationinsights_connection_string
    kind = settings.telemetry_exporter or ("azure-monitor" if secret else "none")
    if kind == "none":
        return None
    if secret is None:
        raise ConfigError("QLF7153", f"QLF_TELEMETRY_EXPORTER is {kind}")
    from shared.telemetry.azure import AzureMonitor, OpenCensus

    make = AzureMonitor if kind == "azure-monitor" else OpenCensus
    return make(secret.get_secret_value(), credential=_ingestion_identity(settings), spool=settings.home / "telemetry")


def _ingestion_identity(settings: Settings) -> object:
    """The managed identity that telemetry is sent as; None outside Azure, where the connection string's key signs."""
    if settings.azure_client_id is None and settings.azure_site_name is None:
        return None
    from azure.identity import ManagedIdentityCredential

    return ManagedIdentityCredential(client_id=settings.azure_client_id)


def utc_now() -> str:
    """RFC 3339 UTC in microseconds, fixed width: it sorts as text."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
