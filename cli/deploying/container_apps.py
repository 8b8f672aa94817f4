"""As a Container App of the owner's environment: built by the owner's registry, migrated once by a job, then released as a new revision."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import yaml

from cli.deploying.plan import SECRETS, App, Choices, Plan, refuse_a_file
from cli.deploying.steps import Kept, Step
from shared.model import InputError

_LONGEST = 32
"""Characters of the name of an app or a job:
https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftapp"""
_MIGRATION = 600
"""Seconds after which the platform ends a migration."""
_ENDED = ("Failed", "Stopped", "Degraded")
_AZ = ("az", "containerapp")

Body = dict[str, Any]


def container_apps(app: App, choices: Choices) -> Plan:
    """Needs the environment, an identity that may pull from the registry, and a database that outlives the replicas."""
    server, repository, tag = _image(choices.need("image"))
    values = {name: value for name, value in choices.secrets(SECRETS).items() if name != "ENVIRONMENT"}
    refuse_a_file(values["DATABASE_URL"], "DATABASE_URL names a file, and every replica of a Container App has files of its own")
    release, migration = _release(app, choices, server, values), _migration(choices, server, values)
    group, name = ["--resource-group", choices.need("resource_group")], _short(app.name, _LONGEST)

    def image(kept: Kept) -> str:
        return f"{server}/{repository}@{kept['DIGEST']}"

    steps = [
        *_built(server.partition(".")[0], f"{repository}:{tag}"),
        *_migrated([*group, "--name", f"{_short(app.name, _LONGEST - 8)}-migrate"], lambda kept: migration(image(kept))),
        _written([*_AZ, "create", *group, "--name", name], "create or update the app", lambda kept: release(image(kept))),
    ]
    shown = " ".join([*_AZ, "show", *group, "--name", name])
    return Plan(steps, f"{shown} --query properties.configuration.ingress.fqdn --output tsv")


def _built(registry: str, image: str) -> list[Step]:
    """Keeps DIGEST: replicas of one revision run one image, whatever its tag comes to mean."""
    found = ["az", "acr", "repository", "show", "--name", registry, "--image", image, "--query", "digest", "--output", "tsv"]
    return [
        Step(["az", "acr", "build", "--registry", registry, "--image", image, "."], "build the image in the registry"),
        Step(found, "ask for the image's digest", keep="DIGEST"),
    ]


def _migrated(job: list[str], body: Callable[[Kept], Body]) -> list[Step]:
    """One execution, before any replica of the new revision starts; where it fails, the app stays as it was."""
    start = [*_AZ, "job", "start", *job, "--query", "name", "--output", "tsv"]
    look = [*_AZ, "job", "execution", "show", *job, "--job-execution-name", "$EXECUTION", "--query", "properties.status", "--output", "tsv"]
    return [
        _written([*_AZ, "job", "create", *job], "write the migration's job", body),
        Step(start, "start the migration", keep="EXECUTION"),
        Step(look, "wait until it has migrated", until="Succeeded", never=_ENDED),
    ]


def _image(text: str) -> tuple[str, str, str]:
    """Registry, repository and tag. Raises InputError QLF8072."""
    server, _, named = text.partition("/")
    repository, colon, tag = named.rpartition(":")
    if not colon or not repository or "@" in text or "/" in tag:
        raise InputError("QLF8072", "--image is REGISTRY/NAME:TAG here: it is built and pushed")
    return server, repository, tag


def _short(name: str, limit: int) -> str:
    """A name within a limit; what was cut off is told apart by a digest."""
    if len(name) <= limit:
        return name
    return f"{name[: limit - 7].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _written(argv: Sequence[str], why: str, body: Callable[[Kept], Body]) -> Step:
    return Step([*argv, "--yaml", "/dev/stdin", "--output", "none"], why, lambda kept: yaml.safe_dump(body(kept), sort_keys=False).encode())


def _release(app: App, choices: Choices, server: str, values: dict[str, str]) -> Callable[[str], Body]:
    """Image -> the app's resource. Its revision is named by the capsule and by all that is in it: another image, another value,
    another revision. (An older revision's name must not come back: the platform then changes nothing, and says that it did.)"""

    def body(image: str) -> Body:
        probes = [_probe(kind, path) for kind, path in (("Startup", "/livez"), ("Readiness", "/readyz"), ("Liveness", "/livez"))]
        made = _resource(choices, server, values)
        made["properties"]["configuration"] |= {
            "activeRevisionsMode": "Single",
            "ingress": {"external": True, "targetPort": 8000, "transport": "auto", "allowInsecure": False},
        }
        made["properties"]["template"] = {
            "containers": [{**_container("api", image, values), "probes": probes}], "scale": {"minReplicas": 1, "maxReplicas": 5},
        }  # fmt: skip
        said = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()
        made["properties"]["template"]["revisionSuffix"] = f"c{app.digest[:8]}-{said[:8]}"
        return made

    return body


def _migration(choices: Choices, server: str, values: dict[str, str]) -> Callable[[str], Body]:
    """Image -> the job's resource: one replica, started by hand, not tried again by itself."""

    def body(image: str) -> Body:
        made = _resource(choices, server, values)
        made["properties"]["configuration"] |= {
            "triggerType": "Manual", "replicaTimeout": _MIGRATION, "replicaRetryLimit": 0,
            "manualTriggerConfig": {"parallelism": 1, "replicaCompletionCount": 1},
        }  # fmt: skip
        command = {"command": ["alembic", "upgrade", "head"]}
        made["properties"]["template"] = {"containers": [_container("migrate", image, values) | command]}
        return made

    return body


def _resource(choices: Choices, server: str, values: dict[str, str]) -> Body:
    """What app and job share: the environment, secrets as secrets, and an identity that only pulls."""
    identity = choices.need("pull_identity")
    return {
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}},
        "properties": {
            "environmentId": choices.need("environment"),
            "configuration": {
                "secrets": [{"name": _key(name), "value": values[name]} for name in sorted(values)],
                "registries": [{"server": server, "identity": identity}],
                "identitySettings": [{"identity": identity, "lifecycle": "None"}],
            },
        },
    }


def _container(name: str, image: str, values: dict[str, str]) -> Body:
    secrets = [{"name": variable, "secretRef": _key(variable)} for variable in sorted(values)]
    env = [{"name": "ENVIRONMENT", "value": "production"}, *secrets]
    return {"name": name, "image": image, "env": env, "resources": {"cpu": 0.5, "memory": "1Gi"}}


def _key(variable: str) -> str:
    return variable.lower().replace("_", "-")


def _probe(kind: str, path: str) -> Body:
    return {"type": kind, "httpGet": {"path": path, "port": 8000}, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6}
