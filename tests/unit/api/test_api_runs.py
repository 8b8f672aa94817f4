"""Runs: made once, started once, listed, read."""

from __future__ import annotations

import asyncio
import json

import pytest
from api_cases import Door, problem_of
from ulid import ULID

from shared.model import Run, RunOptions, event_id, new_id


async def test_a_brief_becomes_a_started_run(door: Door) -> None:
    answer = await door.http.post("/runs", json={"brief": "A clinic.", "options": {"dry_run": True, "ttl": 600}})
    assert answer.status_code == 202
    run = Run.model_validate(answer.json())
    assert answer.headers["location"] == f"/api/v1/runs/{run.id}"
    assert answer.headers["etag"] == f'"{run.etag}"'
    assert run.options == RunOptions(dry_run=True, ttl=600)
    assert (run.status, run.phase, run.project_id) == ("pending", "received", "default")
    assert await door.stores.artifacts.get(run.brief) == b"A clinic."
    assert door.host.instances[run.id]["name"] == "run"
    assert door.host.told(run.id) == {"run_id": run.id, "project_id": "default"}
    events = await door.stores.runs.events(run.id)
    assert [(event.type, event.seq, event.id) for event in events] == [("run.received", 1, event_id(run.id, "run.received", "received"))]


async def test_a_ulid_as_key_names_the_run(door: Door) -> None:
    key = str(ULID())
    answer = await door.http.post("/runs", json={"brief": "x"}, headers={"Idempotency-Key": key})
    assert answer.json()["id"] == f"run_{key}"


async def test_the_same_request_with_the_same_key_is_the_same_run(door: Door) -> None:
    answers = [await door.http.post("/runs", json={"brief": "x"}, headers={"Idempotency-Key": "mine"}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert door.host.starts == 1
    assert len(await door.stores.runs.events(answers[0].json()["id"])) == 1


async def test_requests_at_once_with_one_key_make_and_start_one_run(door: Door) -> None:
    answers = await asyncio.gather(*(door.http.post("/runs", json={"brief": "x"}, headers={"Idempotency-Key": "mine"}) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert door.host.starts == 1


async def test_twenty_briefs_at_once_make_twenty_runs(door: Door) -> None:
    answers = await asyncio.gather(*(door.http.post("/runs", json={"brief": f"app {number}"}) for number in range(20)))
    assert len({answer.json()["id"] for answer in answers}) == 20
    assert len(door.host.instances) == 20


async def test_one_key_for_two_requests_is_a_conflict(door: Door) -> None:
    headers = {"Idempotency-Key": str(ULID())}
    assert (await door.http.post("/runs", json={"brief": "x"}, headers=headers)).status_code == 202
    problem_of(await door.http.post("/runs", json={"brief": "y"}, headers=headers), 409, "QLF7003")
    problem_of(await door.http.post("/runs", json={"brief": "x", "options": {"dry_run": True}}, headers=headers), 409, "QLF7003")


async def test_a_repeated_post_starts_a_run_whose_instance_is_missing(door: Door) -> None:
    first = await door.http.post("/runs", json={"brief": "x"}, headers={"Idempotency-Key": "mine"})
    door.host.instances.clear()
    again = await door.http.post("/runs", json={"brief": "x"}, headers={"Idempotency-Key": "mine"})
    assert again.json()["id"] == first.json()["id"]
    assert list(door.host.instances) == [first.json()["id"]]


async def test_a_repeated_post_never_starts_over_what_has_ended(door: Door) -> None:
    headers = {"Idempotency-Key": "mine"}
    run = Run.model_validate((await door.http.post("/runs", json={"brief": "x"}, headers=headers)).json())
    door.host.end(run.id)
    await door.http.post("/runs", json={"brief": "x"}, headers=headers)
    door.host.instances.clear()
    await door.change(run, status="completed")
    assert (await door.http.post("/runs", json={"brief": "x"}, headers=headers)).json()["status"] == "completed"
    assert door.host.starts == 1


async def test_without_a_durable_host_nothing_is_made(door: Door) -> None:
    door.app.host = None
    problem_of(await door.http.post("/runs", json={"brief": "x"}), 503, "QLF7112")
    assert (await door.http.get("/runs")).json() == {"items": [], "next_cursor": None}


async def test_a_host_that_is_down_is_told_and_the_repeated_request_goes_on(door: Door) -> None:
    door.host.down = True
    answer = await door.http.post("/runs", json={"brief": "x"}, headers={"Idempotency-Key": "mine"})
    assert problem_of(answer, 503, "QLF7112")["retryable"]
    assert answer.headers["retry-after"] == "1"
    door.host.down = False
    assert (await door.http.post("/runs", json={"brief": "x"}, headers={"Idempotency-Key": "mine"})).status_code == 202
    assert len((await door.http.get("/runs")).json()["items"]) == 1
    assert door.host.starts == 1


@pytest.mark.parametrize(
    ("brief", "status"), [("x" * 65536, 202), ("x" * 65537, 422), ("é" * 32769, 413), ("", 422), ("\x00 nul", 202), (" ", 202)]
)
async def test_briefs_are_bounded(door: Door, brief: str, status: int) -> None:
    answer = await door.http.post("/runs", json={"brief": brief})
    assert answer.status_code == status
    if status == 413:
        problem_of(answer, 413, "QLF7105")


@pytest.mark.parametrize(
    "options",
    [{"ttl": 59}, {"ttl": 7 * 86400 + 1}, {"ttl": "600"}, {"ttl": True}, {"dry_run": 1}, {"deploy": "moon"}, {"provider": "x"},
     {"model": "x"},
     {"overlays": ["hipaa"]}, {"misspelt": 1}, [], None, "x"],
)  # fmt: skip
async def test_options_are_checked_and_nothing_is_ignored(door: Door, options: object) -> None:
    body = problem_of(await door.http.post("/runs", json={"brief": "x", "options": options}), 422, "QLF7103")
    assert body["errors"][0]["pointer"].startswith("/body/options")
    assert door.host.starts == 0


@pytest.mark.parametrize("key", ["x" * 129, "two words", "é".encode()])
async def test_keys_are_bounded(door: Door, key: str | bytes) -> None:
    answer = await door.http.post("/runs", json={"brief": "x"}, headers={"Idempotency-Key": key})
    problem_of(answer, 422, "QLF7103")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "QLF7103"),
        (b"{", 400, "QLF7110"),
        (b"[" * 100_000, 400, "QLF7110"),
        (b'{"brief": ' + b"9" * 5000 + b"}", 400, "QLF7110"),
        (b'{"brief": "\xff"}', 400, "QLF7110"),
        (b'{"brief": "\\ud800"}', 422, "QLF7103"),
        (b'{"brief": NaN}', 422, "QLF7103"),
        (b"null", 422, "QLF7103"),
        (b'{"brief": "x", "brief2": 1}', 422, "QLF7103"),
        (b'{"brief": "' + b"x" * 600_000 + b'"}', 413, "QLF7104"),
    ],
)
async def test_bad_bodies_get_a_coded_answer(door: Door, content: bytes, status: int, code: str) -> None:
    answer = await door.http.post("/runs", content=content, headers={"Content-Type": "application/json"})
    problem_of(answer, status, code)


async def test_a_body_that_lies_about_its_length_is_still_bounded(door: Door) -> None:
    async def chunks() -> object:
        for _ in range(100):
            yield b" " * 10_000

    answer = await door.http.post("/runs", content=chunks(), headers={"Content-Type": "application/json"})  # type: ignore[arg-type]
    problem_of(answer, 413, "QLF7104")


async def test_a_body_without_content_type_is_not_taken_for_json(door: Door) -> None:
    problem_of(await door.http.post("/runs", content=json.dumps({"brief": "x"}).encode()), 422, "QLF7103")


async def test_reading_a_run(door: Door) -> None:
    run = await door.run()
    answer = await door.http.get(f"/runs/{run.id}")
    assert Run.model_validate(answer.json()) == run
    assert answer.headers["etag"] == f'"{run.etag}"'
    problem_of(await door.http.get(f"/runs/{new_id('run')}"), 404, "QLF7001")
    problem_of(await door.http.get("/runs/nonsense"), 422, "QLF7103")


@pytest.mark.parametrize("form", ['"{}"', 'W/"{}"', '"other", "{}"', "*"])
async def test_a_run_that_the_caller_has_is_not_sent_again(door: Door, form: str) -> None:
    run = await door.run()
    answer = await door.http.get(f"/runs/{run.id}", headers={"If-None-Match": form.format(run.etag)})
    assert (answer.status_code, answer.content) == (304, b"")
    await door.change(run, phase="compiling")
    if form != "*":
        assert (await door.http.get(f"/runs/{run.id}", headers={"If-None-Match": form.format(run.etag)})).status_code == 200


async def test_pages_of_runs(door: Door) -> None:
    runs = [await door.run(f"app {number}") for number in range(5)]
    await door.change(runs[0], status="cancelled")
    first = (await door.http.get("/runs", params={"limit": 3})).json()
    second = (await door.http.get("/runs", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in first["items"] + second["items"]] == [run.id for run in reversed(runs)]
    assert second["next_cursor"] is None
    only = (await door.http.get("/runs", params={"status": "cancelled"})).json()
    assert [item["id"] for item in only["items"]] == [runs[0].id]


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"status": "odd"}, {"cursor": "x" * 513}])
async def test_lists_are_bounded(door: Door, params: dict[str, object]) -> None:
    problem_of(await door.http.get("/runs", params=params), 422, "QLF7103")  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/runs", "/capsules", "/previews"])
async def test_a_foreign_cursor_is_no_page(door: Door, path: str) -> None:
    problem_of(await door.http.get(path, params={"cursor": "nonsense"}), 404, "QLF7006")
