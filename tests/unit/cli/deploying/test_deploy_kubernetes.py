"""`qlf deploy --target kubernetes`: secret, migration, manifests; the owner's names come in an overlay that kustomize can build."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from deploy_cases import OPTIONS, SECRET, URL, Capsules, Tools
from scripted_service import Qlf

TARGET = ("--target", "kubernetes")
OVERLAY = "deploy/overlay/kustomization.yaml"
KUBECTL = shutil.which("kubectl")


def test_it_gets_secret_migration_manifests_and_a_wait(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    calls = tools("kubectl")
    called = qlf("deploy", capsule, *TARGET, "--env-file", env_file, *OPTIONS["kubernetes"])

    assert called.code == 0
    assert [call["argv"] for call in calls()] == [
        ["apply", "--filename", "-"],
        ["delete", "job", "clinic-migrate", "--ignore-not-found"],
        ["apply", "--kustomize", "deploy/overlay"],
        ["rollout", "status", "deployment/clinic", "--timeout=300s"],
    ]
    secret = json.loads(calls()[0]["stdin"])
    kubernetes_validate.validate(secret, "1.31", strict=True)
    assert secret["metadata"]["name"] == "clinic"
    assert secret["stringData"] == {"SECRET_KEY": SECRET, "DATABASE_URL": URL, "POSTGRES_PASSWORD": "pw1"}


def test_another_value_starts_other_pods_and_the_same_ones_do_not(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    calls = tools("kubectl")
    for line in ("", "LOG_LEVEL=DEBUG\n", ""):
        with Path(env_file).open("a") as file:
            file.write(line)
        qlf("deploy", capsule, *TARGET, "--env-file", env_file, *OPTIONS["kubernetes"])

    patches = [yaml.safe_load(call["files"]["deploy/overlay/deployment.yaml"]) for call in calls()[2::4]]
    marks = [patch["spec"]["template"]["metadata"]["annotations"]["quantumlayer-factory/secret"] for patch in patches]
    assert marks[0] != marks[1] == marks[2]


@pytest.mark.parametrize(("image", "expected"), [
    ("a/b:1", {"newName": "a/b", "newTag": "1"}), ("h:5000/b:1", {"newName": "h:5000/b", "newTag": "1"}),
    ("a/b@sha256:00", {"newName": "a/b", "digest": "sha256:00"}),
])  # fmt: skip
def test_an_image_is_named_as_kustomize_takes_it(
    qlf: Qlf, capsule: str, *, env_file: str, tools: Tools, image: str, expected: dict[str, str]
) -> None:
    calls = tools("kubectl")
    qlf("deploy", capsule, *TARGET, "--env-file", env_file, "--image", image)

    overlay = yaml.safe_load(calls()[2]["files"][OVERLAY])
    assert overlay["images"] == [{"name": "registry.example.com/clinic", **expected}]


def test_without_a_host_no_ingress_is_deployed_and_that_is_said(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    tools()
    called = qlf("deploy", capsule, *TARGET, "--env-file", env_file, *OPTIONS["kubernetes"], "--dry-run")

    assert "no --host: no ingress is deployed" in called.err
    assert "$patch: delete" in called.out
    assert "next: kubectl port-forward service/clinic 8000:80" in called.out
    assert "example.com" not in called.out.replace("registry.example.com", "")


def test_host_class_and_issuer_are_shown(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    tools()
    named = ["--host", "pets.example.org", "--ingress-class", "traefik", "--issuer", "le-prod"]
    called = qlf("deploy", capsule, *TARGET, "--env-file", env_file, *OPTIONS["kubernetes"], *named, "--dry-run", "--json")

    deployment = called.result["deployment"]
    ingress = yaml.safe_load(deployment["files"]["deploy/overlay/ingress.yaml"])
    assert ingress["metadata"] == {"name": "clinic", "annotations": {"cert-manager.io/cluster-issuer": "le-prod"}}
    assert ingress["spec"]["ingressClassName"] == "traefik"
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == ["pets.example.org"]
    assert [tls["hosts"] for tls in ingress["spec"]["tls"]] == [["pets.example.org"]]
    assert deployment["notes"] == [
        "ingress: https://pets.example.org by class traefik, its certificate by the ClusterIssuer le-prod of cert-manager"
    ]
    assert "https://pets.example.org/readyz" in deployment["next"]


@pytest.mark.parametrize("option", ["--host", "--ingress-class", "--issuer"])
@pytest.mark.parametrize("value", [
    "", "https://a.example.org", "a_b.example.org", "-a.example.org", "a-.example.org", "a..b", "a.example.org.", "A.example.org",
    "10.0.0.1", "a.example.org/x", "a.example.org:443", "*.example.org", "a b", f"{'a' * 64}.org", ".".join(["abc"] * 64), "a.org\n",
    "{{ x }}", "$(id)",
])  # fmt: skip
def test_a_name_that_dns_does_not_take_is_refused(qlf: Qlf, capsule: str, *, env_file: str, tools: Tools, option: str, value: str) -> None:
    calls = tools("kubectl")
    host = [] if option == "--host" else ["--host", "a.example.org"]
    called = qlf("deploy", capsule, *TARGET, "--env-file", env_file, *OPTIONS["kubernetes"], *host, option, value, "--json")

    assert (called.code, called.error) == (2, "QLF8072")
    assert option in called.result["error"]["detail"]
    assert calls() == []


@pytest.mark.parametrize("value", ["pets", "a.b.example.org", "xn--80ak6aa92e.example", "1.example.org", ".".join(["abc"] * 63)])
def test_a_name_of_dns_is_taken(qlf: Qlf, capsule: str, *, env_file: str, tools: Tools, value: str) -> None:
    tools()
    called = qlf("deploy", capsule, *TARGET, "--env-file", env_file, *OPTIONS["kubernetes"], "--host", value, "--dry-run")

    assert called.code == 0


@pytest.mark.parametrize("option", ["--ingress-class", "--issuer"])
def test_names_of_an_ingress_need_a_host(qlf: Qlf, capsule: str, *, env_file: str, tools: Tools, option: str) -> None:
    tools()
    called = qlf("deploy", capsule, *TARGET, "--env-file", env_file, *OPTIONS["kubernetes"], option, "x", "--dry-run", "--json")

    assert (called.code, called.error) == (2, "QLF8072")
    assert called.result["error"]["detail"].startswith("--host is missing")


@pytest.mark.parametrize(("database", "code"), [("postgresql", 2), ("sqlite", 0)])
def test_a_database_file_needs_a_volume(qlf: Qlf, capsules: Capsules, *, tools: Tools, tmp_path: Path, database: str, code: int) -> None:
    tools()
    (tmp_path / "a.env").write_text(f"SECRET_KEY={SECRET}\nDATABASE_URL=sqlite:////data/service.db\n")
    options = ["--env-file", str(tmp_path / "a.env"), *OPTIONS["kubernetes"], "--dry-run", "--json"]
    called = qlf("deploy", capsules(database=database), *TARGET, *options)

    assert called.code == code
    if code:
        assert called.error == "QLF8075"


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not on the PATH: nothing else here builds a kustomize overlay")
@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
@pytest.mark.parametrize(
    "named", [[], ["--host", "pets.example.org"], ["--host", "pets.example.org", "--ingress-class", "traefik", "--issuer", "le"]]
)
def test_kustomize_builds_the_overlay(
    qlf: Qlf, capsules: Capsules, *, env_file: str, tools: Tools, tmp_path: Path, database: str, named: list[str]
) -> None:
    calls = tools("kubectl")
    qlf("deploy", capsules(database=database), *TARGET, "--env-file", env_file, "--image", "reg.example.org/c@sha256:" + "a" * 64, *named)
    built = kustomized(calls()[2]["files"], tmp_path / "laid-out")

    for manifest in built:
        kubernetes_validate.validate(manifest, "1.31", strict=True)
    images = [c["image"] for m in built if m["kind"] in ("Deployment", "Job") for c in m["spec"]["template"]["spec"]["containers"]]
    assert images == ["reg.example.org/c@sha256:" + "a" * 64] * 2
    (deployment,) = (manifest for manifest in built if manifest["kind"] == "Deployment")
    assert deployment["spec"]["template"]["metadata"]["annotations"].keys() == {"quantumlayer-factory/secret"}
    assert "replicas" not in deployment["spec"] or database == "sqlite"
    ingresses = [manifest for manifest in built if manifest["kind"] == "Ingress"]
    assert len(ingresses) == bool(named)
    for ingress in ingresses:
        assert [rule["host"] for rule in ingress["spec"]["rules"]] == ["pets.example.org"]
        assert ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"] == {"name": "clinic", "port": {"name": "http"}}
        assert ingress["spec"]["tls"] == [{"hosts": ["pets.example.org"], "secretName": "clinic-tls"}]
        assert ingress["spec"]["ingressClassName"] == ("traefik" if len(named) > 2 else "nginx")
        assert ingress["metadata"]["annotations"] == {"cert-manager.io/cluster-issuer": "le" if len(named) > 2 else "letsencrypt"}


def kustomized(files: dict[str, str], folder: Path) -> list[dict[str, Any]]:
    """The manifests that kubectl would apply."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    command = [str(KUBECTL), "kustomize", "deploy/overlay"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120, env={"PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))
