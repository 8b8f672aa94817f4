"""The gates that start the app: boot, migration and contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.gates import GateContext, run_gate
from shared.model import Verdict, metric

Judge = Callable[..., Verdict]
Plant = Callable[[Path, str, str], None]
MAIN, SETTINGS = "src/sample/main.py", "src/sample/settings.py"


def codes(verdict: Verdict) -> set[str]:
    return {finding.code for finding in verdict.findings}


def test_boot_passes(judge: Judge, tree: Path) -> None:
    verdict = judge("boot", tree)
    assert (verdict.outcome, verdict.findings, verdict.reason) == ("pass", [], "")
    assert metric(verdict, "ready_seconds") > 0


def test_boot_finds_an_app_that_does_not_start(judge: Judge, tree: Path, plant: Plant) -> None:
    plant(tree / MAIN, "    settings.check()\n", '    raise RuntimeError("no luck today")\n')
    verdict = judge("boot", tree)
    assert codes(verdict) == {"boot.start"}
    assert "no luck today" in verdict.findings[0].message


def test_boot_finds_a_default_secret_that_is_good_enough_for_production(judge: Judge, tree: Path, plant: Plant) -> None:
    plant(tree / MAIN, "    settings.check()\n", "")
    assert codes(judge("boot", tree)) == {"boot.default-secret"}


def test_boot_does_not_take_another_crash_for_a_refusal(judge: Judge, tree: Path, plant: Plant) -> None:
    plant(
        tree / MAIN,
        "    settings.check()\n",
        '    if settings.environment == "production":\n        raise RuntimeError("another reason")\n',
    )
    verdict = judge("boot", tree)
    assert codes(verdict) == {"boot.default-secret"}
    assert "another reason" in verdict.findings[0].message


def test_boot_finds_a_probe_that_is_missing(judge: Judge, tree: Path, plant: Plant) -> None:
    plant(tree / MAIN, '@app.get("/livez")', '@app.get("/alive")')
    verdict = judge("boot", tree)
    assert codes(verdict) == {"boot.probe"}
    assert verdict.findings[0].message == "/livez answered 404"


def test_boot_finds_a_migration_that_cannot_run(judge: Judge, tree: Path, plant: Plant) -> None:
    plant(tree / "migrations/versions/0001_initial.py", "sa.Uuid()", "sa.Nothing()")
    assert codes(judge("boot", tree)) == {"boot.migrate"}


@pytest.mark.parametrize("packages", [[], ["one", "two"]])
def test_there_is_one_package_to_start(judge: Judge, tree: Path, packages: list[str]) -> None:
    (tree / "src" / "sample" / "__init__.py").unlink()
    for name in packages:
        (tree / "src" / name).mkdir()
        (tree / "src" / name / "__init__.py").write_text("")
    assert judge("unit", tree).outcome == "error"


def test_migration_passes(judge: Judge, tree: Path) -> None:
    verdict = judge("migration", tree)
    assert (verdict.outcome, verdict.findings) == ("pass", [])
    assert metric(verdict, "steps") == 4


def test_migration_finds_a_column_that_was_forgotten(judge: Judge, tree: Path, plant: Plant) -> None:
    plant(
        tree / "src/sample/models.py",
        "    title: Mapped[str] = mapped_column(String(80))\n",
        "    title: Mapped[str] = mapped_column(String(80))\n    body: Mapped[str]\n",
    )
    verdict = judge("migration", tree)
    assert codes(verdict) == {"migration.diff"}
    assert "body" in verdict.findings[0].message


def test_migration_finds_a_way_down_that_leads_nowhere(judge: Judge, tree: Path, plant: Plant) -> None:
    plant(tree / "migrations/versions/0001_initial.py", 'op.drop_table("notes")', 'print("stays")')
    assert codes(judge("migration", tree)) == {"migration.second-upgrade"}


def test_migration_without_alembic_is_skipped(judge: Judge, tree: Path) -> None:
    (tree / "alembic.ini").unlink()
    verdict = judge("migration", tree)
    assert verdict.outcome == "skip"
    assert verdict.blocks


def test_contract_passes_with_hundreds_of_cases(context: GateContext, tree: Path) -> None:
    verdict, report = run_gate("contract", tree, context)
    assert (verdict.outcome, verdict.findings) == ("pass", [])
    assert metric(verdict, "cases") >= 600
    assert metric(verdict, "failures") == 0
    assert json.loads(report)["runs"][0]["seed"] == 1


def test_contract_needs_an_administrator(judge: Judge, tree: Path, plant: Plant) -> None:
    plant(tree / MAIN, "(settings.admin_email, settings.admin_password)", '("nobody", "never")')
    assert "contract.login" in codes(judge("contract", tree))


def test_contract_finds_a_document_that_is_not_openapi(judge: Judge, tree: Path, plant: Plant) -> None:
    plant(
        tree / MAIN,
        "    add_notes(app)\n",
        '    add_notes(app)\n    app.openapi = lambda: {"openapi": "3.1.0", "paths": 5}  # type: ignore\n',
    )
    verdict = judge("contract", tree)
    assert {"contract.openapi", "contract.drift"} <= codes(verdict)


@pytest.mark.slow
def test_contract_finds_a_server_error_and_a_stale_document(judge: Judge, tree: Path, plant: Plant) -> None:
    plant(
        tree / MAIN,
        "        note = Note(title=given.title)\n",
        '        note = Note(title=given.title if "7" not in given.title else 1 / 0)\n',
    )
    plant(tree / MAIN, 'title="Sample"', 'title="Another"')
    verdict = judge("contract", tree)
    assert "contract.drift" in codes(verdict)
    assert any("Server error" in f.message for f in verdict.findings)
    assert verdict.blocks
