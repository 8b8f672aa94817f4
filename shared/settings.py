"""What the environment says, read once and checked. No other module of the app reads the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr, StringConstraints, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from shared.model import ConfigError

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$", max_length=512)]
ResourceId = Annotated[
    str, StringConstraints(pattern=r"^/subscriptions/[0-9a-fA-F-]{36}/resourceGroups/[^/]+/providers/.+$", max_length=1024)
]
WebhookSecret = Annotated[SecretStr, Field(min_length=16, max_length=512)]
Guid = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]


class Settings(BaseSettings):
    """All settings of the app. Each field's description is its line in `docs/settings.md`; an empty variable counts as unset."""

    model_config = SettingsConfigDict(
        env_prefix="QLF_", env_ignore_empty=True, extra="ignore", frozen=True, validate_by_name=True, validate_by_alias=True
    )

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("quantumlayer-factory", appauthor=False)),
        description="Folder of stores, keys and previews. Default: the platform's user data folder.",
    )
    project: Name = Field(default="default", description="Project that new runs belong to: lower-case letters, digits, hyphens.")
    environment: Name = Field(default="local", description="Name of this installation, as it appears in provenance and telemetry.")
    signing_key: Path | None = Field(
        default=None, description="PEM PKCS#8 private key that signs capsules. Default: a key made on first use."
    )
    signing_key_pem: SecretStr | None = Field(
        default=None,
        max_length=16384,
        description="That key itself, where there is no file: PEM text, or its base64 in one line. QLF_SIGNING_KEY comes first.",
    )
    trusted_keys: str | None = Field(
        default=None,
        max_length=65536,
        description="Public keys of earlier signers, whose capsules verify here too: PEM texts, or base64 of them in one line.",
    )
    max_repair_rounds: int = Field(default=3, ge=0, le=10, description="Most repair rounds per component and per project, 0 to 10.")
    heavy_slots: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        le=256,
        description="Heavy activities that run at once, 1 to 256. Default: the number of cores.",
    )
    entra_tenant_id: Guid | None = Field(
        default=None, validation_alias="ENTRA_TENANT_ID", description="Entra tenant. When set, the local token is refused."
    )
    entra_client_id: Guid | None = Field(
        default=None, validation_alias="ENTRA_CLIENT_ID", description="Application id that Entra tokens must be issued for."
    )
    entra_authority: Url = Field(
        default="https://login.microsoftonline.com",
        validation_alias="ENTRA_AUTHORITY",
        description="Entra sign-in endpoint of this cloud. Plain http is for loopback only.",
    )
    entra_cli_client_id: Guid | None = Field(
        default=None,
        validation_alias="ENTRA_CLI_CLIENT_ID",
        description="Application id of the public client that `qlf login` signs in with. Default: ENTRA_CLIENT_ID.",
    )
    project_access: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Who may use which project, as JSON: object id of a user, group or app (`*`: all) to a list of projects (`*`: all).",
    )
    webhook_github_secret: WebhookSecret | None = Field(
        default=None, description="Secret of the GitHub webhook, 16 characters or more. Without it GitHub's deliveries are refused."
    )
    webhook_gitlab_secret: WebhookSecret | None = Field(
        default=None, description="Secret token of the GitLab webhook, 16 characters or more. Without it GitLab's deliveries are refused."
    )
    webhook_ci_secret: WebhookSecret | None = Field(
        default=None, description="Secret of other CI systems' webhooks, 16 characters or more, or `whsec_` and base64. See docs/api.md."
    )
    azure_client_id: Guid | None = Field(
        default=None,
        validation_alias="AZURE_CLIENT_ID",
        description="Client id of the managed identity that Azure clients sign in with. Default: the developer's own sign-in.",
    )
    cosmos_endpoint: Url | None = Field(
        default=None,
        validation_alias="COSMOS_ENDPOINT",
        description="Cosmos DB account. When set, documents and events are kept there; QLF_BLOB_URL must be set too.",
    )
    cosmos_key: SecretStr | None = Field(
        default=None, validation_alias="COSMOS_KEY", description="Account key of a local Cosmos DB peer. Refused inside Azure."
    )
    cosmos_database: str = Field(default="factory", min_length=1, max_length=255, description="Cosmos DB database.")
    blob_url: Url | None = Field(
        default=None,
        description="Blob service of the artifact account. When set, artifacts are kept there, and leases beside Cosmos DB.",
    )
    blob_connection_string: SecretStr | None = Field(
        default=None, description="Connection string of a local Blob peer, in place of the URL. Refused inside Azure."
    )
    blob_container: Name = Field(default="artifacts", description="Blob container of the artifacts.")
    blob_links: bool = Field(
        default=True,
        description="Send downloads of capsules to Blob Storage by a link. Off where callers cannot reach it: then the app answers them.",
    )
    servicebus_namespace: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9.:-]+$", description="Host name of the Service Bus namespace that events are published to."
    )
    servicebus_connection_string: SecretStr | None = Field(
        default=None, description="Connection string of a local Service Bus peer, in place of the host name. Refused inside Azure."
    )
    servicebus_topic: str = Field(default="factory-events", min_length=1, max_length=260, description="Service Bus topic of the events.")
    session_pool_endpoint: Url | None = Field(
        default=None, description="Container Apps session pool that runs generated code. Default: the sandbox of this machine."
    )
    arm_endpoint: Url = Field(default="https://management.azure.com", description="Azure Resource Manager of this cloud.")
    preview_environment_id: ResourceId | None = Field(
        default=None,
        description="Resource id of the Container Apps environment for previews. Default: previews are processes of this machine.",
    )
    preview_location: str | None = Field(default=None, description="Azure region of previews.")
    preview_pull_identity_id: ResourceId | None = Field(
        default=None, description="Resource id of the identity that pulls preview images, and can do nothing else."
    )
    registry_id: ResourceId | None = Field(
        default=None, description="Resource id of the container registry that builds and keeps preview images."
    )
    registry_server: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9.:-]+$", description="Login server of that registry, as the portal shows it."
    )
    preview_log_workspace_id: Guid | None = Field(default=None, description="Log Analytics workspace of the previews' environment.")
    previews_per_user: int = Field(default=3, ge=1, le=100, description="Most previews that one user may have at once, 1 to 100.")
    applicationinsights_connection_string: SecretStr | None = Field(
        default=None,
        validation_alias="APPLICATIONINSIGHTS_CONNECTION_STRING",
        description="Application Insights resource that traces, metrics and logs are sent to.",
    )
    telemetry_exporter: Literal["none", "azure-monitor", "opencensus"] | None = Field(
        default=None, description="Where telemetry goes. Default: azure-monitor when its connection string is set, none otherwise."
    )
    metrics: bool = Field(
        default=False, description="Keep metrics in the process and serve them at /api/v1/metrics. `qlf serve` turns it on."
    )
    azure_site_name: str | None = Field(
        default=None, validation_alias="WEBSITE_SITE_NAME", description="Set by Azure in a Function App; the local token is refused there."
    )
    azure_auth_enabled: bool = Field(
        default=False,
        validation_alias="WEBSITE_AUTH_ENABLED",
        description="Set by Azure where App Service authentication is on; only then its sign-in headers are believed.",
    )

    @field_validator("home", "signing_key", mode="after")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        # A relative path would mean another folder in every process that inherits the variable.
        return None if path is None else Path(os.path.abspath(path.expanduser()))

    @field_validator("*", mode="after")
    @classmethod
    def _resolved(cls, value: object) -> object:
        # An unresolved reference is a public text: taken as a secret, it would open the door to everyone who can guess the vault's name.
        if isinstance(value, SecretStr) and value.get_secret_value().lstrip().lower().startswith("@microsoft.keyvault"):
            raise ValueError("the Key Vault reference was not resolved")
        return value

    @field_validator("entra_authority", mode="after")
    @classmethod
    def _secure(cls, url: str) -> str:
        address = urlsplit(url)
        if address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost"):
            raise ValueError("plain http is for loopback only")
        return url.rstrip("/")

    @property
    def local_auth(self) -> bool:
        """True when the token in `home` opens the API: neither Entra nor Azure is around."""
        return self.entra_tenant_id is None and self.azure_site_name is None


def load_settings() -> Settings:
    """Read the environment. Raises ConfigError QLF8040, naming each variable that is wrong and never its value."""
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigError("QLF8040", "; ".join(_complaint(e["loc"], e["msg"]) for e in error.errors(include_input=False))) from None
    except (SettingsError, RuntimeError) as error:
        raise ConfigError("QLF8040", str(error)) from None


def variables() -> list[tuple[str, str]]:
    """Every variable with its description, in the order of the documentation's table."""
    return [(_variable(name), field.description or "") for name, field in Settings.model_fields.items()]


def _variable(name: str) -> str:
    field = Settings.model_fields.get(name)
    alias = field.validation_alias if field else name
    return alias if isinstance(alias, str) else f"QLF_{name.upper()}"


def _complaint(location: tuple[int | str, ...], message: str) -> str:
    return f"{_variable(str(location[0])) if location else 'settings'}: {message}"
