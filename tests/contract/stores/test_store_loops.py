"""One set of stores, used from several threads with event loops of their own, as a host with worker threads does."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from store_cases import created, make_event, make_run

from shared.model import InputError, Run
from shared.stores import Stores

LOOPS = 6


def in_loops(jobs: list[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Each job in a thread and a loop of its own, all at once."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(asyncio.run, jobs))


async def append(stores: Stores, run_id: str, writer: int, count: int) -> None:
    """Add events one by one; read again whenever somebody else was faster."""
    for number in range(count):
        while True:
            run = await stores.runs.get(run_id)
            try:
                await stores.runs.commit(run, [make_event(run, f"{writer}/{number}")], if_match=run.etag)
                break
            except InputError as error:
                if error.code != "QLF7002":
                    raise


def test_writers_on_many_loops_leave_gapless_events(stores: Stores) -> None:
    run = asyncio.run(created(stores))
    in_loops([append(stores, run.id, writer, 8) for writer in range(LOOPS)])
    events = asyncio.run(stores.runs.events(run.id, limit=1000))
    assert [event.seq for event in events] == list(range(1, 8 * LOOPS + 2))
    assert asyncio.run(stores.runs.get(run.id)).seq == 8 * LOOPS + 1


def test_a_wait_on_one_loop_hears_a_commit_on_another(stores: Stores) -> None:
    run = asyncio.run(created(stores))

    async def write() -> bool:
        await stores.runs.commit(run, [make_event(run, "come")], if_match=run.etag)
        return True

    assert in_loops([stores.runs.wait(run.id, run.seq, 30), stores.runs.wait(run.id, run.seq, 30), write()]) == [True, True, True]


def test_one_key_on_many_loops_makes_one_run(stores: Stores) -> None:
    async def make(run: Run) -> tuple[str, bool]:
        made, is_new = await stores.runs.create(run, make_event(run, "received"), "key")
        return made.id, is_new

    answers = in_loops([make(make_run(number)) for number in range(LOOPS)])
    assert len({run_id for run_id, _ in answers}) == 1
    assert sum(is_new for _, is_new in answers) == 1


def test_memos_of_many_loops_are_all_there(stores: Stores) -> None:
    in_loops([stores.memos.put(f"key-{number}", {"number": number}) for number in range(LOOPS)])
    assert in_loops([stores.memos.get(f"key-{number}") for number in range(LOOPS)]) == [{"number": number} for number in range(LOOPS)]


def test_a_listener_whose_loop_has_ended_is_forgotten(stores: Stores) -> None:
    async def listen_and_leave() -> None:
        listening = stores.bus.subscribe()
        await listening.__aenter__()

    asyncio.run(listen_and_leave())
    run = asyncio.run(created(stores))
    asyncio.run(stores.runs.commit(run, [make_event(run, "after")], if_match=run.etag))
    assert asyncio.run(stores.runs.get(run.id)).seq == 2
