"""`generate` and `resume` against a scripted service: what is asked, what is written, what is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scripted_service import RESULT, Qlf, Service

from shared.model import sha256

EVENTS: list[dict[str, Any]] = [
    {"seq": 1, "type": "run.phase_changed", "data": {"from": "received", "to": "compiling"}},
    {"seq": 2, "type": "ir.compiled", "data": {"entities": 3, "clauses": 5}},
    {"seq": 3, "type": "validation.passed", "data": {"component": "project", "gate": "unit", "outcome": "pass", "seconds": 1.5}},
]


def test_the_result_is_written_as_a_project_with_the_capsule_in_dist(qlf: Qlf, service: Service, tmp_path: Path) -> None:
    called = qlf("generate", "a clinic", "--output", "clinic")

    folder = tmp_path / "work" / "clinic"
    assert called.code == 0
    assert (folder / "src/clinic/app.py").read_bytes() == b"app = 1\n"
    assert (folder / "build.sh").stat().st_mode & 0o111
    assert sorted(path.name for path in (folder / "dist").iterdir()) == [
        ".qlf-run.json", "clinic-0.1.0.provenance.sigstore.json", "clinic-0.1.0.qlcapsule", "ledger.json", "verdicts.json",
    ]  # fmt: skip
    assert list(folder.parent.iterdir()) == [folder]


def test_the_view_names_what_was_not_built_first(qlf: Qlf, service: Service) -> None:
    called = qlf("generate", "a clinic", "--output", "clinic")

    assert "1 clause of the brief was NOT built" in called.out.splitlines()[0]
    assert "a mobile app: no blueprint builds it" in called.out
    assert "coverage 98.5" in called.out
    assert "qlf verify ./clinic/dist/clinic-0.1.0.qlcapsule" in called.out


def test_events_come_before_the_one_result(qlf: Qlf, service: Service) -> None:
    service.events = EVENTS
    called = qlf("generate", "a clinic", "--output", "clinic", "--json")

    assert [line["event"]["seq"] for line in called.lines[:-1]] == [1, 2, 3]
    assert called.result["ir"] == {"name": "Clinic"}
    assert called.result["gates"] == RESULT["gates"]
    assert called.result["paths"]["capsule"].endswith("/clinic/dist/clinic-0.1.0.qlcapsule")
    assert called.err == ""


def test_progress_is_plain_lines_where_there_is_no_terminal(qlf: Qlf, service: Service) -> None:
    service.events = EVENTS

    assert "verify    unit: pass  1.5 s" in qlf("generate", "a clinic", "--output", "a").err
    assert qlf("generate", "a clinic", "--output", "b", "--no-progress").err == ""


def test_the_run_gets_its_id_from_the_idempotency_key(qlf: Qlf, service: Service) -> None:
    called = qlf("generate", "a clinic", "--output", "clinic", "--accept-assumptions", "--deploy", "preview", "--ttl", "30m", "--json")

    path, body, headers = service.posts[0]
    assert path == "/runs"
    assert called.result["run_id"] == f"run_{headers['Idempotency-Key']}"
    assert body == {"brief": "a clinic", "options": {"accept_assumptions": True, "dry_run": False, "deploy": "preview", "ttl": 1800}}


def test_a_brief_comes_from_a_pipe(qlf: Qlf, service: Service) -> None:
    qlf("generate", "--output", "a", stdin="a café\r\n".encode())
    qlf("generate", "-", "--output", "b", stdin=b"\xef\xbb\xbfa clinic")

    assert [body["brief"] for _, body, _ in service.posts] == ["a café\n", "a clinic"]


@pytest.mark.parametrize(("options", "code", "exit_code"), [
    (["--overlay", "hipaa"], "QLF8004", 4),
    (["--provider", "x"], "QLF8004", 4),
    (["--model", "x"], "QLF8004", 4),
    (["--key", "k.pem"], "QLF8004", 4),
    (["--deploy", "preview", "--ttl", "soon"], "QLF6001", 2),
    (["--ttl", "30m"], "QLF8003", 2),
    (["--dry-run", "--deploy", "preview"], "QLF8003", 2),
    (["--deploy", "moon"], "QLF8003", 2),
    (["--endpoint", "ftp://x"], "QLF8017", 2),
])  # fmt: skip
def test_an_option_that_cannot_be_honoured_stops_before_anything_starts(
    qlf: Qlf, service: Service, options: list[str], code: str, exit_code: int
) -> None:
    called = qlf("generate", "a clinic", "--output", "clinic", "--json", *options)

    assert (called.code, called.error) == (exit_code, code)
    assert service.posts == []
    assert not (Path.cwd().parent / "home/intents").exists()


def test_a_folder_of_somebody_else_is_refused_first(qlf: Qlf, service: Service) -> None:
    Path("mine").mkdir()
    Path("mine/thesis.txt").write_text("years of work")
    called = qlf("generate", "a clinic", "--output", "mine", "--json")

    assert (called.code, called.error) == (2, "QLF8005")
    assert service.posts == []
    assert Path("mine/thesis.txt").read_text() == "years of work"


def test_an_earlier_result_is_replaced(qlf: Qlf, service: Service) -> None:
    qlf("generate", "a clinic", "--output", "clinic")
    first = json.loads(Path("clinic/dist/.qlf-run.json").read_text())["run_id"]
    called = qlf("generate", "a clinic", "--output", "clinic")

    assert called.code == 0
    assert json.loads(Path("clinic/dist/.qlf-run.json").read_text())["run_id"] != first


def test_failed_gates_leave_sources_and_reports_but_no_capsule(qlf: Qlf, service: Service) -> None:
    error = {"code": "QLF4001", "detail": "unit failed", "exit_code": 3, "context": {}}
    service.end = {"status": "blocked", "phase": "done", "error": error, "result": RESULT | {"capsule": None}}
    called = qlf("generate", "a clinic", "--output", "clinic", "--json")

    assert called.code == 3
    assert Path("clinic/README.md").exists()
    assert sorted(path.name for path in Path("clinic/dist").iterdir()) == [".qlf-run.json", "ledger.json", "verdicts.json"]
    assert called.result["paths"]["capsule"] is None


def test_an_open_question_is_exit_code_5(qlf: Qlf, service: Service) -> None:
    service.artifacts = {}
    error = {"code": "QLF1001", "detail": "which one?", "exit_code": 5, "context": {"question": "Which one?"}}
    service.end = {"status": "blocked", "phase": "compiling", "error": error, "result": None}
    called = qlf("generate", "a clinic", "--output", "clinic")

    assert called.code == 5
    assert "question: Which one?" in called.out
    assert not Path("clinic").exists()


def test_a_cancelled_run_is_exit_code_130(qlf: Qlf, service: Service) -> None:
    service.artifacts = {}
    service.end = {"status": "cancelled", "phase": "done", "error": None, "result": None}

    assert qlf("generate", "a clinic", "--output", "clinic", "--json").error == "QLF8024"


@pytest.mark.parametrize(("refuse", "exit_code", "code"), [
    ((422, {"code": "QLF1001", "detail": "not an app", "exit_code": 5}), 5, "QLF1001"),
    ((401, {"code": "QLF7106", "detail": "wrong token", "exit_code": 4}), 4, "QLF7106"),
    ((403, {}), 4, "QLF8012"),
    ((500, {"title": "oh"}), 1, "QLF8013"),
    ((503, {"code": "QLF7012", "detail": "busy"}), 4, "QLF7012"),
])  # fmt: skip
def test_a_refused_request_keeps_its_code(qlf: Qlf, service: Service, refuse: Any, exit_code: int, code: str) -> None:
    service.refuse = refuse
    called = qlf("generate", "a clinic", "--output", "clinic", "--json")

    assert (called.code, called.error) == (exit_code, code)


def test_nobody_at_the_endpoint(qlf: Qlf, home: Path) -> None:
    called = qlf("generate", "a clinic", "--output", "clinic", "--endpoint", "http://127.0.0.1:9", "--json")

    assert (called.code, called.error) == (4, "QLF8011")
    assert called.result["error"]["retryable"]


def test_what_was_downloaded_is_compared_with_its_digest(qlf: Qlf, service: Service) -> None:
    service.broken_digest = "capsule"

    assert qlf("generate", "a clinic", "--output", "clinic", "--json").error == "QLF8023"
    assert not Path("clinic").exists()


@pytest.mark.parametrize("name", ["../../evil.qlcapsule", "/etc/passwd", "", ".hidden", "a/b"])
def test_a_service_cannot_name_a_file_outside_the_folder(qlf: Qlf, service: Service, name: str) -> None:
    service.end["result"] = RESULT | {"capsule": RESULT["capsule"] | {"file_name": name}}

    assert qlf("generate", "a clinic", "--output", "clinic", "--json").error == "QLF8013"
    assert not Path("clinic").exists()


def test_resume_starts_what_never_became_a_run(qlf: Qlf, service: Service) -> None:
    service.refuse = (503, {"code": "QLF7012", "detail": "busy"})
    lost = qlf("generate", "a clinic", "--output", "clinic", "--json").result["run_id"]
    service.refuse = None
    called = qlf("resume", "--json")

    assert (called.code, called.result["run_id"]) == (0, lost)
    assert sha256(Path("clinic/dist/clinic-0.1.0.qlcapsule").read_bytes()) == sha256(b"capsule")
    assert qlf("resume", "--json").error == "QLF8010"


def test_resume_of_a_named_run_writes_its_result_again(qlf: Qlf, service: Service) -> None:
    run_id = qlf("generate", "a clinic", "--output", "clinic", "--json").result["run_id"]

    assert qlf("resume", run_id, "--json").result["paths"]["files"] == 7
    assert len({headers["Idempotency-Key"] for _, _, headers in service.posts}) == 1


@pytest.mark.parametrize("run_id", ["nonsense", "../../etc/passwd", "run_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_resume_of_an_unknown_run(qlf: Qlf, home: Path, run_id: str) -> None:
    assert qlf("resume", run_id, "--json").code == 2


def test_a_refused_brief_is_not_resumed(qlf: Qlf, service: Service) -> None:
    service.refuse = (422, {"code": "QLF1001", "detail": "not an app", "exit_code": 5})
    qlf("generate", "a game", "--output", "game")

    assert qlf("resume", "--json").error == "QLF8010"


def test_a_brief_larger_than_any_brief_may_be_is_not_even_written_down(qlf: Qlf, service: Service) -> None:
    called = qlf("generate", "-", "--output", "x", "--json", stdin=b"pets " * 20_000)

    assert called.code in (2, 5)
    assert called.error.startswith("QLF1")
    assert not (Path.cwd().parent / "home/intents").exists()


def test_a_dry_run_writes_nothing(qlf: Qlf, service: Service) -> None:
    called = qlf("generate", "a clinic", "--dry-run")

    assert called.code == 0
    assert "dry run: nothing was generated" in called.out
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize("brief", ["", "  ", "\n\t"])
def test_an_empty_brief_is_refused_before_anything_is_written_down(qlf: Qlf, service: Service, home: Path, brief: str) -> None:
    called = qlf("generate", brief, "--output", "clinic", "--json")

    assert (called.code, called.error) == (5, "QLF1003")
    assert not (home / "intents").exists()
