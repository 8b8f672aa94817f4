"""scripts/check_infra.py: a report is judged by what it says, not by checkov's exit code; and real faults in copies are caught."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from scripts import check_infra

ROOT = Path(__file__).resolve().parents[3]
INFRA = ROOT / "infra-bicep"
NO_TYPES = ["--types", "/nowhere"]


def report(**results: list[Any]) -> dict[str, Any]:
    empty: dict[str, list[Any]] = {"parsing_errors": [], "passed_checks": [{}], "failed_checks": [], "skipped_checks": []}
    return {"results": empty | results}


def check(file: str, number: str) -> dict[str, Any]:
    return {"file_path": f"/{file}", "check_id": number, "file_line_range": [7, 9], "resource": "r", "check_name": "be good"}


def test_a_clean_report_is_clean() -> None:
    assert check_infra.judge(report(skipped_checks=[check("a.bicep", "CKV_1")])) == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (report(parsing_errors=["/x/a.bicep"]), "/x/a.bicep: checkov cannot read this file"),
        (report(failed_checks=[check("a.bicep", "CKV_1")]), "/a.bicep:7: CKV_1 r: be good"),
        (report(passed_checks=[]), "no check passed"),
        ({"passed": 0, "failed": 0}, "checkov found nothing to check"),
        ([], "checkov found nothing to check"),
    ],
)
def test_what_is_wrong_is_told(given: Any, told: str) -> None:
    assert check_infra.judge(given) == [told]


WHY = "the operator decides that"


@pytest.mark.parametrize(
    ("note", "told"),
    [
        (check_infra.Suppression("a.bicep", 8, "CKV_1", WHY), []),
        (check_infra.Suppression("a.bicep", 8, "CKV_1", "no"), ["a.bicep:8: CKV_1 is suppressed without a reason"]),
        (check_infra.Suppression("a.bicep", 6, "CKV_1", WHY), ["a.bicep:6: CKV_1 is suppressed, but nothing raises it"]),
        (check_infra.Suppression("a.bicep", 8, "CKV_2", WHY), ["a.bicep:8: CKV_2 is suppressed, but nothing raises it"]),
        (check_infra.Suppression("b.bicep", 8, "CKV_1", WHY), ["b.bicep:8: CKV_1 is suppressed, but nothing raises it"]),
        (check_infra.Suppression("a/Dockerfile", 99, "CKV_1", WHY), []),
    ],
)
def test_a_suppression_must_stand_where_something_fails_without_it(note: check_infra.Suppression, told: list[str]) -> None:
    bare = report(failed_checks=[check("a.bicep", "CKV_1"), check("a/Dockerfile", "CKV_1")])
    assert check_infra.judge_notes([note], bare) == told


def test_without_a_report_every_suppression_is_dead() -> None:
    assert len(check_infra.judge_notes([check_infra.Suppression("a.bicep", 8, "CKV_1", WHY)], [])) == 1


def test_a_file_that_no_check_looked_at_is_told() -> None:
    looked = report(passed_checks=[check("a/Dockerfile", "CKV_DOCKER_2")])
    assert check_infra.judge(looked, ["a/Dockerfile"]) == []
    assert check_infra.judge(looked, ["a/Dockerfile", "b/Dockerfile"]) == ["b/Dockerfile: no check passed on this file"]


def test_every_dockerfile_of_the_repository_is_among_those_that_are_checked() -> None:
    folders = [place for place in ROOT.iterdir() if place.is_dir() and not place.name.startswith(".")]
    rooms = [place for place in folders if not (place / "pyproject.toml").exists()]  # an app that was generated here is no room
    files = {path.relative_to(ROOT).as_posix() for room in rooms for path in room.rglob("*Dockerfile*")}
    found = {name for name in files if not name.endswith(".dockerignore")}
    known = {path.relative_to(ROOT).as_posix() for path in check_infra.DOCKERFILES.values()}
    assert found == known | {"blueprints/fastapi/devops/Dockerfile.j2"}


def test_the_generated_ones_are_those_of_both_databases() -> None:
    made = check_infra.images()
    assert ("/data" in made["generated-sqlite"], "/data" in made["generated-postgresql"]) == (True, False)
    assert all("RUN sh build.sh" in text for name, text in made.items() if name.startswith("generated"))
    assert set(made) == {"runner", "preview", "generated-sqlite", "generated-postgresql"}


def test_every_suppression_of_the_templates_gives_a_reason() -> None:
    found = check_infra.suppressions(INFRA)
    assert found
    assert not [note for note in found if len(note.reason) < 15]


def test_a_bare_suppression_is_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "a.bicep").write_text("// checkov:skip=CKV_1: why it is so here\n// checkov:skip=CKV_1\n")
    first, second = check_infra.suppressions(tmp_path)
    assert (first.line, first.reason, second.line, second.reason) == (1, "why it is so here", 2, "")


def test_a_type_checker_is_believed_when_it_finds_something(tmp_path: Path) -> None:
    checker = tmp_path / "checker.py"
    checker.write_text("import sys; print('main.bicep:3: unknown property'); print('1 files, 1 findings'); sys.exit(1)")
    assert check_infra.types(checker, INFRA) == ["main.bicep:3: unknown property"]
    checker.write_text("raise SystemExit('no such library')")
    assert check_infra.types(checker, INFRA) == ["the type checker ended with 1: no such library"]
    checker.write_text("print('1 files, 0 findings')")
    assert check_infra.types(checker, INFRA) == []


@pytest.mark.slow
def test_templates_and_scripts_pass_the_checkers(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_infra.main([str(INFRA)]) == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    assert re.search(r"^bicep: [1-9]\d* passed, 0 failed, ", said, re.M)
    assert re.search(r"^dockerfile: [1-9]\d* passed, 0 failed, 0 suppressed$", said, re.M)


HEAD = "resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {"
FAULTS = [
    (
        "storage.bicep",
        "publicAccess: 'None'",
        "publicAccess: 'Blob'",
        "Microsoft.Storage/storageAccounts/blobServices/containers.artifacts",
    ),
    ("keyvault.bicep", "enablePurgeProtection: true", "enablePurgeProtection: false", "Microsoft.KeyVault/vaults.vault"),
    ("keyvault.bicep", HEAD, "resource vault = {", "cannot read this file"),
    (
        "keyvault.bicep",
        HEAD,
        f"{HEAD}\n  // checkov:skip=CKV_AZURE_110: it would pass anyway, and checkov does not say so",
        "CKV_AZURE_110 is suppressed, but nothing raises it",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault[2])
def test_a_planted_fault_is_caught(tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: tuple[str, str, str, str]) -> None:
    name, old, new, told = fault
    file = tmp_path / "modules" / name
    file.parent.mkdir()
    text = (INFRA / "modules" / name).read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    shutil.copy(INFRA / "modules" / "identity.bicep", file.parent)
    assert check_infra.main([str(tmp_path), *NO_TYPES]) == 1
    assert told in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("generated-sqlite", "USER 10001:10001\n", "", "/generated-sqlite/Dockerfile:1: CKV_DOCKER_3 /generated-sqlite/Dockerfile."),
        ("preview", "USER 10001:10001\n", "USER root\n", "CKV_DOCKER_8"),
        ("runner", "FROM python:3.12-slim-bookworm", "FROM python:latest", "CKV_DOCKER_7"),
        ("preview", "HEALTHCHECK", "# HEALTHCHECK", "CKV_DOCKER_2"),
        ("preview", "USER 10001:10001\n", "# checkov:skip=CKV_DOCKER_3: no\n", "CKV_DOCKER_3 is suppressed without a reason"),
        ("runner", "WORKDIR", "# checkov:skip=CKV_DOCKER_3: there is a user\nWORKDIR", "CKV_DOCKER_3 is suppressed, but nothing raises it"),
    ],
)
def test_a_fault_planted_in_a_dockerfile_is_caught(name: str, old: str, new: str, told: str) -> None:
    texts = check_infra.images()
    assert old in texts[name]
    _, problems = check_infra.dockerfiles(check_infra.environment(), texts | {name: texts[name].replace(old, new, 1)})
    assert len(problems) == 1
    assert told in problems[0]


@pytest.mark.slow
def test_an_empty_folder_is_not_a_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_infra.main([str(tmp_path), *NO_TYPES]) == 1
    assert "nothing to check" in capsys.readouterr().out


@pytest.mark.slow
def test_shellcheck_sees_a_fault(tmp_path: Path) -> None:
    script = tmp_path / "x.sh"
    script.write_text("#!/bin/sh\ncat $1\n")
    found = check_infra.shellcheck(check_infra.environment(), [script])
    assert "SC2086" in found[0]
