"""The loop that cloud clients live on: used from any loop and thread, left without a trace."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.stores.azure.loop import ClientLoop

WHO: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")


@pytest.fixture
def loop() -> Iterator[ClientLoop]:
    made = ClientLoop("test-clients")
    yield made
    made.close()


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "test-clients"]


async def where() -> tuple[str, int]:
    return threading.current_thread().name, id(asyncio.get_running_loop())


async def test_all_callers_meet_on_one_loop(loop: ClientLoop) -> None:
    with ThreadPoolExecutor(4) as pool:
        places = set(pool.map(lambda _: asyncio.run(loop.run(where())), range(8)))
    places.add(await loop.run(where()))
    assert [name for name, _ in places] == ["test-clients"]


async def test_results_errors_and_context_pass_through(loop: ClientLoop) -> None:
    async def fail() -> None:
        raise KeyError(WHO.get())

    WHO.set("me")
    with pytest.raises(KeyError, match="me"):
        await loop.run(fail())


async def test_work_ends_when_its_caller_is_cancelled(loop: ClientLoop) -> None:
    began, ended = threading.Event(), threading.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    caller = asyncio.create_task(loop.run(work()))
    assert await asyncio.to_thread(began.wait, 10)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await asyncio.to_thread(ended.wait, 10)


async def test_a_generator_is_asked_item_by_item_and_closed_when_the_caller_leaves(loop: ClientLoop) -> None:
    made: list[int] = []
    closed: list[tuple[str, int]] = []

    async def items() -> AsyncGenerator[int, None]:
        try:
            for number in range(5):
                made.append(number)
                yield number
        finally:
            closed.append(await where())

    assert [item async for item in loop.iterate(items())] == [0, 1, 2, 3, 4]
    made.clear()
    taken = loop.iterate(items())
    assert await anext(taken) == 0
    await taken.aclose()  # type: ignore[attr-defined]
    assert made == [0]
    assert [name for name, _ in closed] == ["test-clients"] * 2


async def test_closing_runs_the_closers_on_the_loop_and_ends_the_thread(loop: ClientLoop) -> None:
    told: list[str] = []

    async def first() -> None:
        told.append(f"first on {threading.current_thread().name}")

    async def second() -> None:
        told.append("second")
        raise OSError("the peer is gone")

    loop.at_close(first)
    loop.at_close(second)
    await loop.run(where())
    assert threads() == ["test-clients"]
    loop.close()
    assert told == ["second", "first on test-clients"]
    assert threads() == []


async def test_work_that_is_left_at_the_end_is_cancelled(loop: ClientLoop) -> None:
    began = threading.Event()

    async def work() -> None:
        began.set()
        await asyncio.Event().wait()

    left = asyncio.create_task(loop.run(work()))
    assert await asyncio.to_thread(began.wait, 10)
    await asyncio.to_thread(loop.close)
    with pytest.raises(asyncio.CancelledError):
        await left


async def test_a_loop_that_was_never_used_closes_and_a_closed_one_starts_anew(loop: ClientLoop) -> None:
    loop.close()
    assert threads() == []
    assert (await loop.run(where()))[0] == "test-clients"
    loop.close()
    assert (await loop.run(where()))[0] == "test-clients"
