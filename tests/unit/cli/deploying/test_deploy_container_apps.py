"""`qlf deploy --target container-apps`: one image by digest, one migration, one revision per deployment, in bodies that the SDK knows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from azure.mgmt.appcontainers import models
from deploy_cases import DIGEST, OPTIONS, SECRET, Call, Capsules, Tools
from scripted_service import Qlf

from tests.fakes.arm.models import faults, wanting

TARGET = ("--target", "container-apps")
GIVEN = OPTIONS["container-apps"]


def body_of(call: Call) -> dict[str, Any]:
    return dict(yaml.safe_load(call["stdin"]))


def told(call: Call) -> str:
    return " ".join(call["argv"])


def test_it_builds_then_migrates_once_then_creates(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    calls = tools("az", says={"execution show": ["Running", "Succeeded"]})
    called = qlf("deploy", capsule, *TARGET, "--env-file", env_file, *GIVEN)

    assert called.code == 0
    assert [told(call) for call in calls()] == [
        "acr build --registry reg --image team/clinic:1.2 .",
        "acr repository show --name reg --image team/clinic:1.2 --query digest --output tsv",
        "containerapp job create --resource-group rg --name clinic-migrate --yaml /dev/stdin --output none",
        "containerapp job start --resource-group rg --name clinic-migrate --query name --output tsv",
        *["containerapp job execution show --resource-group rg --name clinic-migrate --job-execution-name clinic-migrate-x1"
          " --query properties.status --output tsv"] * 2,
        "containerapp create --resource-group rg --name clinic --yaml /dev/stdin --output none",
    ]  # fmt: skip


def test_the_bodies_are_what_the_sdk_knows(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    calls = tools("az")
    qlf("deploy", capsule, *TARGET, "--env-file", env_file, *GIVEN)

    for call, model in ((calls()[2], models.Job), (calls()[-1], models.ContainerApp)):
        body = {**body_of(call), "location": "westeurope"}  # az adds the environment's own
        assert faults(model, body, models) + wanting(model, body) == []


def test_app_and_migration_run_the_digest_with_secrets_as_secrets(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    calls = tools("az")
    qlf("deploy", capsule, *TARGET, "--env-file", env_file, *GIVEN)

    job, app = (body_of(call)["properties"] for call in (calls()[2], calls()[-1]))
    for facts in (job, app):
        (container,) = facts["template"]["containers"]
        assert container["image"] == f"reg.azurecr.io/team/clinic@{DIGEST}"
        assert {"name": "SECRET_KEY", "secretRef": "secret-key"} in container["env"]
        assert {"name": "secret-key", "value": SECRET} in facts["configuration"]["secrets"]
        assert SECRET not in json.dumps(facts["template"])
        assert [setting["lifecycle"] for setting in facts["configuration"]["identitySettings"]] == ["None"]


def test_no_replica_of_the_app_migrates(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    calls = tools("az")
    qlf("deploy", capsule, *TARGET, "--env-file", env_file, *GIVEN)

    job, app = (body_of(call)["properties"] for call in (calls()[2], calls()[-1]))
    assert "alembic" not in json.dumps(app)
    assert job["template"]["containers"][0]["command"] == ["alembic", "upgrade", "head"]
    assert job["configuration"]["manualTriggerConfig"] == {"parallelism": 1, "replicaCompletionCount": 1}
    assert job["configuration"]["replicaRetryLimit"] == 0


@pytest.mark.parametrize("said", ["Failed", "Stopped", "Degraded"])
def test_a_migration_that_fails_leaves_the_app_as_it_was(qlf: Qlf, capsule: str, *, env_file: str, tools: Tools, said: str) -> None:
    calls = tools("az", says={"execution show": [said]})
    called = qlf("deploy", capsule, *TARGET, "--env-file", env_file, *GIVEN, "--json")

    assert (called.code, called.error) == (4, "QLF8071")
    assert said in called.result["error"]["detail"]
    assert not [call for call in calls() if told(call).startswith("containerapp create")]


def test_an_image_without_a_digest_ends_it(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    calls = tools("az", says={"repository show": [""]})
    called = qlf("deploy", capsule, *TARGET, "--env-file", env_file, *GIVEN, "--json")

    assert (called.code, called.error) == (4, "QLF8071")
    assert len(calls()) == 2


def test_another_image_capsule_or_value_is_another_revision(qlf: Qlf, capsules: Capsules, env_file: str, tools: Tools) -> None:
    images = ["sha256:" + "d" * 64] * 3 + ["sha256:" + "e" * 64]
    calls = tools("az", says={"repository show": images})
    one, two = capsules(), capsules(files={"more.txt": b"more\n"})
    digests = [qlf("deploy", one, *TARGET, "--env-file", env_file, *GIVEN, "--json").result["digest"]]
    digests.append(qlf("deploy", two, *TARGET, "--env-file", env_file, *GIVEN, "--json").result["digest"])
    with Path(env_file).open("a") as file:
        file.write("LOG_LEVEL=DEBUG\n")
    digests += [qlf("deploy", one, *TARGET, "--env-file", env_file, *GIVEN, "--json").result["digest"] for _ in range(2)]

    created = [body_of(call) for call in calls() if told(call).startswith("containerapp create")]
    suffixes = [body["properties"]["template"]["revisionSuffix"] for body in created]
    assert len(set(suffixes)) == len(suffixes) == 4
    assert [suffix[1:9] for suffix in suffixes] == [digest[:8] for digest in digests]
    assert all(re.fullmatch(r"[a-z][a-z0-9-]{0,19}[a-z0-9]", suffix) for suffix in suffixes)


def test_names_fit_the_platform_and_stay_apart(qlf: Qlf, capsules: Capsules, env_file: str, tools: Tools) -> None:
    tools()
    names = []
    for slug in ("a-portal-for-the-owners-of-pets-and-dogs", "a-portal-for-the-owners-of-pets-and-cats"):
        called = qlf("deploy", capsules(slug=slug), *TARGET, "--env-file", env_file, *GIVEN, "--dry-run", "--json")
        commands = "\n".join(step["command"] for step in called.result["deployment"]["steps"])
        names.append(set(re.findall(r"--resource-group rg --name (\S+)", commands)))

    assert all(len(name) <= 32 and re.fullmatch(r"[a-z]([a-z0-9]|-(?!-))*[a-z0-9]", name) for pair in names for name in pair)
    assert [len(pair) for pair in names] == [2, 2]
    assert not names[0] & names[1]


@pytest.mark.parametrize("url", ["sqlite:////data/x.db", "sqlite://", "SQLite:///x.db", "sqlite+pysqlite:///x.db"])
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_a_database_file_is_refused(qlf: Qlf, capsule: str, *, tools: Tools, tmp_path: Path, url: str, dry: list[str]) -> None:
    calls = tools("az")
    (tmp_path / "a.env").write_text(f"SECRET_KEY={SECRET}\nDATABASE_URL={url}\n")
    called = qlf("deploy", capsule, *TARGET, "--env-file", str(tmp_path / "a.env"), *GIVEN, "--json", *dry)

    assert (called.code, called.error) == (2, "QLF8075")
    assert calls() == []


def test_the_environment_is_named_once(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    calls = tools("az")
    with Path(env_file).open("a") as file:
        file.write("ENVIRONMENT=staging\n")
    qlf("deploy", capsule, *TARGET, "--env-file", env_file, *GIVEN)

    names = [entry["name"] for entry in body_of(calls()[-1])["properties"]["template"]["containers"][0]["env"]]
    assert sorted(names) == sorted(set(names))


def test_a_dry_run_shows_what_is_kept_and_what_is_waited_for(qlf: Qlf, capsule: str, env_file: str, tools: Tools) -> None:
    tools()
    lines = qlf("deploy", capsule, *TARGET, "--env-file", env_file, *GIVEN, "--dry-run").out.splitlines()

    assert lines[1].startswith("DIGEST=$(az acr repository show ")
    assert lines[3].startswith("EXECUTION=$(az containerapp job start ")
    assert '--job-execution-name "$EXECUTION"' in lines[4]
    assert lines[4].endswith("# again until it says Succeeded")
