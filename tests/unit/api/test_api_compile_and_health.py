"""Compiling without a run, and the probes."""

from __future__ import annotations

import asyncio

import pytest
from api_cases import Door, problem_of

from shared.brief import compile_brief
from shared.model import RefusedError

BRIEF = "A veterinary clinic: owners have pets, vets record visits."


async def test_compile_answers_the_ir_and_the_ledger(door: Door) -> None:
    answer = await door.http.post("/compile", json={"brief": BRIEF})
    compiled = compile_brief(BRIEF)
    assert answer.json() == {"ir": compiled.ir.to_json(), "ledger": compiled.ledger.to_json()}
    assert (await door.http.get("/runs")).json()["items"] == []
    assert door.host.starts == 0


async def test_a_refused_brief_is_a_problem_with_its_own_code(door: Door) -> None:
    with pytest.raises(RefusedError) as refused:
        compile_brief(" \n ")
    body = problem_of(await door.http.post("/compile", json={"brief": " \n "}), 422, refused.value.code)
    assert body["exit_code"] == 5


@pytest.mark.parametrize(
    ("brief", "status", "code"), [("", 422, "QLF7103"), ("é" * 40_000, 413, "QLF7105"), ("x" * 70_000, 422, "QLF7103")]
)
async def test_briefs_are_bounded(door: Door, brief: str, status: int, code: str) -> None:
    problem_of(await door.http.post("/compile", json={"brief": brief}), status, code)


async def test_the_process_answers(door: Door) -> None:
    for path in ("/health", "/health/liveness"):
        assert (await door.http.get(path)).json() == {"status": "ok"}


async def test_readiness_asks_every_store(door: Door) -> None:
    answer = await door.http.get("/health/readiness")
    assert answer.json() == {"status": "ready", "checks": dict.fromkeys(["runs", "artifacts", "capsules", "previews", "memos"], "ok")}


async def test_readiness_asks_the_stores_once_however_many_ask_it(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may ask: a crowd must not reach the stores."""
    together = await asyncio.gather(*(door.http.get("/health/readiness") for _ in range(20)))
    spoil(door)
    assert {answer.status_code for answer in [*together, await door.http.get("/health/readiness")]} == {200}
    monkeypatch.setattr("api.routers.health._FRESH_SECONDS", 0.0)
    problem_of(await door.http.get("/health/readiness"), 503, "QLF7113")


def spoil(door: Door) -> None:
    """Put something that is no database in its place."""
    door.stores.close()
    for path in door.home.glob("state.db*"):
        path.unlink()
    (door.home / "state.db").write_bytes(b"not a database " * 1000)


async def test_a_store_that_does_not_answer_is_named(door: Door) -> None:
    spoil(door)
    body = problem_of(await door.http.get("/health/readiness", headers={"Authorization": ""}), 503, "QLF7113")
    assert body["detail"] == "runs: QLF7013"
    problem_of(await door.http.get("/health/readiness"), 503, "QLF7113")
    assert (await door.http.get("/health")).status_code == 200
