"""The Kubernetes manifests of generated apps, held against the schemas that Kubernetes publishes and against what we promise of them."""

from __future__ import annotations

import copy
from pathlib import PurePosixPath
from typing import Any

import kubernetes_validate
import pytest
import yaml
from test_files import IRS, files_of

from shared.blueprints import label
from shared.model import IR

FOLDER = "deploy/kubernetes"
VERSION = "1.31"
Manifest = dict[str, Any]


def manifests(ir: IR) -> dict[str, Manifest]:
    """File name -> manifest, the kustomization aside."""
    found = {path: text for path, text in files_of("devops", ir).items() if path.startswith(f"{FOLDER}/")}
    return {PurePosixPath(path).stem: yaml.safe_load(text) for path, text in found.items() if not path.endswith("kustomization.yaml")}


def pod(manifest: Manifest) -> Manifest:
    spec: Manifest = manifest["spec"]["template"]["spec"]
    return spec


@pytest.fixture(params=IRS)
def ir(request: pytest.FixtureRequest) -> IR:
    return IRS[request.param]


def with_database(ir: IR, database: str) -> IR:
    return ir.model_copy(update={"stack": ir.stack.model_copy(update={"database": database})})


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_every_manifest_fits_its_published_schema(ir: IR, database: str) -> None:
    found = manifests(with_database(ir, database))

    assert {manifest["kind"] for manifest in found.values()} >= {"Deployment", "Service", "Ingress", "NetworkPolicy", "Job"}
    for manifest in found.values():
        kubernetes_validate.validate(manifest, VERSION, strict=True)


@pytest.mark.parametrize(("name", "path", "value"), [
    ("deployment", "spec/template/spec/containers/0/readinesProbe", {}),
    ("deployment", "spec/template/spec/containers/0/ports/0/containerPort", "8000"),
    ("ingress", "spec/rules/0/http/paths/0/backend/service/port/nam", "http"),
    ("ingress", "spec/rules/0/http/paths/0/pathType", None),
    ("autoscaler", "spec/minReplica", 2),
    ("autoscaler", "spec/maxReplicas", "ten"),
    ("network", "spec/egres", []),
    ("network", "spec/ingress/0/ports/0/port", 80.5),
    ("migrate", "spec/backofLimit", 3),
    ("migrate", "spec/template/spec/restartPolicy", 1),
    ("service", "spec/ports/0/targetPrt", "http"),
    ("service", "spec/ports/0/port", "80"),
    ("disruption", "spec/minAvailabel", 1),
])  # fmt: skip
def test_a_planted_fault_does_not_fit(name: str, path: str, value: Any) -> None:
    manifest = copy.deepcopy(manifests(with_database(next(iter(IRS.values())), "postgresql"))[name])
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    at: Any = manifest
    for step in way:
        at = at[step]
    at[last] = value

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, VERSION, strict=True)


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_the_kustomization_names_every_file_and_no_other(ir: IR, database: str) -> None:
    ir = with_database(ir, database)
    listed = yaml.safe_load(files_of("devops", ir)[f"{FOLDER}/kustomization.yaml"])["resources"]

    assert sorted(listed) == sorted(f"{name}.yaml" for name in manifests(ir))


@pytest.mark.parametrize("name", ["deployment", "migrate"])
def test_pods_run_without_rights(ir: IR, name: str) -> None:
    spec = pod(manifests(ir)[name])
    (container,) = spec["containers"]

    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert {"cpu", "memory"} == container["resources"]["limits"].keys() == container["resources"]["requests"].keys()


def test_probes_ask_what_the_app_answers(ir: IR) -> None:
    (container,) = pod(manifests(ir)["deployment"])["containers"]
    asked = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "readiness", "liveness")}

    assert asked == {
        "startup": {"path": "/livez", "port": "http"}, "readiness": {"path": "/readyz", "port": "http"},
        "liveness": {"path": "/livez", "port": "http"},
    }  # fmt: skip


def test_no_secret_is_in_a_file(ir: IR) -> None:
    found = manifests(ir)

    assert "Secret" not in {manifest["kind"] for manifest in found.values()}
    for name in ("deployment", "migrate"):
        (container,) = pod(found[name])["containers"]
        assert container["envFrom"] == [{"secretRef": {"name": label(ir.slug)}}]
        assert [variable["name"] for variable in container["env"]] == ["ENVIRONMENT"]


def test_one_file_has_one_writer_and_a_server_has_more(ir: IR) -> None:
    sqlite, server = manifests(with_database(ir, "sqlite")), manifests(with_database(ir, "postgresql"))

    assert (sqlite["deployment"]["spec"]["replicas"], sqlite["deployment"]["spec"]["strategy"]["type"]) == (1, "Recreate")
    assert {"volume"} <= sqlite.keys()
    assert not {"autoscaler", "disruption"} & sqlite.keys()
    assert {"autoscaler", "disruption"} <= server.keys()
    assert "volume" not in server
    assert server["autoscaler"]["spec"]["minReplicas"] == 2


def test_nobody_but_the_autoscaler_counts_replicas(ir: IR) -> None:
    for database in ("sqlite", "postgresql"):
        found = manifests(with_database(ir, database))
        scaled = [m["spec"]["scaleTargetRef"]["name"] for m in found.values() if m["kind"] == "HorizontalPodAutoscaler"]
        assert ("replicas" in found["deployment"]["spec"]) is (found["deployment"]["metadata"]["name"] not in scaled)


def test_the_network_policy_opens_one_port_and_the_database(ir: IR) -> None:
    policy = manifests(with_database(ir, "postgresql"))["network"]["spec"]

    assert [port["port"] for rule in policy["ingress"] for port in rule["ports"]] == [8000]
    assert sorted(port["port"] for rule in policy["egress"] for port in rule["ports"]) == [53, 53, 5432]
    assert policy["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize(("name", "expected"), [
    ("pet-clinic", "pet-clinic"), ("3d-prints", "app-3d-prints"), ("x" * 80, "x" * 50), ("a-" * 40, "-".join("a" * 25)),
    ("Öl & Gas", "l-gas"),
    ("", "app"),
])  # fmt: skip
def test_a_label_is_one_of_rfc_1035(name: str, expected: str) -> None:
    assert label(name) == expected
