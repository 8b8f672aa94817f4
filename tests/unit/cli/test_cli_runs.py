"""`runs`, `status`, `events`, `cancel` and `preview` against a scripted service; `verify`, `extract`, `compile` and `doctor` alone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from scripted_service import RESULT, SOURCES, Qlf, Service

from shared.capsule import canonical_tar, gzip_member

EVENTS = [
    {"seq": n, "time": "2026-01-01T10:20:30.456Z", "type": "task.started", "data": {"component": f"c{n}", "n": n}} for n in range(1, 6)
]


@pytest.fixture
def run_id(qlf: Qlf, service: Service) -> str:
    """A run that ended well."""
    return str(qlf("generate", "a clinic", "--output", "clinic", "--json").result["run_id"])


def test_runs_are_listed(qlf: Qlf, run_id: str) -> None:
    assert qlf("runs").out.split()[:3] == [run_id, "completed", "done"]
    assert [run["id"] for run in qlf("runs", "--json").result["runs"]] == [run_id]


def test_no_runs_is_no_data(qlf: Qlf, service: Service) -> None:
    called = qlf("runs")

    assert (called.code, called.out) == (0, "")
    assert "qlf generate" in called.err


def test_status_shows_the_newest_run(qlf: Qlf, run_id: str) -> None:
    assert qlf("status").out.startswith(f"{run_id}: done")
    assert qlf("status", run_id, "--json").result["run"]["result"] == RESULT


def test_status_of_a_run_that_is_under_way(qlf: Qlf, service: Service, run_id: str) -> None:
    steps = {"backend": {"name": "backend", "status": "running"}}
    service.runs[run_id] |= {"status": "running", "phase": "generating", "result": None, "steps": steps}
    called = qlf("status", run_id)

    assert called.code == 0
    assert called.out.splitlines() == [f"{run_id}: running (generating)", "  backend         running"]


@pytest.mark.parametrize("command", ["status", "events", "cancel"])
def test_an_unknown_run(qlf: Qlf, service: Service, command: str) -> None:
    called = qlf(command, "run_01ARZ3NDEKTSV4RRFFQ69G5FAV", "--json")

    assert (called.code, called.error) == (2, "QLF7001")


def test_events_are_paged_through(qlf: Qlf, service: Service, run_id: str) -> None:
    service.events = EVENTS
    called = qlf("events", run_id, "--after", "2")

    assert [line.split()[0] for line in called.out.splitlines()] == ["3", "4", "5"]
    assert called.out.splitlines()[0] == "    3  10:20:30.456  task.started            component=c3 n=3"


def test_events_are_followed_to_the_end_of_the_run(qlf: Qlf, service: Service, run_id: str) -> None:
    service.events = EVENTS
    called = qlf("events", run_id, "--follow", "--json")

    assert [line["event"]["seq"] for line in called.lines[:-1]] == [1, 2, 3, 4, 5]
    assert called.result["status"] == "completed"


def test_cancel(qlf: Qlf, service: Service, run_id: str) -> None:
    service.runs[run_id] |= {"status": "running"}
    called = qlf("cancel", run_id, "--json")

    assert (called.code, called.result["status"]) == (0, "cancelled")


def test_a_wrong_token(qlf: Qlf, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QLF_TOKEN", "wrong")
    called = qlf("runs", "--json")

    assert (called.code, called.error) == (4, "QLF7106")
    assert "wrong" not in called.err.replace("wrong token", "")


# -- previews


def test_a_preview_prints_one_url_once_it_answers(qlf: Qlf, run_id: str) -> None:
    called = qlf("preview", "create", run_id, "--ttl", "30m")

    assert (called.code, called.out) == (0, "http://127.0.0.1:1234\n")
    assert "qlf preview delete prv_1" in called.err


def test_a_preview_that_fails_says_why(qlf: Qlf, service: Service, run_id: str) -> None:
    service.end["preview"] = {"status": "failed", "reason": "no such port"}
    called = qlf("preview", "create", run_id, "--json")

    assert (called.code, called.error) == (1, "QLF8027")
    assert called.result["error"]["detail"] == "no such port"


def test_the_life_of_a_preview(qlf: Qlf, run_id: str) -> None:
    qlf("preview", "create", run_id)

    assert qlf("preview", "list", "--json").result["previews"][0]["id"] == "prv_1"
    assert "in 86400" in qlf("preview", "extend", "prv_1", "--ttl", "24h").out
    assert qlf("preview", "logs", "prv_1").out == "one\n\\x1b[31mtwo\n"
    assert qlf("preview", "delete", "prv_1", "--json").result["preview"]["status"] == "destroyed"
    assert qlf("preview", "status", "prv_2", "--json").error == "QLF7008"


def test_a_run_without_a_capsule_has_no_preview(qlf: Qlf, service: Service) -> None:
    called = qlf("preview", "create", "run_01ARZ3NDEKTSV4RRFFQ69G5FAV", "--json")

    assert (called.code, called.error) == (2, "QLF7001")


# -- capsules


@pytest.mark.parametrize("data", [b"", b"not a capsule", gzip_member(b"no tar"), gzip_member(canonical_tar(SOURCES))])
def test_what_is_not_a_capsule_does_not_verify(qlf: Qlf, home: Path, data: bytes) -> None:
    Path("a.qlcapsule").write_bytes(data)
    called = qlf("verify", "a.qlcapsule", "--json")

    assert called.code == 6
    assert called.error.startswith("QLF50")
    assert "NOT verified" in qlf("verify", "a.qlcapsule").out


def test_extract_writes_into_a_new_folder_only(qlf: Qlf, home: Path) -> None:
    Path("a.qlcapsule").write_bytes(gzip_member(canonical_tar(SOURCES)))

    assert qlf("extract", "a.qlcapsule", "out", "--json").result["paths"]["files"] == 3
    assert Path("out/build.sh").stat().st_mode & 0o111
    assert qlf("extract", "a.qlcapsule", "out", "--json").error == "QLF5040"
    assert qlf("extract", "missing", "out2", "--json").error == "QLF8021"
    assert qlf("extract", ".", "out2", "--json").error == "QLF8021"


def test_a_file_larger_than_any_capsule_is_not_read(qlf: Qlf, home: Path) -> None:
    with Path("huge.qlcapsule").open("wb") as file:
        file.truncate(1 << 34)

    assert qlf("verify", "huge.qlcapsule", "--json").error == "QLF5004"


def test_a_signing_key_is_tried_before_anything_starts(qlf: Qlf, home: Path) -> None:
    Path("key.pem").write_text("-----BEGIN PRIVATE KEY-----\nbm8=\n-----END PRIVATE KEY-----\n")

    assert qlf("generate", "a clinic", "--output", "x", "--key", "key.pem", "--json").error == "QLF5030"
    assert qlf("generate", "a clinic", "--output", "x", "--key", "none.pem", "--json").error == "QLF8021"
    assert not (home / "intents").exists()


# -- compile and doctor


def test_compile_needs_no_data_folder(qlf: Qlf, home: Path) -> None:
    called = qlf("compile", "-", "--json", stdin=b"Owners have pets. Vets record visits.")

    assert {entity["name"] for entity in called.result["ir"]["entities"]} >= {"Owner", "Pet", "Visit"}
    assert "".join(clause["text"] for clause in called.result["ledger"]["clauses"]) == "Owners have pets. Vets record visits."
    assert not home.exists()


def test_compile_for_people_names_each_clause(qlf: Qlf, home: Path) -> None:
    assert "Owners have pets" in qlf("compile", "Owners have pets.").out


@pytest.mark.parametrize("brief", [b"", b"   \n", b"x" * 70_000, b"x" * 2_000_000, b"\0\0"])
def test_a_brief_that_cannot_be_compiled_is_a_coded_error(qlf: Qlf, home: Path, brief: bytes) -> None:
    called = qlf("compile", "-", "--json", stdin=brief)

    assert called.code in (2, 5)
    assert called.error.startswith("QLF1")


def test_doctor_gives_each_line_an_outcome(qlf: Qlf, home: Path) -> None:
    called = qlf("doctor", "--json")

    checks = {check["name"]: check for check in called.result["checks"]}
    assert checks.keys() == {"python", "packages", "uv", "data folder", "token", "disk", "port", "sandbox"}
    assert all(check["advice"] for check in checks.values() if check["outcome"] != "ok")
    assert called.code == (4 if "fail" in {check["outcome"] for check in checks.values()} else 0)


def test_doctor_sees_a_token_that_others_can_read(qlf: Qlf, home: Path) -> None:
    home.mkdir(mode=0o755)
    (home / "token").write_text("x")
    os.chmod(home / "token", 0o644)
    called = qlf("doctor", "--json")

    outcomes = {check["name"]: check["outcome"] for check in called.result["checks"]}
    assert (called.code, called.error) == (4, "QLF8022")
    assert (outcomes["token"], outcomes["data folder"]) == ("fail", "warn")


def test_the_schema_is_itself_valid() -> None:
    import jsonschema

    schema = json.loads((Path(__file__).resolve().parents[3] / "docs/schemas/qlf-output.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_places_of_a_request_that_is_not_valid_are_told(qlf: Qlf, service: Service) -> None:
    places = [{"pointer": f"/path/run_id{n}", "message": "no such form"} for n in range(9)]
    service.refuse = (422, {"code": "QLF7103", "detail": "not valid", "exit_code": 2, "errors": [*places, "odd"]})
    called = qlf("status", "run_bogus")

    assert called.code == 2
    assert "(QLF7103)" in called.err
    assert "not valid; /path/run_id0: no such form" in called.err
    assert called.err.count("no such form") == 5


def test_compile_shows_relations_moves_and_what_no_blueprint_builds(qlf: Qlf, home: Path) -> None:
    brief = "An order has many items. Orders go from placed to packed. Compute a fraud score for each order. Use React."
    out = qlf("compile", brief).out

    assert "Order one to many Item" in out
    assert "Order moves placed to packed" in out
    assert "refused Use React: A react frontend is not built yet" in out
    fates = {c["text"].strip(" ."): c["fate"] for c in qlf("compile", brief, "--json").result["ledger"]["clauses"]}
    assert (fates["An order has many items"], fates["Compute a fraud score for each order"], fates["Use React"]) == (
        "built",
        "refused",
        "refused",
    )
