"""What people and scanners read in a capsule: the summary, and bills of materials for any lock."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.capsule import CapsuleInputs, build_capsule, read_archive
from shared.model import IR, Assumption, Clause, Entity, EntityField, Ledger, Operation, Role, States, Transition, Verdict

Make = Callable[..., CapsuleInputs]


def documents(inputs: CapsuleInputs) -> dict[str, str]:
    return {
        path: file.data.decode() for path, file in read_archive(build_capsule(inputs).data).items() if path.startswith(("docs/", "sbom"))
    }


def summary(make_inputs: Make, **changes: Any) -> str:
    return documents(make_inputs(**changes))["docs/SUMMARY.md"]


def clause(text: str, fate: Any = "built", **more: Any) -> Ledger:
    return Ledger(clauses=[Clause(id="c", start=0, end=len(text), text=text, fate=fate, **more)])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words, 1.0-beta (yes)", "plain words, 1.0-beta (yes)"),
        ("# heading", r"\# heading"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("1. item", r"1\. item"),
        ("1) item", r"1\) item"),
        ("=====", r"\====="),
        ("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>"),
        ("&lt;b", r"\&lt;b"),
        ("[a](javascript:b)", r"\[a\](javascript:b)"),
        ("![a](b)", r"\!\[a\](b)"),
        ("see https://evil.example", r"see https:\//evil.example"),
        ("www.evil.example", r"www\.evil.example"),
        ("me@evil.example", r"me\@evil.example"),
        ("a | b", r"a \| b"),
        ("**b** _i_ `c` ~~s~~ $m$", r"\*\*b\*\* \_i\_ \`c\` \~\~s\~\~ \$m\$"),
        ("a\nb\r\n\r\n# c\u2028d", "a b # c d"),
        ("back\\slash", r"back\\slash"),
        ("left\u202eright\u200bhidden\x07bell", "left right hidden bell"),
    ],
)
def test_text_of_a_brief_is_shown_as_it_is(text: str, shown: str, make_inputs: Make) -> None:
    assert f"\n- {shown}\n" in summary(make_inputs, ledger=clause(text))


def test_a_long_clause_is_cut(make_inputs: Make) -> None:
    text = summary(make_inputs, ledger=clause("w" * 5000))
    assert "w" * 300 + "…" in text
    assert "w" * 301 not in text


def test_each_fate_stands_under_its_heading(make_inputs: Make) -> None:
    ledger = Ledger(
        clauses=[
            Clause(id="1", start=0, end=1, text="one", fate="built"),
            Clause(id="2", start=1, end=2, text="two", fate="assumed", default="blue", advice="Say the colour."),
            Clause(id="3", start=2, end=3, text="three", fate="refused", reason="needs a provider"),
            Clause(id="4", start=3, end=4, text="four", fate="context"),
        ],
        assumptions=[Assumption(ir_path="stack.cache", default="none", advice="Name one.")],
    )
    text = summary(make_inputs, ledger=ledger)
    built, rest = text.split("## What was built")[1].split("## What was assumed")
    assumed, rest = rest.split("## What was refused")
    refused = rest.split("## Gates")[0]
    assert "- one" in built
    assert "two" not in built
    assert "- two — taken: blue Say the colour." in assumed
    assert "- stack.cache: none. Name one." in assumed
    assert "- three — needs a provider" in refused
    assert "four" not in text.replace("4 clauses", "")
    assert "Of 4 clauses of the brief, 1 were built, 1 assumed, 1 refused and 1 ask for nothing." in text


def test_what_was_built_is_listed(make_inputs: Make) -> None:
    states = States(
        field="status", initial="open", transitions=[Transition(source="open", to="closed"), Transition(source="closed", to="open")]
    )  # type: ignore[call-arg]
    ir = IR(
        name="x",
        slug="x",
        roles=[Role(name="vet"), Role(name="admin")],
        entities=[Entity(name="Ticket", plural="tickets", fields=[EntityField(name="title"), EntityField(name="status")], states=states)],
        operations=[Operation(name="close_all", kind="custom")],
    )
    text = summary(make_inputs, ir=ir)
    assert "| Ticket | title, status | open, closed |" in text
    assert "Roles: vet, admin." in text
    assert r"Operations: close\_all." in text


def test_an_empty_app_still_has_a_summary(make_inputs: Make) -> None:
    text = summary(make_inputs, ir=IR(name="x", slug="x"), ledger=Ledger(clauses=[]))
    assert text.count("Nothing.") == 3
    assert "| thing |" not in text


def test_gates_are_listed_by_name(make_inputs: Make) -> None:
    verdicts = [Verdict(gate="unit", outcome="pass", tool="pytest", tool_version="9"), Verdict(gate="boot", outcome="skip", required=False)]
    text = summary(make_inputs, verdicts=verdicts)
    assert text.index("| boot | skip | no |") < text.index("| unit | pass | yes | pytest 9 |")


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9._-]{0,20}[A-Za-z0-9]", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}(rc[1-9]|\.post[1-9])?", fullmatch=True)
DIGESTS = st.lists(st.text("0123456789abcdef", min_size=64, max_size=64), min_size=1, max_size=3)
MARKERS = st.sampled_from(["", ' ; python_full_version < "3.13"', ' ; sys_platform != "win32" and platform_machine == "x86_64"'])


@settings(max_examples=25)
@given(
    packages=st.lists(
        st.tuples(NAMES, VERSIONS, DIGESTS, MARKERS), max_size=6, unique_by=lambda p: p[0].lower().replace("_", "-").replace(".", "-")
    )
)
def test_any_lock_gives_valid_bills(
    packages: list[tuple[str, str, list[str], str]], make_inputs: Make, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    from packaging.utils import canonicalize_name
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    normal = {canonicalize_name(name) for name, *_ in packages}
    lines = [
        f"{name}=={version}{marker} \\\n" + " \\\n".join(f"    --hash=sha256:{d}" for d in digests)
        for name, version, digests, marker in packages
    ]
    if len(normal) < len(packages):
        return
    found = documents(make_inputs(lock_text="\n".join(lines) + "\n"))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(found["sbom.cdx.json"]) is None
    listed = json.loads(found["sbom.cdx.json"]).get("components", [])
    assert {(c["name"], c["version"]) for c in listed} == {(canonicalize_name(name), version) for name, version, *_ in packages}
    assert {c["name"]: len(c["hashes"]) for c in listed} == {canonicalize_name(name): len(set(digests)) for name, _, digests, _ in packages}
    path = tmp_path_factory.mktemp("spdx") / "sbom.spdx.json"
    path.write_text(found["sbom.spdx.json"], encoding="utf-8")
    document = parse_file(str(path))
    assert validate_full_spdx_document(document) == []
    assert {p.name for p in document.packages[1:]} == normal


def test_the_projects_own_lock_gives_a_bill(make_inputs: Make) -> None:
    lock = (Path(__file__).parents[3] / "requirements.txt").read_text(encoding="utf-8")
    components = json.loads(documents(make_inputs(lock_text=lock))["sbom.cdx.json"])["components"]
    assert {"pydantic", "fastapi", "cryptography"} <= {component["name"] for component in components}
    assert all(component["purl"].startswith("pkg:pypi/") and component["hashes"] for component in components)
