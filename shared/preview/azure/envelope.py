"""The body of a preview's Container App: digest-pinned image, probes, no replica when idle, and no identity that the app could use."""

from __future__ import annotations

from typing import Any

from azure.mgmt.appcontainers import models

from shared.model import Preview
from shared.preview.azure.place import Place
from shared.preview.launch import ADMIN, READY_PATH

PORT = 8000
MARK = "qlf-preview"
RUN, OWNER, EXPIRES = "run-id", "owner", "expires-at"
SECRET, PASSWORD = "secret-key", "admin-password"  # names of secrets, not secrets


def tags_of(preview: Preview) -> dict[str, str]:
    """How the app is found again when every record is lost."""
    return {MARK: preview.id, RUN: preview.run_id, OWNER: preview.owner, EXPIRES: preview.expires_at}


def envelope(place: Place, preview: Preview, image: str, digest: str, secrets: dict[str, str]) -> models.ContainerApp:
    """`image` is the registry's path without tag; `secrets` are new for each preview and live in the app's resource alone."""
    return models.ContainerApp(
        location=place.location,
        tags=tags_of(preview),
        identity=models.ManagedServiceIdentity(
            type="UserAssigned", user_assigned_identities={place.pull_identity: models.UserAssignedIdentity()}
        ),
        properties=models.ContainerAppProperties(
            environment_id=place.environment.id,
            workload_profile_name="Consumption",
            configuration=_configuration(place, secrets),
            template=models.Template(
                revision_suffix=f"d{digest.removeprefix('sha256:')[:8]}",
                containers=[_container(f"{image}@{digest}")],
                scale=models.Scale(min_replicas=0, max_replicas=1, cooldown_period=300),
            ),
        ),
    )


def _configuration(place: Place, secrets: dict[str, str]) -> models.Configuration:
    return models.Configuration(
        active_revisions_mode="Single",
        max_inactive_revisions=1,
        secrets=[models.Secret(name=name, value=value) for name, value in secrets.items()],
        registries=[models.RegistryCredentials(server=place.registry_server, identity=place.pull_identity)],
        identity_settings=[models.IdentitySettings(identity=place.pull_identity, lifecycle="None")],
        ingress=models.Ingress(
            external=True,
            target_port=PORT,
            transport="auto",
            allow_insecure=False,
            traffic=[models.TrafficWeight(latest_revision=True, weight=100)],
        ),
    )


def _container(image: str) -> models.Container:
    variables: list[dict[str, Any]] = [
        {"name": "ENVIRONMENT", "value": "development"},
        {"name": "DATABASE_URL", "value": "sqlite:////data/app.db"},
        {"name": "ADMIN_EMAIL", "value": ADMIN},
        {"name": "SECRET_KEY", "secret_ref": SECRET},
        {"name": "ADMIN_PASSWORD", "secret_ref": PASSWORD},
    ]
    return models.Container(
        name="app",
        image=image,
        resources=models.ContainerResources(cpu=0.25, memory="0.5Gi"),
        env=[models.EnvironmentVar(**variable) for variable in variables],
        probes=[_probe("Startup", READY_PATH, 3, 40), _probe("Readiness", READY_PATH, 10, 3), _probe("Liveness", "/livez", 30, 3)],
    )


def _probe(kind: str, path: str, every: int, failures: int) -> models.ContainerAppProbe:
    """`every` counts seconds."""
    where = models.ContainerAppProbeHttpGet(path=path, port=PORT)
    return models.ContainerAppProbe(type=kind, http_get=where, timeout_seconds=5, period_seconds=every, failure_threshold=failures)
