"""Where previews go: the resources that the infrastructure made for them, named by their ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared.model import ConfigError
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Resource:
    """An Azure resource id, taken apart."""

    id: str
    subscription: str
    group: str
    name: str

    @classmethod
    def of(cls, resource_id: str) -> Resource:
        """Raises ConfigError QLF6020 for what is no id of a resource in a resource group."""
        parts = resource_id.strip("/").split("/")
        pairs = dict(zip((part.lower() for part in parts[::2]), parts[1::2], strict=False))
        if len(parts) < 8 or len(parts) % 2 or not {"subscriptions", "resourcegroups", "providers"} <= pairs.keys():
            raise ConfigError("QLF6020", resource_id[:200])
        return cls(resource_id, pairs["subscriptions"], pairs["resourcegroups"], parts[-1])


@dataclass(frozen=True, slots=True)
class Place:
    """The resources of previews, and how long their stages may take."""

    environment: Resource
    registry: Resource
    registry_server: str
    pull_identity: str
    location: str
    log_workspace: str | None = None
    arm: str = "https://management.azure.com"
    logs: str = "https://api.loganalytics.io/v1"
    per_user: int = 3
    authorities: str | None = None
    """PEM file of the certificates to trust in place of the system's: for a private cloud."""
    build_time: timedelta = timedelta(minutes=15)
    start_time: timedelta = timedelta(minutes=6)
    """Shorter than the platform's own, which lets a denied image pull hang for up to fifteen minutes."""
    look: float = 5.0
    """Seconds between two looks at what Azure does by itself."""

    @classmethod
    def of(cls, settings: Settings) -> Place:
        """From the settings, which belong together. Raises ConfigError QLF6030 that names the missing ones, QLF6020 for a bad id."""
        wanted = {
            "QLF_PREVIEW_ENVIRONMENT_ID": settings.preview_environment_id,
            "QLF_REGISTRY_ID": settings.registry_id,
            "QLF_REGISTRY_SERVER": settings.registry_server,
            "QLF_PREVIEW_PULL_IDENTITY_ID": settings.preview_pull_identity_id,
            "QLF_PREVIEW_LOCATION": settings.preview_location,
        }
        missing = [name for name, value in wanted.items() if not value]
        if missing:
            raise ConfigError("QLF6030", ", ".join(missing))
        environment, registry, server, identity, location = (str(value) for value in wanted.values())
        return cls(
            environment=Resource.of(environment),
            registry=Resource.of(registry),
            registry_server=server,
            pull_identity=Resource.of(identity).id,
            location=location,
            log_workspace=settings.preview_log_workspace_id,
            arm=settings.arm_endpoint.rstrip("/"),
            per_user=settings.previews_per_user,
        )
