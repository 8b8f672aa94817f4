"""What a capsule holds, and that the same inputs give the same bytes."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.capsule import BuiltCapsule, CapsuleInputs, SourceFile, build_capsule, canonical_tar, read_archive, read_manifest
from shared.model import IR, CapsuleError, Clause, GateError, InternalError, Ledger, Verdict, digest, sha256

Make = Callable[..., CapsuleInputs]
ROOT = Path(__file__).parents[3]
GOLDEN = "7736086b6fb563ddd842190f132a6d97aa912830aa6fa45e90aa2c5e3717ce3a"
SHIPPED = [
    "compliance.json",
    "docs/SUMMARY.md",
    "docs/VERIFY.md",
    "ledger.json",
    "manifest.json",
    "sbom.cdx.json",
    "sbom.spdx.json",
    "source/README.md",
    "source/build.sh",
    "source/src/app.py",
]


def files_of(built: BuiltCapsule) -> dict[str, bytes]:
    return {path: file.data for path, file in read_archive(built.data).items()}


def test_a_capsule_holds_what_its_manifest_lists(built: BuiltCapsule, make_inputs: Make) -> None:
    inputs = make_inputs()
    files = read_archive(built.data)
    assert built.file_name == "pet-clinic-0.1.0.qlcapsule"
    assert built.digest == sha256(canonical_tar(files))
    assert built.tar_size == len(canonical_tar(files))
    assert sorted(files) == SHIPPED
    manifest = read_manifest(files["manifest.json"].data)
    assert manifest == built.manifest
    assert manifest.files.keys() == files.keys() - {"manifest.json"}
    assert manifest.files["source/build.sh"].mode == "0755"
    assert manifest.files["source/build.sh"].producer == "devops"
    assert manifest.files["ledger.json"].producer == "factory"
    assert manifest.inputs.brief == sha256(inputs.brief)
    assert manifest.inputs.ir == digest(inputs.ir)
    assert [gate.gate for gate in manifest.gates] == ["fuzz", "static", "unit"]
    assert json.loads(files["ledger.json"].data) == inputs.ledger.to_json()
    assert json.loads(files["compliance.json"].data) == {"controls": []}


def test_the_order_of_the_inputs_does_not_matter(built: BuiltCapsule, make_inputs: Make) -> None:
    inputs = make_inputs()
    turned = dataclasses.replace(
        inputs,
        files=dict(reversed(inputs.files.items())),
        verdicts=list(reversed(inputs.verdicts)),
        tool_versions=dict(reversed(inputs.tool_versions.items())),
    )
    assert build_capsule(turned).data == built.data


def test_measurements_do_not_change_the_bytes(built: BuiltCapsule, make_inputs: Make) -> None:
    """Coverage, durations, counts, findings and unenforced limits belong to the attestations."""
    measured = [
        verdict.model_copy(
            update={
                "metrics": {"seconds": 3.5},
                "tests": {"x": "passed"},
                "unenforced": ["memory"],
                "findings": [],
                "cached_from": "a" * 64,
                "reason": "r",
            }
        )
        for verdict in make_inputs().verdicts
    ]
    assert build_capsule(make_inputs(verdicts=measured)).data == built.data


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Other"},
        {"version": "0.1.1"},
        {"brief": b"other"},
        {"mode": "model"},
        {"blueprint_version": "2"},
        {"parameters": {"seed": "1"}},
        {"tool_versions": {}},
        {"compliance": {"controls": [1]}},
        {"lock_text": f"gamma==1 --hash=sha256:{'d' * 64}\n"},
        {"files": {"a": SourceFile(b"", producer="x")}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_every_input_changes_the_digest(changes: dict[str, Any], built: BuiltCapsule, make_inputs: Make) -> None:
    assert build_capsule(make_inputs(**changes)).digest != built.digest


def test_the_digest_of_a_known_capsule_never_changes(built: BuiltCapsule) -> None:
    """Holds on Python 3.11, 3.12 and 3.13. Change it only together with the format, and say so in the change log."""
    assert built.digest == GOLDEN


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"}, {"PYTHONHASHSEED": "77", "LC_ALL": "C", "PYTHONUTF8": "0"}, {"SOURCE_DATE_EPOCH": "99"}],
)
def test_neither_seed_nor_clock_nor_locale_matters(environment: Mapping[str, str], built: BuiltCapsule) -> None:
    script = "import conftest; from shared.capsule import build_capsule; print(build_capsule(conftest._inputs()).digest)"
    path = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": path, **environment}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == built.digest


def test_packaging_libraries_are_loaded_only_to_build() -> None:
    script = "import sys, shared.capsule; print([m for m in sys.modules if m.startswith(('cyclonedx', 'spdx_tools', 'packaging'))])"
    done = subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("outcome", ["fail", "error", "skip"])
def test_no_capsule_without_its_required_gates(outcome: Any, make_inputs: Make) -> None:
    with pytest.raises(GateError, match="QLF5013") as raised:
        build_capsule(make_inputs(verdicts=[Verdict(gate="unit", outcome=outcome)]))
    assert raised.value.exit_code == 3
    assert build_capsule(
        make_inputs(verdicts=[Verdict(gate="unit", outcome="pass"), Verdict(gate="extra", outcome=outcome, required=False)])
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"slug": ""},
        {"slug": "../x"},
        {"slug": "Pet"},
        {"slug": "a" * 65},
        {"version": "a/b"},
        {"version": ""},
        {"verdicts": []},
        {"files": {}},
        {"verdicts": [Verdict(gate="a", outcome="pass")] * 2},
        {"verdicts": [Verdict(gate="../a", outcome="pass")]},
    ],
    ids=str,
)
def test_malformed_inputs_are_refused(changes: dict[str, Any], make_inputs: Make) -> None:
    with pytest.raises(InternalError, match="QLF5050"):
        build_capsule(make_inputs(**changes))


@pytest.mark.parametrize("path", ["../x", "/x", "a\\b", "a//b"])
def test_unsafe_source_paths_are_refused(path: str, make_inputs: Make) -> None:
    with pytest.raises(CapsuleError, match="QLF5005"):
        build_capsule(make_inputs(files={path: SourceFile(b"")}))


@pytest.mark.parametrize(
    "lock",
    [
        "alpha\n",
        "alpha>=1\n",
        "alpha==1\n",
        "alpha==1.* --hash=sha256:" + "a" * 64,
        "-r other.txt\n",
        "--index-url https://example.org\n",
        "alpha @ https://example.org/a.whl --hash=sha256:" + "a" * 64,
        "alpha==1 --hash=md5:" + "a" * 32,
        "alpha==1 --hash=sha256:" + "a" * 63,
        "???\n",
        ("alpha==1 --hash=sha256:" + "a" * 64 + "\n") * 2,
    ],
)
def test_a_lock_that_pins_nothing_is_refused(lock: str, make_inputs: Make) -> None:
    with pytest.raises(InternalError, match="QLF5051"):
        build_capsule(make_inputs(lock_text=lock))


def test_the_cyclonedx_bill_is_valid_and_complete(built: BuiltCapsule) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = files_of(built)["sbom.cdx.json"].decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bom = json.loads(text)
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    assert [c["purl"] for c in bom["components"]] == ["pkg:pypi/alpha@1.0.0", "pkg:pypi/beta-two@2.5"]
    assert [h["content"][0] for h in bom["components"][0]["hashes"]] == ["a", "b"]
    assert bom["dependencies"][0]["dependsOn"] == ["pkg:pypi/alpha@1.0.0", "pkg:pypi/beta-two@2.5"]


def test_the_spdx_bill_is_valid_and_complete(built: BuiltCapsule, tmp_path: Path) -> None:
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    path = tmp_path / "sbom.spdx.json"
    path.write_bytes(files_of(built)["sbom.spdx.json"])
    document = parse_file(str(path))
    assert validate_full_spdx_document(document) == []
    assert document.creation_info.spdx_version == "SPDX-2.3"
    assert [(p.name, p.version) for p in document.packages] == [("pet-clinic", "0.1.0"), ("alpha", "1.0.0"), ("beta-two", "2.5")]
    assert len(document.packages[1].checksums) == 2


def test_an_app_without_dependencies_has_valid_bills(make_inputs: Make) -> None:
    files = files_of(build_capsule(make_inputs(lock_text="# nothing\n")))
    assert "components" not in json.loads(files["sbom.cdx.json"])
    assert len(json.loads(files["sbom.spdx.json"])["packages"]) == 1


def test_the_summary_says_what_became_of_the_brief(built: BuiltCapsule) -> None:
    text = files_of(built)["docs/SUMMARY.md"].decode()
    assert text.startswith("# Pet Clinic 0.1.0\n")
    assert "Of 3 clauses of the brief, 1 were built, 0 assumed, 1 refused and 1 ask for nothing." in text
    assert "| Pet | name |" in text
    assert r"\*frontend\*" in text
    assert "not wanted" in text
    assert "stack.database: postgresql" in text.replace("\\", "")
    assert "| static | warn | yes | ruff 0.17.6 |" in text
    verify = files_of(built)["docs/VERIFY.md"].decode()
    assert "qlf verify pet-clinic-0.1.0.qlcapsule" in verify


@settings(max_examples=40)
@given(text=st.text(max_size=400) | st.text("<>[]`*_|#-1.)( :/w@\\\n", max_size=40))
def test_a_brief_cannot_write_markup_into_the_summary(text: str, make_inputs: Make) -> None:
    clause = Clause(id="c", start=0, end=1, text=text, fate="built")
    inputs = make_inputs(ledger=Ledger(clauses=[clause]), ir=IR(name="x", slug="x"))
    summary = files_of(build_capsule(inputs))["docs/SUMMARY.md"].decode()
    empty = files_of(build_capsule(dataclasses.replace(inputs, ledger=Ledger(clauses=[clause.model_copy(update={"text": ""})]))))[
        "docs/SUMMARY.md"
    ].decode()
    assert len(summary.splitlines()) == len(empty.splitlines())
    line = next(line for line in summary.splitlines() if line.startswith("- ") or line == "-")
    assert not any(line[i] in "<>[]`*|" and line[i - 1] != "\\" for i in range(1, len(line)))


def test_a_large_app_is_packaged(make_inputs: Make) -> None:
    files = {f"src/m{i:04d}.py": SourceFile(b"x = 1\n" * 50, producer="backend") for i in range(1500)}
    built = build_capsule(make_inputs(files=files))
    assert len(read_archive(built.data)) == 1507
