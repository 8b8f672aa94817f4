"""The clinic brief: the one a new user tries first."""

from __future__ import annotations

from shared.brief import compile_brief

CLINIC = "Create a REST API for a veterinary clinic: owners have pets, vets record visits, receptionists book appointments"


def test_the_clinic_brief_gives_its_things_and_roles() -> None:
    ir = compile_brief(CLINIC).ir
    assert [e.name for e in ir.entities] == ["Owner", "Pet", "Visit", "Appointment"]
    assert [(r.source, r.to, r.kind) for r in ir.relations] == [("Owner", "Pet", "one_to_many")]
    assert {"vet", "receptionist"} <= {r.name for r in ir.roles}
