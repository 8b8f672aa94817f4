"""What the environment says, read once and checked. No other module of the app reads the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import Field, StringConstraints, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from shared.model import ConfigError

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
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
    azure_site_name: str | None = Field(
        default=None, validation_alias="WEBSITE_SITE_NAME", description="Set by Azure in a Function App; the local token is refused there."
    )

    @field_validator("home", "signing_key", mode="after")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        # A relative path would mean another folder in every process that inherits the variable.
        return None if path is None else Path(os.path.abspath(path.expanduser()))

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
