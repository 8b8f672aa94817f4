"""Pages of every list: together they are the list, whatever their size and whatever is written meanwhile."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_cases import created, make_event, make_run

from shared.model import ArtifactRef, Capsule, InputError, Preview, new_id, sha256
from shared.stores import MAX_PAGE, Page, Stores

FILE = ArtifactRef(path="sha256/2d/" + sha256(b"x"), sha256=sha256(b"x"), size=1)
_PROJECTS = itertools.count()
_BOUNDED = settings(max_examples=15, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Listed:
    """One of the lists: how to add to it, and how to read a page."""

    add: Callable[[Stores, str, int], Awaitable[str]]
    page: Callable[[Stores], Callable[..., Awaitable[Page[Any]]]]


async def _run(stores: Stores, project: str, number: int) -> str:
    return (await created(stores, number, project_id=project)).id


async def _capsule(stores: Stores, project: str, number: int) -> str:
    made = Capsule(
        id=new_id("cap"), run_id=new_id("run"), project_id=project, name="n", version="1", digest=sha256(b""), file=FILE,
        created_at=make_run(number).created_at,
    )  # fmt: skip
    return (await stores.capsules.put(made)).id


async def _preview(stores: Stores, project: str, number: int) -> str:
    at = make_run(number).created_at
    made = Preview(id=new_id("prv"), run_id=new_id("run"), capsule_id=new_id("cap"), project_id=project, created_at=at, expires_at=at)
    return (await stores.previews.create(made)).id


LISTS = {
    "runs": Listed(_run, lambda stores: stores.runs.list),
    "capsules": Listed(_capsule, lambda stores: stores.capsules.list),
    "previews": Listed(_preview, lambda stores: stores.previews.list),
}


async def all_pages(listed: Listed, stores: Stores, project: str, limit: int) -> list[list[str]]:
    """The ids of each page, from the first to the last."""
    pages: list[list[str]] = []
    cursor: str | None = None
    while True:
        page = await listed.page(stores)(project, limit=limit, cursor=cursor)
        pages.append([item.id for item in page.items])
        cursor = page.next_cursor
        if cursor is None:
            return pages


@pytest.mark.parametrize("name", sorted(LISTS))
@_BOUNDED
@given(times=st.lists(st.integers(0, 5), max_size=9), limit=st.integers(1, 12))
def test_the_pages_are_the_list(stores: Stores, name: str, times: list[int], limit: int) -> None:
    """Times repeat on purpose: the id decides between items of one moment."""

    async def way() -> None:
        listed, project = LISTS[name], f"project-{next(_PROJECTS)}"
        made = [(make_run(number).created_at, await listed.add(stores, project, number)) for number in times]
        pages = await all_pages(listed, stores, project, limit)
        assert list(itertools.chain(*pages)) == [identity for _, identity in sorted(made, reverse=True)]
        assert all(len(page) == limit for page in pages[:-1])
        assert pages[-1] or not made

    asyncio.run(way())


@pytest.mark.parametrize("name", sorted(LISTS))
async def test_a_page_is_never_longer_than_the_bound(stores: Stores, name: str) -> None:
    for number in range(MAX_PAGE + 3):
        await LISTS[name].add(stores, "default", number)
    page = await LISTS[name].page(stores)("default", limit=10_000)
    assert len(page.items) == MAX_PAGE
    assert page.next_cursor


@pytest.mark.parametrize("name", sorted(LISTS))
async def test_an_empty_list_is_one_empty_page(stores: Stores, name: str) -> None:
    assert await all_pages(LISTS[name], stores, "nobody", 5) == [[]]


@pytest.mark.parametrize("name", sorted(LISTS))
async def test_what_is_added_while_paging_comes_before_the_first_page(stores: Stores, name: str) -> None:
    listed = LISTS[name]
    old = [await listed.add(stores, "default", number) for number in range(5)]
    first = await listed.page(stores)("default", limit=2)
    await listed.add(stores, "default", 99)
    rest = await listed.page(stores)("default", limit=10, cursor=first.next_cursor)
    assert [item.id for item in first.items + rest.items] == old[::-1]


@pytest.mark.parametrize("name", sorted(LISTS))
@_BOUNDED
@given(cursor=st.text(max_size=80))
def test_no_foreign_cursor_is_read_as_a_place(stores: Stores, name: str, cursor: str) -> None:
    with pytest.raises(InputError) as caught:
        asyncio.run(LISTS[name].page(stores)("default", cursor=cursor))  # type: ignore[arg-type]
    assert caught.value.code == "QLF7006"


async def test_a_change_does_not_move_a_run_in_the_list(stores: Stores) -> None:
    runs = [await created(stores, number) for number in range(3)]
    await stores.runs.commit(runs[0].model_copy(update={"updated_at": make_run(999).created_at}), [], if_match=runs[0].etag)
    assert [run.id for run in (await stores.runs.list("default")).items] == [run.id for run in reversed(runs)]


async def test_events_in_slices_are_the_events(stores: Stores) -> None:
    run = await created(stores)
    run = await stores.runs.commit(run, [make_event(run, str(number)) for number in range(37)], if_match=run.etag)
    for limit in (1, 7, 38, 1000):
        seen: list[int] = []
        while part := await stores.runs.events(run.id, after=seen[-1] if seen else 0, limit=limit):
            seen += [event.seq for event in part]
        assert seen == list(range(1, 39))
