"""scripts/check_infra.py: a report is judged by what it says, not by checkov's exit code; and real faults in copies are caught."""

from __future__ import annotations

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
    used = report(skipped_checks=[check("a.bicep", "CKV_1")])
    assert check_infra.judge(used, {("a.bicep", "CKV_1"): "the operator decides that"}) == []


@pytest.mark.parametrize(
    ("given", "notes", "told"),
    [
        (report(parsing_errors=["/x/a.bicep"]), {}, "/x/a.bicep: checkov cannot read this file"),
        (report(failed_checks=[check("a.bicep", "CKV_1")]), {}, "/a.bicep:7: CKV_1 r: be good"),
        (report(passed_checks=[]), {}, "no check passed"),
        ({"passed": 0, "failed": 0}, {}, "checkov found nothing to check"),
        ([], {}, "checkov found nothing to check"),
        (report(), {("a.bicep", "CKV_1"): "the operator decides that"}, "a.bicep: CKV_1 is suppressed, but nothing raises it"),
        (report(skipped_checks=[check("a.bicep", "CKV_1")]), {("a.bicep", "CKV_1"): "no"}, "a.bicep: CKV_1 is suppressed without a reason"),
    ],
)
def test_what_is_wrong_is_told(given: Any, notes: dict[tuple[str, str], str], told: str) -> None:
    assert check_infra.judge(given, notes) == [told]


def test_every_suppression_of_the_templates_gives_a_reason() -> None:
    found = check_infra.suppressions(INFRA)
    assert found
    assert not [key for key, reason in found.items() if len(reason) < 15]


def test_a_bare_suppression_is_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "a.bicep").write_text("// checkov:skip=CKV_1: why it is so here\n// checkov:skip=CKV_1\n")
    assert check_infra.suppressions(tmp_path) == {("a.bicep", "CKV_1"): ""}


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
    assert "0 failed" in capsys.readouterr().out


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
def test_an_empty_folder_is_not_a_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_infra.main([str(tmp_path), *NO_TYPES]) == 1
    assert "nothing to check" in capsys.readouterr().out


@pytest.mark.slow
def test_shellcheck_sees_a_fault(tmp_path: Path) -> None:
    script = tmp_path / "x.sh"
    script.write_text("#!/bin/sh\ncat $1\n")
    found = check_infra.shellcheck(check_infra.environment(), [script])
    assert "SC2086" in found[0]
