"""Several processes on one home: nothing is lost, nothing is numbered twice, one of them wins each race."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from store_cases import ADAPTERS, ON_AZURITE, WITH_LEASES, Hand, created, make_event, make_run

from shared.model import sha256
from shared.stores import Stores

ROOT = Path(__file__).resolve().parents[3]
COMMON = """
import asyncio, json, sys
from pathlib import Path
from store_cases import ADAPTERS, BYTES, Hand, make_event, make_run
from shared.model import InputError
adapter, place, argument = sys.argv[1:4]
stores = (ADAPTERS | BYTES)[adapter](Path(place), Hand())
sys.stdin.readline()
"""
APPEND = """
async def append(number):
    while True:
        run = await stores.runs.get(argument)
        try:
            await stores.runs.commit(run, [make_event(run, f"{sys.argv[4]}/{number}")], if_match=run.etag)
            return
        except InputError as error:
            if error.code != "QLF7002":
                raise
async def main():
    for number in range(15):
        await append(number)
asyncio.run(main())
print(json.dumps("done"))
"""
CREATE = """
run = make_run()
made, is_new = asyncio.run(stores.runs.create(run, make_event(run, "received"), argument))
print(json.dumps([made.id, is_new]))
"""
LEASE = "print(json.dumps(asyncio.run(stores.leases.acquire(argument, sys.argv[4], 60))))"
BIND = "print(json.dumps(asyncio.run(stores.deliveries.bind('github', argument, sys.argv[4]))))"
WAIT = "print(json.dumps(asyncio.run(stores.runs.wait(argument, 1, 30))))"
PUT = "print(json.dumps(asyncio.run(stores.artifacts.put(argument.encode() * 100_000)).sha256))"


def start(script: str, adapter: str, place: Path, *arguments: str) -> subprocess.Popen[str]:
    """A process that has the stores open and waits for `go`."""
    here = str(Path(__file__).parent)
    return subprocess.Popen(
        [sys.executable, "-c", COMMON + script, adapter, str(place), *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": f"{here}:{ROOT}", "PATH": ""},
    )  # fmt: skip


def go(processes: list[subprocess.Popen[str]]) -> list[object]:
    """Let them all begin, and collect what they print."""
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    answers: list[object] = []
    for process in processes:
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        answers.append(json.loads(out))
    return answers


async def test_events_of_several_processes_are_gapless(stores: Stores, adapter: str, place: Path) -> None:
    run = await created(stores)
    go([start(APPEND, adapter, place, run.id, f"p{number}") for number in range(3)])
    events = await stores.runs.events(run.id, limit=1000)
    assert [event.seq for event in events] == list(range(1, 47))
    assert len({event.id for event in events}) == 46


async def test_one_key_in_several_processes_makes_one_run(stores: Stores, adapter: str, place: Path) -> None:
    answers = go([start(CREATE, adapter, place, "key") for _ in range(3)])
    assert len({json.dumps(answer[0]) for answer in answers if isinstance(answer, list)}) == 1
    assert sum(answer[1] for answer in answers if isinstance(answer, list)) == 1
    assert len((await stores.runs.list("default")).items) == 1


@pytest.mark.parametrize("adapter", WITH_LEASES)
async def test_one_lease_in_several_processes_has_one_owner(stores: Stores, adapter: str, place: Path) -> None:
    answers = go([start(LEASE, adapter, place, "sweep", f"p{number}") for number in range(3)])
    assert sorted(map(bool, answers)) == [False, False, True]
    assert not await stores.leases.acquire("sweep", "me", 60)


async def test_one_delivery_id_in_several_processes_has_one_body(stores: Stores, adapter: str, place: Path) -> None:
    answers = go([start(BIND, adapter, place, "d-1", f"body-{number}") for number in range(3)])
    assert sorted(map(bool, answers)) == [False, False, True]
    assert await stores.deliveries.bind("github", "d-1", f"body-{answers.index(True)}")


async def test_waiting_hears_another_process(stores: Stores, adapter: str, place: Path) -> None:
    run = await created(stores)
    process = start(WAIT, adapter, place, run.id)
    waiting = asyncio.create_task(asyncio.to_thread(go, [process]))
    await asyncio.wait({waiting}, timeout=0.2)
    await stores.runs.commit(run, [make_event(run, "come")], if_match=run.etag)
    assert await waiting == [True]


@pytest.mark.parametrize("adapter", [*sorted(ADAPTERS), ON_AZURITE])
async def test_processes_that_open_a_new_home_at_once_agree(adapter: str, place: Path) -> None:
    answers = await asyncio.to_thread(go, [start(PUT, adapter, place, "ab") for _ in range(4)])
    assert answers == [sha256(b"ab" * 100_000)] * 4


async def test_a_killed_process_leaves_a_whole_store(stores: Stores, adapter: str, place: Path) -> None:
    run = await created(stores)
    process = start(APPEND, adapter, place, run.id, "killed")
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()
    assert await stores.runs.wait(run.id, 4, 60)
    process.kill()
    process.communicate(timeout=60)
    found = await stores.runs.get(run.id)
    events = await stores.runs.events(run.id)
    assert [event.seq for event in events] == list(range(1, found.seq + 1))
    await stores.runs.commit(found, [make_event(run, "after")], if_match=found.etag)


def test_helpers_describe_real_records() -> None:
    assert make_event(make_run(), "x").time == Hand()()


@pytest.mark.slow
async def test_writers_that_are_killed_again_and_again_leave_a_whole_store(stores: Stores, adapter: str, place: Path) -> None:
    """Twelve writers, each killed after some of its events: every event that is there is numbered, and the next writer goes on."""
    run = await created(stores)
    for number in range(12):
        before = (await stores.runs.get(run.id)).seq
        process = start(APPEND, adapter, place, run.id, f"writer-{number}")
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
        assert await stores.runs.wait(run.id, before + number % 5, 60)
        process.kill()
        process.communicate(timeout=60)
        found = await stores.runs.get(run.id)
        assert [event.seq for event in await stores.runs.events(run.id, limit=1000)] == list(range(1, found.seq + 1))
        assert found.seq > before


@pytest.mark.slow
async def test_twenty_runs_written_by_four_processes_lose_nothing(stores: Stores, adapter: str, place: Path) -> None:
    runs = [await created(stores, number) for number in range(20)]
    for batch in range(0, 20, 4):
        await asyncio.to_thread(go, [start(APPEND, adapter, place, run.id, "w") for run in runs[batch : batch + 4]])
    for run in runs:
        assert [event.seq for event in await stores.runs.events(run.id, limit=1000)] == list(range(1, 17))
