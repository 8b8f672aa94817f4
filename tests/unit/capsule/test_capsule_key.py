"""The key under which a built capsule is remembered changes with everything that changes its bytes, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.capsule import CapsuleInputs, SourceFile, build_capsule, capsule_key
from shared.model import IR, Ledger

Make = Callable[..., CapsuleInputs]
CHANGES: dict[str, Callable[[CapsuleInputs], dict[str, Any]]] = {
    "name": lambda i: {"name": i.name + "!"},
    "slug": lambda _: {"slug": "other"},
    "version": lambda _: {"version": "9.9.9"},
    "a file's bytes": lambda i: {"files": {**i.files, "README.md": SourceFile(b"other\n", "0644", "documentation")}},
    "a file's mode": lambda i: {"files": {p: SourceFile(f.data, "0755", f.producer) for p, f in i.files.items()}},
    "a file's producer": lambda i: {"files": {p: SourceFile(f.data, f.mode, "somebody") for p, f in i.files.items()}},
    "brief": lambda i: {"brief": i.brief + b" more"},
    "ir": lambda _: {"ir": IR(name="Other", slug="other")},
    "ledger": lambda _: {"ledger": Ledger(clauses=[])},
    "compliance": lambda _: {"compliance": {"controls": [{"id": "x"}]}},
    "tool versions": lambda i: {"tool_versions": {**i.tool_versions, "another": "1"}},
    "blueprint version": lambda _: {"blueprint_version": "fastapi-999"},
    "parameters": lambda _: {"parameters": {"seed": "2"}},
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_the_bytes_changes_the_key(make_inputs: Make, change: str) -> None:
    plain = make_inputs()
    other = make_inputs(**CHANGES[change](plain))
    assert build_capsule(other).digest != build_capsule(plain).digest
    assert capsule_key(other) != capsule_key(plain)


def test_what_was_measured_does_not_change_the_key(make_inputs: Make) -> None:
    plain = make_inputs()
    slower = [verdict.model_copy(update={"metrics": {"seconds": 99}, "cached_from": "0" * 64}) for verdict in plain.verdicts]
    other = make_inputs(verdicts=slower)
    assert build_capsule(other).digest == build_capsule(plain).digest
    assert capsule_key(other) == capsule_key(plain)
