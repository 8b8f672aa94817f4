"""A capsule's app and the owner's choices -> the steps that bring it to a target."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cli.deploying.steps import Step
from shared.blueprints import label
from shared.model import InputError

KUBERNETES = "deploy/kubernetes"
_SECRETS = ("SECRET_KEY", "DATABASE_URL")


@dataclass(frozen=True)
class Choices:
    """What the owner says: values of the environment (secrets), and names of places."""

    variables: Mapping[str, str] = field(repr=False)
    env_file: str | None = None
    image: str | None = None
    resource_group: str | None = None
    environment: str | None = None
    pull_identity: str | None = None

    def need(self, name: str) -> str:
        """The value of a choice. Raises InputError QLF8072 that names the option."""
        value = getattr(self, name)
        if not value:
            raise InputError("QLF8072", f"--{name.replace('_', '-')} is missing")
        return str(value)

    def secrets(self, names: tuple[str, ...]) -> dict[str, str]:
        """All variables. Raises InputError QLF8073 that names those of `names` that are missing or empty."""
        missing = [name for name in names if not self.variables.get(name)]
        if missing:
            raise InputError("QLF8073", ", ".join(missing))
        return dict(self.variables)


@dataclass(frozen=True)
class App:
    """What is deployed: the slug and version of its manifest, and its sources (path -> text) as far as a plan needs them."""

    slug: str
    version: str
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def name(self) -> str:
        return str(label(self.slug))

    def text(self, path: str) -> str:
        """A source file. Raises InputError QLF8074 when the capsule has none: it is of an older blueprint."""
        if path not in self.files:
            raise InputError("QLF8074", path)
        return self.files[path].decode()


@dataclass(frozen=True)
class Plan:
    """The steps, the files that differ from the capsule's, and what to do when all is done."""

    steps: list[Step]
    changed: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    then: str = ""


def compose(app: App, choices: Choices) -> Plan:
    """On one machine with Docker, with a database beside it."""
    app.text("compose.yaml")
    file = choices.need("env_file")
    choices.secrets(("SECRET_KEY",))
    argv = ["docker", "compose", "--project-name", app.name, "--env-file", file, "up", "--build", "--detach", "--wait"]
    return Plan([Step(argv, "build and start with compose")], then="http://127.0.0.1:8000/readyz answers when it is ready")


def kubernetes(app: App, choices: Choices) -> Plan:
    """In the cluster of kubectl's context and namespace, with an image that the cluster can pull."""
    path = f"{KUBERNETES}/kustomization.yaml"
    kustomization = yaml.safe_load(app.text(path))
    kustomization["images"] = [{"name": "service", **image_of(choices.need("image"))}]
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": app.name}, "stringData": choices.secrets(_SECRETS)}
    steps = [
        Step(["kubectl", "apply", "--filename", "-"], "write the secret", json.dumps(secret).encode()),
        Step(["kubectl", "delete", "job", f"{app.name}-migrate", "--ignore-not-found"], "take the last release's migration away"),
        Step(["kubectl", "apply", "--kustomize", KUBERNETES], "apply the manifests"),
        Step(["kubectl", "rollout", "status", f"deployment/{app.name}", "--timeout=300s"], "wait until it is rolled out"),
    ]
    return Plan(steps, {path: yaml.safe_dump(kustomization, sort_keys=False).encode()}, f"kubectl get ingress {app.name}")


def container_apps(app: App, choices: Choices) -> Plan:
    """As a Container App of the owner's environment, built by the owner's registry."""
    image = choices.need("image")
    server, _, repository = image.partition("/")
    if not repository or "@" in image:
        raise InputError("QLF8072", "--image is REGISTRY/NAME:TAG here: it is built and pushed")
    body = container_app(choices, image, server)
    group = choices.need("resource_group")
    steps = [
        Step(["az", "acr", "build", "--registry", server.partition(".")[0], "--image", repository, "."], "build the image in the registry"),
        Step(
            ["az", "containerapp", "create", "--resource-group", group, "--name", app.name, "--yaml", "/dev/stdin", "--output", "none"],
            "create or update the app", yaml.safe_dump(body, sort_keys=False).encode(),
        ),
    ]  # fmt: skip
    query = "--query properties.configuration.ingress.fqdn --output tsv"
    return Plan(steps, then=f"az containerapp show --resource-group {group} --name {app.name} {query}")


def container_app(choices: Choices, image: str, server: str) -> dict[str, Any]:
    """The resource: migrations before the start, probes, secrets as secrets, and an identity that only pulls."""
    values = choices.secrets(_SECRETS)
    identity = choices.need("pull_identity")
    names = {name: name.lower().replace("_", "-") for name in sorted(values)}
    env = [{"name": "ENVIRONMENT", "value": "production"}, *({"name": name, "secretRef": key} for name, key in names.items())]
    resources = {"cpu": 0.5, "memory": "1Gi"}
    probes = [probe(kind, path) for kind, path in (("Startup", "/livez"), ("Readiness", "/readyz"), ("Liveness", "/livez"))]
    migrate = {"name": "migrate", "image": image, "command": ["alembic", "upgrade", "head"], "env": env, "resources": resources}
    return {
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}},
        "properties": {
            "environmentId": choices.need("environment"),
            "configuration": {
                "activeRevisionsMode": "Single",
                "secrets": [{"name": key, "value": values[name]} for name, key in names.items()],
                "registries": [{"server": server, "identity": identity}],
                "identitySettings": [{"identity": identity, "lifecycle": "None"}],
                "ingress": {"external": True, "targetPort": 8000, "transport": "auto", "allowInsecure": False},
            },
            "template": {
                "initContainers": [migrate],
                "containers": [{"name": "api", "image": image, "env": env, "resources": resources, "probes": probes}],
                "scale": {"minReplicas": 1, "maxReplicas": 5},
            },
        },
    }


def probe(kind: str, path: str) -> dict[str, Any]:
    return {"type": kind, "httpGet": {"path": path, "port": 8000}, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6}


def image_of(image: str) -> dict[str, str]:
    """`NAME:TAG` or `NAME@DIGEST` as kustomize takes it. Raises InputError QLF8072 for a name without either."""
    name, at, digest = image.partition("@")
    if at:
        return {"newName": name, "digest": digest}
    name, colon, tag = image.rpartition(":")
    if not colon or "/" in tag:
        raise InputError("QLF8072", "--image is NAME:TAG or NAME@DIGEST")
    return {"newName": name, "newTag": tag}


TARGETS: dict[str, Callable[[App, Choices], Plan]] = {"compose": compose, "container-apps": container_apps, "kubernetes": kubernetes}


def read_variables(path: Path | None) -> dict[str, str]:
    """The `NAME=value` lines of a file. Raises InputError QLF8021."""
    if path is None:
        return {}
    from dotenv import dotenv_values

    if not path.is_file():
        raise InputError("QLF8021", f"{path} is not a file")
    return {name: value for name, value in dotenv_values(path, interpolate=False).items() if value}
