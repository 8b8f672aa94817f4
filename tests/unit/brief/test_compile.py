"""Single behaviours of the compiler: one sentence in, one fact out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shared.brief import COMPILER_VERSION, MAX_BRIEF_BYTES, compile_brief, compile_json
from shared.model import IR, Clause, InputError, RefusedError

ROOT = Path(__file__).parents[3]
BASE = "Clerks create orders with a title. "


def ir(text: str) -> IR:
    return compile_brief(text).ir


def clause(text: str, part: str) -> Clause:
    return next(c for c in compile_brief(text).ledger.clauses if part in c.text)


def rights(text: str, role: str, entity: str) -> set[str]:
    found = next(r for r in ir(text).roles if r.name == role)
    return {o for p in found.permissions if p.entity == entity for o in p.operations}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "QLF1003"),
        (" \n\t ", "QLF1003"),
        ("123 456", "QLF1004"),
        ("Make me a chess game", "QLF1005"),
        ("Build a desktop application", "QLF1006"),
        ("Write a poem about rain", "QLF1006"),
        ("Fix the login bug in my existing Django app", "QLF1007"),
        ("Create an app", "QLF1008"),
        ("Wir brauchen eine Anwendung für die Verwaltung von Büchern und Kunden", "QLF1009"),
    ],
)
def test_a_brief_without_an_app_is_refused(text: str, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        compile_brief(text)
    assert refused.value.code == code
    assert refused.value.http_status == 422


@pytest.mark.parametrize(
    ("text", "code"), [("é" * 40000, "QLF1001"), ("x" * (MAX_BRIEF_BYTES + 1), "QLF1001"), ("a\x00b", "QLF1002"), ("a\ud800b", "QLF1002")]
)
def test_bad_input_is_no_brief(text: str, code: str) -> None:
    with pytest.raises(InputError) as bad:
        compile_brief(text)
    assert bad.value.code == code


@pytest.mark.parametrize(
    ("text", "part", "value"),
    [
        ("A book has a title. Use Django.", "backend", "django"),
        ("A book has a title. Backend in Go.", "backend", "gin"),
        ("Users go to the shelf and rate books.", "backend", "fastapi"),
        ("Books have a title. It should react fast.", "frontend", None),
        ("Books have a title. React frontend.", "frontend", "react"),
        ("Books have a title, no React please.", "frontend", None),
        ("Books have a title. GraphQL API.", "api", "graphql"),
        ("Books have a title and a Redis cache is used.", "cache", "redis"),
        ("Books have a title. .NET backend with MariaDB", "database", "mariadb"),
        ("Books rest on shelves.", "api", "rest"),
    ],
)
def test_stack_words_count_on_word_boundaries_and_unless_negated(text: str, part: str, value: str | None) -> None:
    assert getattr(ir(text).stack, part) == value


def test_two_backends_contradict_and_the_second_is_refused() -> None:
    text = "A book has a title. Use Django. Use Rails."
    assert ir(text).stack.backend == "django"
    assert clause(text, "Rails").reason_code == "contradiction"
    assert any("rails" in w for w in ir(text).warnings)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Owners have boats.", "one_to_many"),
        ("Each owner has many boats.", "one_to_many"),
        ("A boat belongs to an owner.", "one_to_many"),
        ("Each owner has one boat and a boat belongs to exactly one owner.", "one_to_one"),
        ("An owner has many boats and a boat has many owners.", "many_to_many"),
        ("A boat can have several owners. Owners can have many boats.", "many_to_many"),
    ],
)
def test_cardinalities(text: str, kind: str) -> None:
    found = ir(text).relations
    assert [(r.kind, {r.source, r.to}) for r in found] == [(kind, {"Owner", "Boat"})]


@pytest.mark.parametrize(
    "text",
    [
        "A boat is new, used or sold.",
        "Boats have a status (new, used, sold).",
        "A boat has a status: new, used, sold.",
        "Boats move from new to used to sold.",
    ],
)
def test_states_are_read_however_they_are_listed(text: str) -> None:
    boat = ir(text).entities[0]
    assert boat.states is not None
    assert boat.states.initial == "new"
    assert [(t.source, t.to) for t in boat.states.transitions] == [("new", "used"), ("used", "sold")]


def test_verbs_make_a_state_machine_and_say_who_moves_it() -> None:
    order = ir(BASE + "Managers approve or reject orders.").entities[0]
    assert order.states is not None
    assert {(t.source, t.to, tuple(t.by)) for t in order.states.transitions} == {
        ("pending", "approved", ("manager",)),
        ("pending", "rejected", ("manager",)),
    }


@pytest.mark.parametrize(
    ("verb", "operations"),
    [
        ("create", {"create", "read"}),
        ("see", {"read"}),
        ("edit", {"read", "update"}),
        ("delete", {"read", "delete"}),
        ("manage", {"create", "read", "update", "delete"}),
    ],
)
def test_verbs_give_rights(verb: str, operations: set[str]) -> None:
    assert rights(f"A crate has a label. Clerks can {verb} crates.", "clerk", "Crate") == operations


def test_own_rows_are_a_scope() -> None:
    permission = next(r for r in ir("Authors edit their own articles.").roles if r.name == "author").permissions[0]
    assert (permission.entity, permission.scope) == ("Article", "own")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("price", "money"),
        ("date of birth", "date"),
        ("email", "email"),
        ("number of seats", "integer"),
        ("website", "url"),
        ("photo", "file"),
        ("weight in kg", "decimal"),
        ("duration in minutes", "integer"),
        ("description", "text"),
        ("start time", "datetime"),
        ("created at", "datetime"),
        ("nickname", "string"),
    ],
)
def test_field_types_come_from_names_and_units(name: str, kind: str) -> None:
    fields = ir(f"A boat has a label, a {name} and a colour.").entities[0].fields
    assert [f.type for f in fields][1] == kind


@pytest.mark.parametrize(
    ("name", "level"),
    [("card number", "card"), ("password", "secret"), ("diagnosis", "health"), ("home address", "personal"), ("colour", "none")],
)
def test_sensitivity_comes_from_names(name: str, level: str) -> None:
    assert [f.sensitivity for f in ir(f"A boat has a label and a {name}.").entities[0].fields][1] == level


def test_a_negated_overlay_is_ignored_with_its_evidence() -> None:
    text = "A book has a title. It is not subject to HIPAA."
    overlay = ir(text).overlays[0]
    assert (overlay.name, overlay.decision) == ("hipaa", "ignored")
    assert [text[a:b] for a, b in overlay.evidence] == ["HIPAA"]
    assert clause(text, "HIPAA").fate == "assumed"


def test_a_business_rule_is_refused_and_the_rest_of_its_sentence_built() -> None:
    text = BASE + "Clerks can edit orders up to two hours before delivery."
    assert clause(text, "Clerks can edit orders").fate == "built"
    assert clause(text, "up to two hours").reason_code == "needs_model"


def test_a_negation_is_an_assumption_that_says_what_is_left_out() -> None:
    found = clause(BASE + "No mobile app.", "mobile")
    assert found.fate == "assumed"
    assert "mobile app" in found.default


def test_quality_targets_are_read_from_numbers() -> None:
    quality = ir(BASE + "It must serve 20,000 users, answer within 250 ms, with 99.95% uptime.").quality
    assert (quality.users, quality.latency_ms, quality.availability) == (20000, 250, 99.95)


def test_defaults_are_assumptions_with_advice() -> None:
    ledger = compile_brief("Track boats").ledger
    assert {"stack.backend", "stack.database", "stack.auth", "roles.admin", "entities.Boat.fields.name"} <= {
        a.ir_path for a in ledger.assumptions
    }
    assert all(a.advice for a in ledger.assumptions)


def test_a_brief_with_too_many_things_is_cut_aloud() -> None:
    done = compile_brief(" ".join(f"A b{n}x has a label." for n in range(200)))
    assert len(done.ir.entities) == 80
    assert done.ir.warnings
    assert any(c.reason_code == "too_large" for c in done.ledger.clauses)


def test_the_module_prints_one_result() -> None:
    def run(brief: bytes) -> tuple[int, dict[str, object]]:
        done = subprocess.run([sys.executable, "-m", "shared.brief"], input=brief, capture_output=True, cwd=ROOT, check=False)
        return done.returncode, json.loads(done.stdout)

    code, built = run(b"Owners have boats.")
    assert (code, built["type"], built["ir"]) == (0, "result", compile_json("Owners have boats.")["ir"])
    assert run(b"Make me a chess game")[0] == 5
    assert run(b"a\xffb")[0] == 2


def test_the_compiler_names_its_version() -> None:
    assert COMPILER_VERSION


@pytest.mark.parametrize(
    "text",
    [
        "Boats belong to harbours.",
        "A boat belongs to a harbour.",
        "Boats are part of harbours.",
        "Boats are assigned to harbours.",
        "Boats are linked to harbours.",
        "Harbours consist of boats.",
        "A harbour contains boats.",
        "Harbours include a number of boats.",
        "Harbours are made of boats.",
        "Boats are owned by harbours.",
        "Each boat is owned by a harbour.",
        "Harbours have a name and boats lie in harbours.",
        "Harbours have boats.",
        "Each harbour has many boats.",
        "A boat is in one harbour.",
        "Harbours have a name. Boats, each with a length, are kept in harbours.",
        "A boat has a length. Boats take place in harbours with a name and a capacity.",
    ],
)
def test_belonging_is_read_however_it_is_said(text: str) -> None:
    assert [(r.source, r.kind, r.to) for r in ir(text).relations] == [("Harbour", "one_to_many", "Boat")]


def test_things_in_the_place_of_subjects_are_related_to_their_objects_and_no_roles() -> None:
    text = "Screenings show films and take place in venues with a name and a capacity. Managers publish screenings."
    found = ir(text)
    assert {(r.source, r.kind, r.to) for r in found.relations} == {
        ("Film", "one_to_many", "Screening"),
        ("Venue", "one_to_many", "Screening"),
    }
    assert [f.name for e in found.entities if e.name == "Venue" for f in e.fields] == ["name", "capacity"]
    assert "screening" not in {r.name for r in found.roles}


@pytest.mark.parametrize("verb", ["take", "borrow", "rate", "join", "follow", "rent", "frobnicate", "book"])
def test_what_people_do_every_day_is_a_right_and_never_one_to_delete(verb: str) -> None:
    found = ir(f"A lesson has a title. Clerks {verb} lessons.")
    given = {o for p in found.roles[0].permissions for o in p.operations}
    assert found.roles[0].name == "clerk"
    assert {"read"} <= given <= {"create", "read", "update"}
    assert not [o for o in found.operations if o.kind in {"custom", "booking"}]


@pytest.mark.parametrize("verb", ["calculate", "predict", "recommend", "detect", "estimate", "optimise", "translate", "summarise"])
def test_computing_and_judging_is_an_operation_of_its_own(verb: str) -> None:
    assert [o.kind for o in ir(f"A lesson has a title. Clerks {verb} lessons.").operations] == ["custom"]


@pytest.mark.parametrize("cue", ["without overlap", "with no double booking", "in free slots", "after checking their availability"])
def test_a_booking_operation_needs_a_word_that_asks_for_it(cue: str) -> None:
    assert "booking" in {o.kind for o in ir(f"A room has a name. Clerks book rooms {cue}.").operations}
    assert not ir("A room has a name. Clerks book rooms.").operations


def test_a_list_hangs_on_the_thing_that_is_kept_per_another() -> None:
    found = {
        e.name: [f.name for f in e.fields] for e in ir("A plot has a code. Clerks log readings per plot: moisture, ph, taken on.").entities
    }
    assert found["Plot"] == ["code"]
    assert {"moisture", "ph", "taken_on"} <= set(found["Reading"])


def test_properties_of_each_are_read_without_a_subject() -> None:
    found = ir("For each parcel, store a barcode, a collection date and a depth in cm.").entities
    assert [(e.name, [f.name for f in e.fields]) for e in found] == [("Parcel", ["barcode", "collection_date", "depth"])]


@pytest.mark.parametrize("text", ["Deploy it on a zeppelin", "Prices are rounded to cents", "Deploy it with care to production"])
def test_a_statement_that_nobody_understood_is_refused_aloud(text: str) -> None:
    found = clause(f"Owners have boats. {text}.", text)
    assert (found.fate, found.reason_code) == ("refused", "not_understood")
    assert "Say who does what" in found.reason


@pytest.mark.parametrize(
    "text",
    [
        "Our clinic grows fast",
        "We used spreadsheets so far",
        "Hello team, thanks for your help",
        "It should look modern and be easy to use",
        "Please make sure that everything works",
        "We run a small boat yard",
        "The app should react quickly",
    ],
)
def test_greetings_motives_and_moods_are_context_and_make_nothing(text: str) -> None:
    plain = ir("Owners have boats.")
    found = compile_brief(f"Owners have boats. {text}.")
    assert [e.name for e in found.ir.entities] == [e.name for e in plain.entities]
    assert [r.name for r in found.ir.roles] == [r.name for r in plain.roles]
    assert {c.fate for c in found.ledger.clauses if c.text in text} == {"context"}


def test_a_brief_of_plain_rights_is_built_whole() -> None:
    text = "Create a REST API for a veterinary clinic: owners have pets, vets record visits, receptionists book appointments"
    done = compile_brief(text)
    assert [e.name for e in done.ir.entities] == ["Owner", "Pet", "Visit", "Appointment"]
    assert "refused" not in {c.fate for c in done.ledger.clauses}
    assert done.ir.operations == []


@pytest.mark.parametrize(
    ("said", "moves"),
    [
        ("Loans go from open to approved; they can be cancelled until check in.", {("open", "approved"), ("open", "cancelled")}),
        ("Librarians approve loans. Loans can be marked as lost by an administrator.", {("pending", "approved"), ("approved", "lost")}),
    ],
)
def test_a_state_named_beside_the_others_is_reached_from_them(said: str, moves: set[tuple[str, str]]) -> None:
    ir = compile_brief(f"A loan has a due date. {said}").ir
    states = next(e.states for e in ir.entities if e.name == "Loan")
    assert states is not None
    assert moves <= {(t.source, t.to) for t in states.transitions}


def test_things_that_log_define_or_hold_properties_are_no_users() -> None:
    ir = compile_brief("Warehouse movements log product, quantity and reason. Service policies define response hours per priority.").ir
    assert {r.name for r in ir.roles} == {"admin"}
    assert {"quantity", "reason"} <= {f.name for e in ir.entities if e.name == "WarehouseMovement" for f in e.fields}


@pytest.mark.parametrize(
    ("has", "invented"),
    [("an amount and a due date", False), ("a description", False), ("a quantity and a price", True), ("a status (open, closed)", True)],
)
def test_a_name_is_invented_only_where_nothing_tells_rows_apart(has: str, invented: bool) -> None:
    done = compile_brief(f"A crate has {has}.")
    assert any(a.ir_path == "entities.Crate.fields.name" for a in done.ledger.assumptions) == invented


def test_headings_beyond_the_limit_of_things_are_refused_and_nothing_breaks() -> None:
    names = [f"{a}{b}{c}" for a in "bdfg" for b in "aeiou" for c in ("ck", "lt", "nd", "rk", "st")]
    ledger = compile_brief("# Yard\n\n" + "".join(f"## {name}\n- label\n- depth\n\n" for name in names)).ledger
    assert any(c.reason_code == "too_large" for c in ledger.clauses)
