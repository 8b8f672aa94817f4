"""In the cluster of kubectl's context and namespace. The owner's choices are a kustomize overlay beside the capsule's manifests."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import yaml

from cli.deploying.plan import SECRETS, App, Choices, Plan, refuse_a_file
from cli.deploying.steps import Step
from shared.model import InputError

BASE = "deploy/kubernetes"
OVERLAY = "deploy/overlay"
_ISSUER = "cert-manager.io/cluster-issuer"
_MARK = "quantumlayer-factory/secret"


def kubernetes(app: App, choices: Choices) -> Plan:
    """With an image that the cluster can pull, and an ingress where a host is named."""
    image, values = image_of(choices.need("image")), choices.secrets(SECRETS)
    if f"{BASE}/volume.yaml" not in app.files:
        refuse_a_file(values["DATABASE_URL"], "DATABASE_URL names a file, and the manifests of this app have no volume for one")
    secret = json.dumps(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": app.name}, "stringData": values}, sort_keys=True
    ).encode()
    beside = _overlay(app, choices, image, hashlib.sha256(secret).hexdigest()[:16])
    steps = [
        Step(["kubectl", "apply", "--filename", "-"], "write the secret", lambda _: secret),
        Step(["kubectl", "delete", "job", f"{app.name}-migrate", "--ignore-not-found"], "take the last release's migration away"),
        Step(["kubectl", "apply", "--kustomize", OVERLAY], "apply the manifests"),
        Step(["kubectl", "rollout", "status", f"deployment/{app.name}", "--timeout=300s"], "wait until it is rolled out"),
    ]
    note, then = _reached(app, choices)
    return Plan(steps, then, beside, (note,))


def _overlay(app: App, choices: Choices, image: dict[str, str], secret: str) -> dict[str, str]:
    """Path -> text. Pods read a secret when they start, so its digest is a mark on them: another value starts other pods."""
    marked = {"template": {"metadata": {"annotations": {_MARK: secret}}}}
    documents = {
        "kustomization.yaml": {
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": ["../kubernetes"],
            "images": [{"name": _image_of_base(app), **image}], "patches": [{"path": "deployment.yaml"}, {"path": "ingress.yaml"}],
        },
        "deployment.yaml": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": app.name}, "spec": marked},
        "ingress.yaml": _ingress_patch(app, choices),
    }  # fmt: skip
    return {f"{OVERLAY}/{name}": yaml.safe_dump(document, sort_keys=False) for name, document in documents.items()}


def _ingress(app: App) -> dict[str, Any]:
    return dict(yaml.safe_load(app.text(f"{BASE}/ingress.yaml")))


def _ingress_patch(app: App, choices: Choices) -> dict[str, Any]:
    """A strategic merge: the ingress with the owner's names, or its removal."""
    base, host = _ingress(app), choices.dns_name("host")
    ingress_class, issuer = choices.dns_name("ingress_class"), choices.dns_name("issuer")
    patch = {key: base[key] for key in ("apiVersion", "kind")} | {"metadata": {"name": base["metadata"]["name"]}}
    if host is None:
        if ingress_class or issuer:
            raise InputError("QLF8072", "--host is missing: without it there is no ingress")
        return {"$patch": "delete", **patch}
    if issuer:
        patch["metadata"]["annotations"] = {_ISSUER: issuer}
    spec = {"rules": [{**rule, "host": host} for rule in base["spec"]["rules"]]}
    spec["tls"] = [{**tls, "hosts": [host]} for tls in base["spec"]["tls"]]
    return {**patch, "spec": spec | ({"ingressClassName": ingress_class} if ingress_class else {})}


def _reached(app: App, choices: Choices) -> tuple[str, str]:
    """Who reaches the app, as a note, and what to do then."""
    if choices.host is None:
        note = "no --host: no ingress is deployed, and one that is there stays as it is; the app is reached inside the cluster only"
        return note, f"kubectl port-forward service/{app.name} 8000:80, then http://127.0.0.1:8000/readyz"
    base = _ingress(app)
    ingress_class = choices.ingress_class or base["spec"]["ingressClassName"]
    issuer = choices.issuer or base["metadata"]["annotations"][_ISSUER]
    note = f"ingress: https://{choices.host} by class {ingress_class}, its certificate by the ClusterIssuer {issuer} of cert-manager"
    return note, f"kubectl get ingress {app.name}; https://{choices.host}/readyz answers once that name leads to its address"


def _image_of_base(app: App) -> str:
    """What the base calls the image: an overlay renames what comes out of the base."""
    images = yaml.safe_load(app.text(f"{BASE}/kustomization.yaml")).get("images") or []
    return str(next((image.get("newName", "service") for image in images if image["name"] == "service"), "service"))


def image_of(image: str) -> dict[str, str]:
    """`NAME:TAG` or `NAME@DIGEST` as kustomize takes it. Raises InputError QLF8072 for a name without either."""
    name, at, digest = image.partition("@")
    if at:
        return {"newName": name, "digest": digest}
    name, colon, tag = image.rpartition(":")
    if not colon or "/" in tag:
        raise InputError("QLF8072", "--image is NAME:TAG or NAME@DIGEST")
    return {"newName": name, "newTag": tag}
