"""`qlf deploy` with tools that write down how they were called; the capsules are real, and so is their check."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from azure.mgmt.appcontainers import models
from scripted_service import Qlf

from shared.capsule import CapsuleInputs, SourceFile, attest, build_capsule, local_signer
from shared.model import IR, Clause, Ledger, Verdict

BRIEF = "Owners have pets."
LOCK = "alpha==1.0.0 --hash=sha256:" + "a" * 64 + "\n"
TOOL = """#!{python}
import json, os, pathlib, sys
note = {{"argv": sys.argv[1:], "cwd": os.getcwd(), "files": sorted(str(p) for p in pathlib.Path().rglob("*") if p.is_file())}}
if any(word in ("-", "/dev/stdin") for word in sys.argv):
    note["stdin"] = sys.stdin.read()
k = pathlib.Path("deploy/kubernetes/kustomization.yaml")
note["kustomization"] = k.read_text() if k.is_file() else ""
with open({log!r}, "a") as file:
    file.write(json.dumps(note) + "\\n")
print("the tool speaks")
sys.exit({code})
"""
SECRET = "s3cret-value-of-the-test"
OPTIONS = {
    "compose": [],
    "kubernetes": ["--image", "registry.example.com/team/clinic:1.2"],
    "container-apps": [
        "--image", "reg.azurecr.io/clinic:1.2", "--resource-group", "rg", "--environment", "/e/env", "--pull-identity", "/i/pull",
    ],
}  # fmt: skip


@pytest.fixture
def capsule(home: Path, tmp_path: Path) -> Path:
    """A signed capsule of this home, with what the targets read."""
    files = {
        "src/clinic/main.py": b"app = None\n", "compose.yaml": b"services: {}\n", "build.sh": b"#!/bin/sh\n",
        "deploy/kubernetes/kustomization.yaml": b"resources: [deployment.yaml]\nimages: [{name: service, newName: x}]\n",
    }  # fmt: skip
    inputs = CapsuleInputs(
        name="Clinic", slug="clinic", version="0.1.0", files={path: SourceFile(data, "0644", "devops") for path, data in files.items()},
        brief=BRIEF.encode(), ir=IR(name="Clinic", slug="clinic"),
        ledger=Ledger(clauses=[Clause(id="c1", start=0, end=len(BRIEF), text=BRIEF, fate="context")]), compliance={"controls": []},
        verdicts=[Verdict(gate="unit", outcome="pass", tool="pytest", tool_version="9")], tool_versions={"pytest": "9"},
        blueprint="fastapi", blueprint_version="1", lock_text=LOCK,
    )  # fmt: skip
    built = build_capsule(inputs)
    place = tmp_path / built.file_name
    place.write_bytes(built.data)
    times = {"started": "2026-01-02T03:04:05Z", "finished": "2026-01-02T03:05:05Z"}
    home.mkdir(mode=0o700, exist_ok=True)
    bundles = attest(built, inputs.verdicts, inputs, local_signer(home), **times, invocation="run_1", machine={})
    for name, data in bundles.items():
        (tmp_path / name).write_bytes(data)
    return place


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    path = tmp_path / "app.env"
    path.write_text(f"# of the test\nSECRET_KEY={SECRET}\nDATABASE_URL='postgresql://u:p@h/db'\nADMIN_EMAIL=\n")
    return path


Tools = Callable[..., Callable[[], list[dict[str, Any]]]]


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    """`tools("docker", code=0)` puts stand-ins on the PATH; what it returns tells how they were called."""

    def make(*names: str, code: int = 0) -> Callable[[], list[dict[str, Any]]]:
        import sys

        place, log = tmp_path / "bin", tmp_path / "calls"
        place.mkdir()
        for name in names:
            (place / name).write_text(TOOL.format(python=sys.executable, log=str(log), code=code))
            (place / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(place))
        return lambda: [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    return make


def test_compose_builds_from_the_capsules_sources(qlf: Qlf, capsule: Path, env_file: Path, tools: Tools) -> None:
    calls = tools("docker")
    called = qlf("deploy", str(capsule), "--target", "compose", "--env-file", str(env_file))

    (call,) = calls()
    assert called.code == 0
    assert call["argv"] == [
        "compose", "--project-name", "clinic", "--env-file", str(env_file), "up", "--build", "--detach", "--wait",
    ]  # fmt: skip
    assert call["files"] == ["build.sh", "compose.yaml", "deploy/kubernetes/kustomization.yaml", "src/clinic/main.py"]
    assert not Path(call["cwd"]).exists()
    assert "the tool speaks" in called.err
    assert "clinic 0.1.0: deployed to compose" in called.out


def test_kubernetes_gets_secret_migration_manifests_and_a_wait(qlf: Qlf, capsule: Path, env_file: Path, tools: Tools) -> None:
    calls = tools("kubectl")
    called = qlf("deploy", str(capsule), "--target", "kubernetes", "--env-file", str(env_file), *OPTIONS["kubernetes"])

    assert called.code == 0
    assert [call["argv"][:2] for call in calls()] == [
        ["apply", "--filename"],
        ["delete", "job"],
        ["apply", "--kustomize"],
        ["rollout", "status"],
    ]
    secret = json.loads(calls()[0]["stdin"])
    assert (secret["metadata"]["name"], secret["stringData"]) == (
        "clinic", {"SECRET_KEY": SECRET, "DATABASE_URL": "postgresql://u:p@h/db"},
    )  # fmt: skip
    assert yaml.safe_load(calls()[2]["kustomization"])["images"] == [
        {"name": "service", "newName": "registry.example.com/team/clinic", "newTag": "1.2"}
    ]


def test_container_apps_builds_then_creates_what_the_sdk_knows(qlf: Qlf, capsule: Path, env_file: Path, tools: Tools) -> None:
    calls = tools("az")
    called = qlf("deploy", str(capsule), "--target", "container-apps", "--env-file", str(env_file), *OPTIONS["container-apps"])

    build, create = calls()
    body = yaml.safe_load(create["stdin"])
    assert called.code == 0
    assert build["argv"] == ["acr", "build", "--registry", "reg", "--image", "clinic:1.2", "."]
    assert models.ContainerApp(body).as_dict() == body
    facts = body["properties"]
    assert facts["configuration"]["secrets"] == [
        {"name": "database-url", "value": "postgresql://u:p@h/db"}, {"name": "secret-key", "value": SECRET},
    ]  # fmt: skip
    assert SECRET not in json.dumps(facts["template"])
    assert [setting["lifecycle"] for setting in facts["configuration"]["identitySettings"]] == ["None"]


@pytest.mark.parametrize("target", sorted(OPTIONS))
def test_a_dry_run_shows_the_calls_and_makes_none(qlf: Qlf, capsule: Path, env_file: Path, tools: Tools, target: str) -> None:
    calls = tools("docker", "kubectl", "az")
    called = qlf("deploy", str(capsule), "--target", target, "--env-file", str(env_file), "--dry-run", "--json", *OPTIONS[target])

    deployment = called.result["deployment"]
    assert calls() == []
    assert (called.code, deployment["target"], deployment["dry_run"]) == (0, target, True)
    assert all(shlex.split(step["command"], comments=True)[0] in ("docker", "kubectl", "az") for step in deployment["steps"])


@pytest.mark.parametrize("target", sorted(OPTIONS))
@pytest.mark.parametrize("dry", [[], ["--dry-run"], ["--json"]])
def test_no_secret_is_said_or_stands_on_a_command_line(
    qlf: Qlf, capsule: Path, *, env_file: Path, tools: Tools, target: str, dry: list[str]
) -> None:
    calls = tools("docker", "kubectl", "az")
    called = qlf("deploy", str(capsule), "--target", target, "--env-file", str(env_file), *OPTIONS[target], *dry)

    assert called.code == 0
    assert SECRET not in called.out + called.err
    assert not [call for call in calls() if any(SECRET in word for word in call["argv"])]


def test_a_capsule_that_does_not_verify_is_not_deployed(qlf: Qlf, capsule: Path, env_file: Path, tools: Tools) -> None:
    calls = tools("docker")
    data = bytearray(capsule.read_bytes())
    data[len(data) // 2] ^= 1
    capsule.write_bytes(bytes(data))
    called = qlf("deploy", str(capsule), "--target", "compose", "--env-file", str(env_file), "--json")

    assert called.code == 6
    assert called.error.startswith("QLF5")
    assert calls() == []


def test_a_capsule_of_an_unknown_signer_is_not_deployed(qlf: Qlf, capsule: Path, env_file: Path, tools: Tools, home: Path) -> None:
    calls = tools("docker")
    for key in home.rglob("*.pub*"):
        key.unlink()
    for bundle in capsule.parent.glob("*.provenance.sigstore.json"):
        bundle.unlink()
    called = qlf("deploy", str(capsule), "--target", "compose", "--env-file", str(env_file))

    assert called.code == 6
    assert calls() == []


def test_a_missing_tool_is_told_before_anything_happens(qlf: Qlf, capsule: Path, env_file: Path, tools: Tools) -> None:
    tools()
    called = qlf("deploy", str(capsule), "--target", "compose", "--env-file", str(env_file), "--json")

    assert (called.code, called.error) == (4, "QLF8070")


def test_a_step_that_fails_ends_the_deployment_there(qlf: Qlf, capsule: Path, env_file: Path, tools: Tools) -> None:
    calls = tools("kubectl", code=3)
    called = qlf("deploy", str(capsule), "--target", "kubernetes", "--env-file", str(env_file), *OPTIONS["kubernetes"], "--json")

    assert (called.code, called.error) == (4, "QLF8071")
    assert len(calls()) == 1
    assert "the tool speaks" in called.err


@pytest.mark.parametrize(("target", "options", "code"), [
    ("compose", [], "QLF8072"), ("kubernetes", [], "QLF8072"), ("kubernetes", ["--image", "name"], "QLF8072"),
    ("kubernetes", ["--image", "host:5000/name"], "QLF8072"), ("container-apps", ["--image", "name:1"], "QLF8072"),
    ("container-apps", ["--image", "r.io/n@sha256:00"], "QLF8072"), ("container-apps", ["--image", "r.io/n:1"], "QLF8072"),
])  # fmt: skip
def test_what_is_missing_is_named(
    qlf: Qlf, capsule: Path, *, env_file: Path, tools: Tools, target: str, options: list[str], code: str
) -> None:
    tools("docker", "kubectl", "az")
    more = ["--env-file", str(env_file)] if options or target == "kubernetes" else []
    called = qlf("deploy", str(capsule), "--target", target, *options, *more, "--json")

    assert (called.code, called.error) == (2, code)


@pytest.mark.parametrize("target", sorted(OPTIONS))
@pytest.mark.parametrize("text", ["", "SECRET_KEY=\n", "DATABASE_URL=sqlite:///x\n", "no equals sign here\n\x01=\n"])
def test_a_value_that_the_app_cannot_do_without_is_named(
    qlf: Qlf, capsule: Path, *, tools: Tools, tmp_path: Path, target: str, text: str
) -> None:
    tools("docker", "kubectl", "az")
    file = tmp_path / "empty.env"
    file.write_text(text)
    called = qlf("deploy", str(capsule), "--target", target, "--env-file", str(file), *OPTIONS[target], "--json")

    assert (called.code, called.error) == (2, "QLF8073")
    assert "SECRET_KEY" in called.result["error"]["detail"]


@pytest.mark.parametrize(("image", "expected"), [
    ("a/b:1", {"newName": "a/b", "newTag": "1"}), ("h:5000/b:1", {"newName": "h:5000/b", "newTag": "1"}),
    ("a/b@sha256:00", {"newName": "a/b", "digest": "sha256:00"}),
])  # fmt: skip
def test_an_image_is_named_as_kustomize_takes_it(
    qlf: Qlf, capsule: Path, *, env_file: Path, tools: Tools, image: str, expected: dict[str, str]
) -> None:
    calls = tools("kubectl")
    qlf("deploy", str(capsule), "--target", "kubernetes", "--env-file", str(env_file), "--image", image)

    assert yaml.safe_load(calls()[0]["kustomization"])["images"] == [{"name": "service", **expected}]
