"""A small capsule, the keys of its signer, and a way to vary what it is made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.capsule import BuiltCapsule, CapsuleInputs, SigningKey, SourceFile, attest, build_capsule, load_signer
from shared.model import IR, Assumption, Clause, Entity, EntityField, Finding, Ledger, Verdict

BRIEF = "Build a clinic app: owners have pets. No *frontend*."
LOCK = f"""\
# made by a resolver
alpha==1.0.0 \\
    --hash=sha256:{"a" * 64} \\
    --hash=sha256:{"b" * 64}
    # via beta
Beta.Two==2.5 ; python_full_version < "3.13" \\
    --hash=sha256:{"c" * 64}
"""

Make = Callable[..., CapsuleInputs]


def _inputs() -> CapsuleInputs:
    return CapsuleInputs(
        name="Pet Clinic",
        slug="pet-clinic",
        version="0.1.0",
        files={
            "src/app.py": SourceFile(b"print('hello')\n", "0644", "backend"),
            "build.sh": SourceFile(b"#!/bin/sh\n", "0755", "devops"),
            "README.md": SourceFile("# Klinik für Tiere\n".encode(), "0644", "documentation"),
        },
        brief=BRIEF.encode(),
        ir=IR(
            name="Pet Clinic",
            slug="pet-clinic",
            summary="A clinic.",
            entities=[Entity(name="Pet", plural="pets", fields=[EntityField(name="name")])],
        ),
        ledger=Ledger(
            clauses=[
                Clause(id="c1", start=0, end=18, text=BRIEF[:18], fate="context"),
                Clause(id="c2", start=18, end=36, text=BRIEF[18:36], fate="built", ir_paths=["entities.Pet"]),
                Clause(id="c3", start=36, end=len(BRIEF), text=BRIEF[36:], fate="refused", reason_code="R1", reason="not wanted"),
            ],
            assumptions=[Assumption(ir_path="stack.database", default="postgresql", advice="Name another database.")],
        ),
        compliance={"controls": []},
        verdicts=[
            Verdict(
                gate="unit",
                outcome="pass",
                tool="pytest",
                tool_version="9.2.0",
                tests={"t::a": "passed", "t::b": "skipped"},
                metrics={"coverage": 97.5},
            ),
            Verdict(gate="static", outcome="warn", tool="ruff", tool_version="0.17.6", findings=[Finding(code="W1", message="long")]),
            Verdict(gate="fuzz", outcome="skip", required=False, reason="nothing to run"),
        ],
        tool_versions={"pytest": "9.2.0", "ruff": "0.17.6"},
        blueprint="fastapi",
        blueprint_version="1",
        lock_text=LOCK,
    )


@pytest.fixture(scope="session")
def make_inputs() -> Make:
    """`make_inputs(name=…)`: the inputs of a small capsule, with some of them replaced."""

    def make(**changes: Any) -> CapsuleInputs:
        return dataclasses.replace(_inputs(), **changes)

    return make


def private_pem(key: Any) -> bytes:
    """The PKCS#8 form of a private key."""
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem


@pytest.fixture(scope="session")
def pem() -> Callable[[Any], bytes]:
    """`pem(private_key)`: its PKCS#8 form."""
    return private_pem


@pytest.fixture(scope="session")
def signer() -> SigningKey:
    return load_signer(private_pem(ec.generate_private_key(ec.SECP256R1())))


@pytest.fixture(scope="session")
def built(make_inputs: Make) -> BuiltCapsule:
    return build_capsule(make_inputs())


@pytest.fixture(scope="session")
def bundles(built: BuiltCapsule, make_inputs: Make, signer: SigningKey) -> dict[str, bytes]:
    times = {"started": "2026-01-02T03:04:05Z", "finished": "2026-01-02T03:05:05Z"}
    return attest(built, make_inputs().verdicts, make_inputs(), signer, **times, invocation="run_1", machine={"host": "h"})
